"""The look for drift comes every hour and tells nobody twice."""

from __future__ import annotations

import asyncio

import procrastinate
from procrastinate.testing import InMemoryConnector

from ownerdesk.bootstrap import Core
from ownerdesk.services import jobs as tasks
from worker.drift import EVERY_HOUR, add_drift_job


def test_the_look_is_a_task_of_its_own_every_hour(core: Core) -> None:
    app = procrastinate.App(connector=InMemoryConnector())
    add_drift_job(app, core)
    assert set(app.tasks) & set(tasks.QUEUES) == {tasks.LOOK_FOR_DRIFT}
    assert app.tasks[tasks.LOOK_FOR_DRIFT].queue == tasks.QUEUES[tasks.LOOK_FOR_DRIFT]
    [periodic] = app.periodic_registry.periodic_tasks.values()
    assert periodic.cron == EVERY_HOUR
    asyncio.run(app.tasks[tasks.LOOK_FOR_DRIFT].func(0))  # nothing to look at is no fault
