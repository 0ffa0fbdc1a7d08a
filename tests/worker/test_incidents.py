"""Jobs of incidents: each calls its service, early, late and twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import procrastinate
from procrastinate.testing import InMemoryConnector
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal, Incident
from ownerdesk.services import jobs as tasks
from ownerdesk.services.incidents import confirm_incident, resolve_incident
from ownerdesk.services.planned_works import plan_works
from tests.conftest import Clock
from tests.look import find_sent, list_jobs
from tests.make import NOON, make_cast
from tests.neighbours import all_incidents, make_neighbours, report
from worker.incidents import QUEUE, add_incident_jobs

JOBS = {task for task, queue in tasks.QUEUES.items() if queue == QUEUE}


def run_due(core: Core, clock: Clock, jobs: procrastinate.App, hours: float) -> None:
    """Turn the clock and run what is due by then, twice."""
    clock.now = NOON + timedelta(hours=hours)
    for task in sorted(JOBS):
        for job in core.transact_now(list_jobs, task):
            due, _ = job.pop("at"), job.pop("lock")
            if due is None or due <= clock.now:
                for _ in range(2):
                    asyncio.run(jobs.tasks[task].func(**job))


def test_every_job_of_incidents_has_its_task_and_they_do_their_work(
    core: Core, clock: Clock
) -> None:
    jobs = procrastinate.App(connector=InMemoryConnector())
    add_incident_jobs(jobs, core)
    assert set(jobs.tasks) & set(tasks.QUEUES) == JOBS
    cast = core.transact_now(make_cast)
    chats = core.transact_now(make_neighbours, cast, 3)

    def write(session: Session) -> list[Appeal]:
        return [
            report(session, chat, text, look=False)
            for chat, text in zip(
                chats,
                ["There is no water", "No water in my flat", "We have no water at all"],
                strict=True,
            )
        ]

    core.transact_now(write)
    run_due(core, clock, jobs, 0)
    (incident,) = core.transact_now(all_incidents)
    assert incident.state == "proposed", "the real vectors say that these are alike"

    def confirm(session: Session) -> None:
        found = session.get_one(Incident, incident.id)
        confirm_incident(session, found, by=session.merge(cast.mara), at=NOON)
        plan_works(
            session, session.merge(cast.project), None, category="gas", titles={"en": "Meters"},
            starts_at=NOON + timedelta(hours=30), ends_at=NOON + timedelta(hours=32),
            days_before=1, by=session.merge(cast.mara), at=NOON,
        )  # fmt: skip

    core.transact_now(confirm)
    run_due(core, clock, jobs, 5.9)
    slips = core.transact_now(find_sent, chats[0], f"incident:{incident.id}:slip")
    assert len(slips) == 1

    def resolve(session: Session) -> None:
        found = session.get_one(Incident, incident.id)
        resolve_incident(
            session, found, resolution="Done", by=session.merge(cast.mara), at=clock.now
        )

    core.transact_now(resolve)
    for hours in (33, 200):
        run_due(core, clock, jobs, hours)
    states = [i.state for i in core.transact_now(all_incidents)]
    assert states == ["closed", "closed"]
