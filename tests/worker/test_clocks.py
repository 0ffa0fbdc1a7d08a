"""The clocks: each job calls its service, early, late and twice."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import procrastinate
import pytest
from procrastinate.testing import InMemoryConnector
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal, Notice, Unit
from ownerdesk.queries.alarms import list_alarms
from ownerdesk.services import jobs as tasks
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.events import Actor
from ownerdesk.services.handoffs import request_handoff
from ownerdesk.services.progress import accept_appeal, defer_appeal, resolve_appeal
from ownerdesk.services.sweep import BATCH, sweep_promises
from tests.conftest import Clock
from tests.look import list_jobs, list_keys, list_open_promises
from tests.make import NOON, Cast, make_appeal, make_cast, make_message
from trainer.app import QUEUES as TRAINER_QUEUES
from worker.app import QUEUES
from worker.clocks import add_clock_jobs, keep_sweeping

CLOCKS = {
    tasks.CHECK_PROMISE, tasks.CHECK_ALARM, tasks.END_DEFERRAL, tasks.REMIND_TO_CONFIRM,
    tasks.CLOSE_IN_SILENCE, tasks.CHECK_HANDOFF, tasks.CHECK_WARNING, tasks.END_ASKING,
    tasks.CHECK_OFFER, tasks.CHECK_HANDOVER, tasks.CHECK_TRANSFER, tasks.DISPATCH_BY_RULES, tasks.SKIP_BLOCKED_CHAT,
}  # fmt: skip


class Clocks:
    """The jobs that were asked for, run when their time has come."""

    def __init__(self, core: Core, clock: Clock, cast: Cast) -> None:
        self.core, self.clock, self.cast = core, clock, cast
        self.app = procrastinate.App(connector=InMemoryConnector())
        add_clock_jobs(self.app, core)

    def run_due(self, at_hours: float) -> None:
        """Turn the clock and run every job of a clock that is due by then, twice."""
        self.clock.now = NOON + timedelta(hours=at_hours)
        for _ in range(2):
            self.core.transact_now(sweep_promises, at=self.clock.now)
        for task in CLOCKS:
            for job in self.core.transact_now(list_jobs, task):
                due, _ = job.pop("at"), job.pop("lock")
                if due is None or due <= self.clock.now:
                    for _ in range(2):
                        asyncio.run(self.app.tasks[task].func(**job))

    def appeal(self, appeal: Appeal) -> Appeal:
        return self.core.transact_now(lambda s: s.get_one(Appeal, appeal.id))

    def told(self) -> list[str]:
        return self.core.transact_now(lambda s: list_keys(s, self.cast.conversation))


@pytest.fixture
def clocks(core: Core, clock: Clock) -> Clocks:
    return Clocks(core, clock, core.transact_now(make_cast))


def test_every_job_a_service_asks_for_is_run_by_some_part(clocks: Clocks) -> None:
    assert set(clocks.app.tasks) & set(tasks.QUEUES) == CLOCKS
    assert set(tasks.QUEUES.values()) - {"updates"} == {*QUEUES, *TRAINER_QUEUES}


def test_silence_reminds_and_closes_at_its_hours(clocks: Clocks) -> None:
    def work(session: Session) -> Appeal:
        appeal = make_appeal(session, clocks.cast)
        mara = session.merge(clocks.cast.mara)
        accept_appeal(session, appeal, by=mara, at=NOON)
        resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(mara.id), at=NOON)
        return appeal

    appeal = clocks.core.transact_now(work)
    clocks.run_due(23)
    assert "reminder" not in clocks.told()
    clocks.run_due(25)
    clocks.run_due(71)
    assert clocks.told().count("reminder") == 1
    assert clocks.appeal(appeal).state == "resolved"
    clocks.run_due(73)
    assert clocks.appeal(appeal).state == "closed"
    assert clocks.told().count("lapsed") == 1


def test_a_deferral_ends_on_its_date(clocks: Clocks) -> None:
    def work(session: Session) -> Appeal:
        appeal = make_appeal(session, clocks.cast)
        mara = session.merge(clocks.cast.mara)
        accept_appeal(session, appeal, by=mara, at=NOON)
        until = NOON + timedelta(hours=5)
        by = Actor.staff(mara.id)
        defer_appeal(session, appeal, until=until, reason="a part", by=by, at=NOON)
        return appeal

    appeal = clocks.core.transact_now(work)
    clocks.run_due(4.9)
    assert clocks.appeal(appeal).state == "deferred"
    clocks.run_due(5)
    assert clocks.appeal(appeal).state == "accepted"
    assert clocks.told().count("resumed") == 1


def test_promises_alarms_and_handoffs_are_looked_at(clocks: Clocks) -> None:
    def work(session: Session) -> Appeal:
        make_appeal(session, clocks.cast)
        message = make_message(session, clocks.cast.conversation, "Smoke!")
        appeal = raise_emergency(
            session, clocks.cast.conversation, message, kind="fire", found_by="rule", at=NOON
        )
        request_handoff(session, clocks.cast.conversation, reason="asked", at=NOON)
        return appeal

    emergency = clocks.core.transact_now(work)
    clocks.run_due(0.45)
    assert "slip" not in clocks.told(), "first those who can still keep it are warned"
    clocks.run_due(0.48)
    told = clocks.told()
    assert told.count("slip") == 1
    assert "alarm.late" in told
    assert "handoff.late" in told
    assert clocks.appeal(emergency).responsible_id == clocks.cast.boris.id


def test_an_alarm_is_rung_every_minute_and_one_late_job_makes_up_for_an_hour(
    clocks: Clocks,
) -> None:
    def work(session: Session) -> Appeal:
        message = make_message(session, clocks.cast.conversation, "Smoke!")
        return raise_emergency(
            session, clocks.cast.conversation, message, kind="fire", found_by="rule", at=NOON
        )

    def rings(appeal: Appeal) -> dict[int, int]:
        return clocks.core.transact_now(
            lambda s: {a.staff_id: a.times for a in list_alarms(s, appeal.id)}
        )

    emergency, mara, boris = clocks.core.transact_now(work), clocks.cast.mara, clocks.cast.boris
    for minute in (1, 2, 3):
        clocks.run_due(minute / 60)
    assert rings(emergency) == {mara.id: 4, boris.id: 3}, "no head: the managers came at once"
    clocks.run_due(1.5)
    assert rings(emergency) == {mara.id: 5, boris.id: 4}
    assert clocks.told().count("alarm.late") == 1


def test_an_unanswered_question_about_neighbours_is_asked_again(clocks: Clocks) -> None:
    cast = clocks.cast

    def work(session: Session) -> None:
        session.add(Unit(building_id=cast.unit.building_id, entrance="2", floor=3, number="11"))
        message = make_message(session, cast.conversation, "Smoke!")
        appeal = raise_emergency(
            session, cast.conversation, message, kind="fire", found_by="rule", at=NOON
        )
        accept_appeal(session, appeal, by=session.merge(cast.mara), at=NOON)

    def asked() -> int:
        return clocks.core.transact_now(
            lambda s: len(s.scalars(select(Notice).where(Notice.topic == "neighbours")).all())
        )

    clocks.core.transact_now(work)
    clocks.run_due(2 / 60)
    assert asked() == 1
    clocks.run_due(3 / 60)
    assert asked() == 3, "the person who has it again, and the manager"


def test_a_job_of_an_earlier_version_for_one_promise_harms_nobody(clocks: Clocks) -> None:
    appeal = clocks.core.transact_now(lambda s: make_appeal(s, clocks.cast))
    (promise,) = clocks.core.transact_now(lambda s: list_open_promises(s, appeal))
    old = clocks.app.tasks[tasks.CHECK_PROMISE].func
    for minutes, slips in ((20, 0), (29, 1), (29, 1)):
        clocks.clock.now = NOON + timedelta(minutes=minutes)
        asyncio.run(old(promise_id=promise.id))
        assert clocks.told().count("slip") == slips
    asyncio.run(old(promise_id=987654))


def test_the_sweep_goes_on_after_the_database_was_away(
    clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    async def run() -> None:
        stopping = asyncio.Event()

        def sweep(session: Session, *, at: datetime) -> int:
            calls.append(1)
            if len(calls) == 1:
                raise OperationalError("select", {}, Exception("gone"))
            if len(calls) == 2:
                return BATCH
            stopping.set()
            return 0

        monkeypatch.setattr("worker.clocks.sweep_promises", sweep)
        monkeypatch.setattr("worker.clocks.SWEEP_SECONDS", 0.01)
        await asyncio.wait_for(keep_sweeping(clocks.core, stopping), 10)

    asyncio.run(run())
    assert len(calls) == 3
