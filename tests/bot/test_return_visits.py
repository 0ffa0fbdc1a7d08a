"""The question of a return visit in the owner's chat."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Message, ReturnVisit
from ownerdesk.services.closure import confirm_solved
from ownerdesk.services.events import Actor
from ownerdesk.services.outbox import record_sent
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from ownerdesk.services.return_visits import check_return_visit
from tests.look import list_keys
from tests.make import NOON, Cast, make_appeal
from tests.offline import Desk

SHOWN = 9001


@pytest.fixture
def visit(desk: Desk, cast: Cast) -> ReturnVisit:
    """A lift was repaired, its owner said yes, and a day later is asked."""

    def work(session: Session) -> ReturnVisit:
        appeal = make_appeal(session, cast, category="elevator")
        accept_appeal(session, appeal, by=session.merge(cast.mara), at=NOON)
        resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
        confirm_solved(session, appeal, at=NOON)
        visit = session.scalars(select(ReturnVisit)).one()
        check_return_visit(session, visit.id, at=visit.from_at)
        question = session.scalars(select(Message).where(Message.key == f"visit?:{visit.id}")).one()
        record_sent(session, question, telegram_ids=[SHOWN], revision=question.revision, at=NOON)
        return visit

    return desk.core.transact_now(work)


def read(desk: Desk, visit: ReturnVisit) -> tuple[str | None, str]:
    with desk.core.sessions() as session:
        appeal = session.get_one(Appeal, visit.appeal_id)
        return session.get_one(ReturnVisit, visit.id).result, appeal.state


def keys(desk: Desk, cast: Cast) -> list[str]:
    return desk.core.transact_now(
        lambda s: list_keys(s, s.get_one(Conversation, cast.conversation.id))
    )


def test_it_came_back_reopens_and_a_second_press_changes_nothing(
    desk: Desk, cast: Cast, visit: ReturnVisit
) -> None:
    for _ in range(2):
        assert desk.press(f"1:visitback:{visit.id}:", on=SHOWN) == ""
    assert read(desk, visit) == ("came_back", "accepted")
    assert keys(desk, cast).count("reopened") == 1
    assert "earlier message" in desk.press(f"1:visitgood:{visit.id}:", on=SHOWN)
    assert "earlier message" in desk.press(f"1:visitcall:{visit.id}:", on=SHOWN)


def test_all_good_thanks_and_keeps_it_closed(desk: Desk, cast: Cast, visit: ReturnVisit) -> None:
    assert desk.press(f"1:visitgood:{visit.id}:", on=SHOWN) == ""
    assert read(desk, visit) == ("satisfied", "closed")
    assert keys(desk, cast)[-1] == "visit?", "the question has turned into the thanks"


def test_call_me_keeps_the_visit_open_and_says_who_calls(
    desk: Desk, cast: Cast, visit: ReturnVisit
) -> None:
    for _ in range(2):
        assert desk.press(f"1:visitcall:{visit.id}:", on=SHOWN) == ""
    assert read(desk, visit) == (None, "closed")
    assert keys(desk, cast).count("visit.call") == 1


@pytest.mark.parametrize("action", ["visitgood", "visitback", "visitcall"])
def test_somebody_elses_visit_is_not_found(
    desk: Desk, cast: Cast, visit: ReturnVisit, action: str
) -> None:
    assert "cannot find" in desk.press(f"1:{action}:{visit.id}:", user=7777)
    assert "cannot find" in desk.press(f"1:{action}:{visit.id + 999}:", on=SHOWN)
    assert read(desk, visit) == (None, "closed")
