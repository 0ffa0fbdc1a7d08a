"""The look for drift, every hour."""

from __future__ import annotations

import procrastinate

from ownerdesk.bootstrap import Core
from ownerdesk.services import jobs as tasks
from ownerdesk.services.drift import look_for_drift

EVERY_HOUR = "17 * * * *"


def add_drift_job(jobs: procrastinate.App, core: Core) -> None:
    """One of many workers gets each turn. A look that fails is not tried again: the next one is near."""

    @jobs.periodic(cron=EVERY_HOUR)
    @jobs.task(name=tasks.LOOK_FOR_DRIFT, queue="clocks", queueing_lock=tasks.LOOK_FOR_DRIFT)
    async def on_look(timestamp: int) -> None:
        await core.transact(look_for_drift, at=core.clock())
