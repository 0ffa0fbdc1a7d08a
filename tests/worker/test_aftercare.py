"""The jobs of aftercare: each calls its service, late and twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import procrastinate
from procrastinate.testing import InMemoryConnector
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Notice
from ownerdesk.services import jobs as tasks
from ownerdesk.services.closure import confirm_solved
from ownerdesk.services.events import Actor
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from tests.conftest import Clock
from tests.look import list_jobs, list_keys
from tests.make import NOON, Cast, make_appeal, make_cast
from worker.aftercare import EVERY_TEN_MINUTES, add_aftercare_jobs

TASKS = {tasks.CHECK_RETURN_VISIT, tasks.CHECK_SUMMARY, tasks.LOOK_FOR_WARNINGS}


def test_visits_and_summaries_are_looked_after_and_the_sweep_is_periodic(
    core: Core, clock: Clock
) -> None:
    cast = core.transact_now(make_cast)
    app = procrastinate.App(connector=InMemoryConnector())
    add_aftercare_jobs(app, core)
    assert set(app.tasks) & set(tasks.QUEUES) == TASKS
    (periodic,) = app.periodic_registry.periodic_tasks.values()
    assert (periodic.task.name, periodic.cron) == (tasks.LOOK_FOR_WARNINGS, EVERY_TEN_MINUTES)

    core.transact_now(close, cast)
    clock.now = NOON + timedelta(days=4)
    for _ in range(2):
        for task in (tasks.CHECK_RETURN_VISIT, tasks.CHECK_SUMMARY):
            for job in core.transact_now(list_jobs, task):
                del job["at"], job["lock"]
                asyncio.run(app.tasks[task].func(**job))
        asyncio.run(app.tasks[tasks.LOOK_FOR_WARNINGS].func(timestamp=0))
    told = core.transact_now(lambda s: list_keys(s, cast.conversation))
    assert told.count("visit?") == 1
    topics = core.transact_now(lambda s: list(s.scalars(select(Notice.topic))))
    assert sorted(topics) == ["summary.late", "summary.remind", "visit.due", "visit.overdue"]


def close(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast, category="elevator")
    accept_appeal(session, appeal, by=session.merge(cast.mara), at=NOON)
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    confirm_solved(session, appeal, at=NOON)
