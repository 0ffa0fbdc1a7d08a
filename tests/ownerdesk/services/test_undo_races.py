"""Undo and merging with two at once: a delivery that has begun wins, and two merges never wait for each other for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal, HeldAction, StaffMember
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.rules.refusals import WrongState
from ownerdesk.services.holding import hold_back
from ownerdesk.services.merging import merge_appeals
from ownerdesk.services.progress import accept_appeal
from ownerdesk.services.undo import AlreadyTold, keep, undo, watch
from ownerdesk.settings import Settings
from tests.conftest import Clock
from tests.make import NOON, Cast, make_appeal, make_cast
from tests.ownerdesk.services.test_races import at_once


@pytest.fixture
def core(settings: Settings, clock: Clock) -> Iterator[Core]:
    """Real transactions: these tests need a database of their own."""
    core = Core(settings, clock=clock)
    yield core
    core.close()


@pytest.fixture
def cast(core: Core) -> Cast:
    return core.transact_now(make_cast)


def accept_held(core: Core, cast: Cast) -> tuple[int, int]:
    """An appeal that Mara has accepted, whose owner is told in a moment; its id and that of the held action."""

    def work(session: Session) -> tuple[int, int]:
        appeal = make_appeal(session, cast)
        session.execute(text("delete from procrastinate_jobs where task_name = 'deliver_message'"))
        mara = session.get_one(StaffMember, cast.mara.id)
        watched = watch(session, [appeal.id])
        with hold_back(session, until=NOON + timedelta(seconds=8)) as hold:
            accept_appeal(session, appeal, by=mara, at=NOON)
            held = keep(session, watched, hold, appeal, action="accept", by=mara, at=NOON)
        assert held is not None
        return appeal.id, held.id

    return core.transact_now(work)


def test_two_presses_of_undo_take_back_once(core: Core, cast: Cast) -> None:
    appeal_id, held_id = accept_held(core, cast)

    def press(session: Session) -> object:
        by = session.get_one(StaffMember, cast.mara.id)
        return undo(session, get_appeal(session, appeal_id), held_id, by=by, at=NOON).id

    assert at_once(core, press, press) == [held_id, held_id]
    with core.sessions() as session:
        assert session.get_one(Appeal, appeal_id).state == "received"
        undone = text("select count(*) from appeal_events where name = 'action.undone'")
        assert session.scalar(undone) == 1


def test_a_delivery_that_has_begun_is_not_taken_back(core: Core, cast: Cast) -> None:
    appeal_id, held_id = accept_held(core, cast)

    def begin(session: Session) -> object:
        return session.execute(
            text(
                "update procrastinate_jobs set status = 'doing' where task_name = 'deliver_message'"
            )
        )

    def press(session: Session) -> object:
        by = session.get_one(StaffMember, cast.mara.id)
        return undo(session, get_appeal(session, appeal_id), held_id, by=by, at=NOON)

    _, outcome = at_once(core, begin, press)
    with core.sessions() as session:
        state = session.get_one(Appeal, appeal_id).state
        is_undone = session.get_one(HeldAction, held_id).undone_at is not None
        waiting = session.scalar(
            text("select count(*) from procrastinate_jobs where task_name = 'deliver_message'")
        )
    if isinstance(outcome, AlreadyTold):
        assert (state, is_undone, waiting) == ("accepted", False, 1)
    else:
        assert (state, is_undone, waiting) == ("received", True, 0)


def test_two_appeals_merged_into_each_other_at_once_leave_one(core: Core, cast: Cast) -> None:
    ids = core.transact_now(lambda s: [make_appeal(s, cast).id for _ in range(2)])

    def merge(session: Session, one: int, other: int) -> object:
        by = session.get_one(StaffMember, cast.mara.id)
        locked = {i: get_appeal(session, i) for i in sorted(ids)}
        return merge_appeals(session, locked[one], locked[other], by=by, at=NOON)

    outcomes = at_once(core, lambda s: merge(s, *ids), lambda s: merge(s, *reversed(ids)))
    assert sorted(type(outcome) for outcome in outcomes if outcome is not None) == [WrongState]
    with core.sessions() as session:
        states = sorted(session.get_one(Appeal, i).state for i in ids)
    assert states == ["cancelled", "received"]
