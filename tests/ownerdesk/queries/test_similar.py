"""Solved cases like this one, and the file of an owner: the own project first, nothing of projects one may not see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal
from ownerdesk.queries.owner_file import read_owner_file
from ownerdesk.queries.similar import list_similar
from ownerdesk.services.promises import promise_by_hand
from tests.make import NOON, Cast, make_appeal, make_cast, make_staff


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def solved(session: Session, cast: Cast, likeness: float, category: str = "lighting") -> Appeal:
    appeal = make_appeal(session, cast, category=category)
    appeal.resolution, appeal.resolved_at = f"done {likeness}", NOON
    appeal.vector = [likeness, (1 - likeness**2) ** 0.5] + [0.0] * 510
    session.flush()
    return appeal


def test_the_likest_of_the_same_and_near_categories_come_first(
    session: Session, cast: Cast
) -> None:
    present = make_appeal(session, cast)
    assert list_similar(session, present, cast.mara) == [], "its words are not known yet"
    present.vector = [1.0] + [0.0] * 511
    session.flush()
    near = solved(session, cast, 0.8, "power_supply")
    like = solved(session, cast, 0.9)
    solved(session, cast, 0.1)
    solved(session, cast, 0.95, "elevator")
    found = list_similar(session, present, cast.mara)
    assert [case.appeal.id for case in found] == [like.id, near.id]
    assert found[0].likeness == pytest.approx(0.9, abs=0.001)


def test_other_projects_follow_for_those_who_see_them(session: Session, cast: Cast) -> None:
    other = make_cast(session, code="X", chat_id=7009)
    present = make_appeal(session, cast)
    present.vector = [1.0] + [0.0] * 511
    session.flush()
    own, apart = solved(session, cast, 0.5), solved(session, other, 0.9)
    chief = make_staff(session, None, "Chief", "head_office")
    assert [c.appeal.id for c in list_similar(session, present, chief)] == [own.id, apart.id]
    assert [c.appeal.id for c in list_similar(session, present, cast.mara)] == [own.id]


def test_the_latest_solved_cases_are_found_by_an_index(session: Session) -> None:
    session.execute(text("set local enable_seqscan = off"))
    # Among no rows this one would serve as well; among many it would read every category.
    session.execute(text("drop index ix_appeals_project_id_resolved_at"))
    plan = session.scalars(
        text(
            "explain select id from appeals where project_id = 1 and category = 'lighting'"
            " and resolution is not null and vector is not null and resolved_at is not null"
            " order by resolved_at desc limit 200"
        )
    ).all()
    assert any("ix_appeals_solved" in line for line in plan), plan
    assert not any("Sort" in line for line in plan)


def test_the_file_of_an_owner_holds_what_is_open_and_what_was(session: Session, cast: Cast) -> None:
    first, second = make_appeal(session, cast), make_appeal(session, cast, category="elevator")
    promise_by_hand(
        session, first, by=cast.mara, due_at=NOON + timedelta(hours=9), words="", at=NOON
    )
    file = read_owner_file(session, cast.conversation, cast.mara)
    assert (file.total, file.open, file.reopened, file.stars) == (2, 2, 0, None)
    assert [a.id for a in file.history] == [second.id, first.id]
    assert [home.unit_id for home in file.homes] == [cast.unit.id]
    assert {appeal.id for _, appeal in file.promises} == {first.id, second.id}
    stranger = make_cast(session, code="X", chat_id=7009)
    empty = read_owner_file(session, cast.conversation, stranger.mara)
    assert (empty.total, list(empty.homes), list(empty.promises)) == (0, [], [])
