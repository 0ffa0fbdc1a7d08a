"""Two at once, on connections of their own: a return visit has one result, and an appeal turns once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal, AppealEvent, Notice, ReturnVisit
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import VisitEnded
from ownerdesk.services.closure import confirm_solved
from ownerdesk.services.early_warnings import look_for_warnings
from ownerdesk.services.events import Actor
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from ownerdesk.services.return_visits import check_return_visit
from ownerdesk.services.turning import turn_appeal
from ownerdesk.services.visit_results import (
    answer_visit,
    get_own_visit,
    get_visit_for_staff,
    record_visit,
)
from ownerdesk.settings import Settings
from tests.conftest import Clock
from tests.make import NOON, Cast, make_appeal, make_cast
from tests.ownerdesk.services.test_races import at_once, fresh


@pytest.fixture
def core(settings: Settings, clock: Clock) -> Iterator[Core]:
    core = Core(settings, clock=clock)
    yield core
    core.close()


@pytest.fixture
def cast(core: Core) -> Cast:
    return core.transact_now(make_cast)


def test_the_owner_and_a_member_of_staff_end_one_visit_at_once(core: Core, cast: Cast) -> None:
    def close(session: Session) -> int:
        appeal = make_appeal(session, cast, category="elevator")
        accept_appeal(session, appeal, by=fresh(session, cast.mara), at=NOON)
        resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
        confirm_solved(session, appeal, at=NOON)
        visit = session.scalars(select(ReturnVisit)).one()
        check_return_visit(session, visit.id, at=visit.from_at)
        return visit.id

    visit_id = core.transact_now(close)

    def by_owner(session: Session) -> None:
        visit = get_own_visit(session, fresh(session, cast.conversation), visit_id)
        answer_visit(session, visit, "came_back", at=NOON)

    def by_staff(session: Session) -> None:
        boris = fresh(session, cast.boris)
        visit = get_visit_for_staff(session, boris, visit_id, Right.WORK_APPEALS)
        record_visit(session, visit, result="satisfied", answer="", by=boris, at=NOON)

    results = at_once(core, by_owner, by_staff)
    assert sorted(type(r).__name__ for r in results) == ["NoneType", VisitEnded.__name__]
    with core.sessions() as session:
        ended = select(func.count()).where(AppealEvent.name == "visit.ended")
        assert session.scalar(ended) == 1
        came_back = session.get_one(ReturnVisit, visit_id).result == "came_back"
        state = session.scalars(select(Appeal.state)).one()
        assert state == ("accepted" if came_back else "closed")


def test_two_signs_at_once_turn_an_appeal_once(core: Core, cast: Cast) -> None:
    appeal_id = core.transact_now(make_appeal, cast).id

    def turn(session: Session) -> None:
        turn_appeal(
            session, session.get_one(Appeal, appeal_id), ["sharp_word"], message=None, at=NOON
        )

    assert at_once(core, turn, turn) == [None, None]
    with core.sessions() as session:
        turned = select(func.count()).where(AppealEvent.name == "appeal.turned")
        assert session.scalar(turned) == 1
        assert get_appeal(session, appeal_id).responsible_id == cast.boris.id


def test_two_sweeps_at_once_warn_once(core: Core, cast: Cast) -> None:
    def report(session: Session) -> None:
        for category in ("lighting", "elevator", "noise", "pests", "parking", "security"):
            make_appeal(session, cast, category=category)

    core.transact_now(report)

    def sweep(session: Session) -> None:
        look_for_warnings(session, at=NOON)

    assert at_once(core, sweep, sweep) == [None, None]
    with core.sessions() as session:
        told = session.scalars(select(Notice).where(Notice.topic == "early_warning")).all()
        assert len(told) == 1
