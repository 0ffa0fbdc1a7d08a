"""Jobs that come after a closure, and the sweep for early warnings."""

from __future__ import annotations

import procrastinate

from ownerdesk.bootstrap import Core
from ownerdesk.jobs import BACKOFF
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.services import jobs as tasks
from ownerdesk.services.early_warnings import look_for_warnings
from ownerdesk.services.return_visits import check_return_visit
from ownerdesk.services.summaries import check_summary

EVERY_TEN_MINUTES = "*/10 * * * *"


def add_aftercare_jobs(jobs: procrastinate.App, core: Core) -> None:
    """A job that comes late, or twice, does what is still owed."""

    @jobs.task(name=tasks.CHECK_RETURN_VISIT, queue="clocks", retry=BACKOFF)
    async def on_return_visit(visit_id: int) -> None:
        await core.transact(check_return_visit, visit_id, at=core.clock())

    @jobs.task(name=tasks.CHECK_SUMMARY, queue="clocks", retry=BACKOFF)
    async def on_summary(appeal_id: int, closure: int) -> None:
        await core.transact(
            lambda s: check_summary(s, get_appeal(s, appeal_id), closure, at=core.clock())
        )

    # One of many workers gets each turn. A sweep that fails is not tried again: the next one is near.
    @jobs.periodic(cron=EVERY_TEN_MINUTES)
    @jobs.task(name=tasks.LOOK_FOR_WARNINGS, queue="clocks", queueing_lock=tasks.LOOK_FOR_WARNINGS)
    async def on_sweep(timestamp: int) -> None:
        await core.transact(look_for_warnings, at=core.clock())
