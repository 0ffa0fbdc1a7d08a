"""The clocks: each job looks whether what it waited for is still so, and then calls one service."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import procrastinate
from sqlalchemy.exc import SQLAlchemyError

from ownerdesk.bootstrap import Core
from ownerdesk.jobs import BACKOFF
from ownerdesk.queries.alarms import get_warning_for_job
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.services import jobs as tasks
from ownerdesk.services.asking import end_asking
from ownerdesk.services.assignments import expire_offer, pass_on_jobs
from ownerdesk.services.closure import close_in_silence, remind_to_confirm
from ownerdesk.services.dispatch import dispatch_by_rules
from ownerdesk.services.emergencies import check_alarm
from ownerdesk.services.handoffs import check_handoff
from ownerdesk.services.handovers import expire_handover
from ownerdesk.services.neighbours import check_warning
from ownerdesk.services.progress import end_deferral
from ownerdesk.services.sweep import BATCH, check_promise, sweep_promises
from ownerdesk.services.transfers import expire_transfer

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0


async def keep_sweeping(core: Core, stopping: asyncio.Event) -> None:
    """Look at the promises whose moment has come, every two seconds and without a pause while there are more.

    No job holds a promise: after an outage the table says what is due. Several workers may sweep at once.
    """
    while not stopping.is_set():
        found = 0
        try:
            found = await core.transact(sweep_promises, at=core.clock())
        except SQLAlchemyError:
            # The database may be restarting; what is due stays due.
            logger.warning("sweep of promises failed", exc_info=True)
        if found < BATCH:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), SWEEP_SECONDS)


def add_clock_jobs(jobs: procrastinate.App, core: Core) -> None:
    """A clock that comes late, or twice, finds the appeal moved on and does nothing."""

    @jobs.task(name=tasks.CHECK_PROMISE, queue="clocks", retry=BACKOFF)
    async def on_promise(promise_id: int) -> None:
        await core.transact(check_promise, promise_id, at=core.clock())

    @jobs.task(name=tasks.CHECK_HANDOFF, queue="clocks", retry=BACKOFF)
    async def on_handoff(handoff_id: int) -> None:
        await core.transact(check_handoff, handoff_id, at=core.clock())

    @jobs.task(name=tasks.CHECK_TRANSFER, queue="clocks", retry=BACKOFF)
    async def on_transfer(transfer_id: int) -> None:
        await core.transact(expire_transfer, transfer_id, at=core.clock())

    @jobs.task(name=tasks.CHECK_OFFER, queue="clocks", retry=BACKOFF)
    async def on_offer(assignment_id: int) -> None:
        await core.transact(expire_offer, assignment_id, at=core.clock())

    @jobs.task(name=tasks.SKIP_BLOCKED_CHAT, queue="clocks", retry=BACKOFF)
    async def on_block(conversation_id: int) -> None:
        await core.transact(pass_on_jobs, conversation_id, at=core.clock())

    @jobs.task(name=tasks.CHECK_HANDOVER, queue="clocks", retry=BACKOFF)
    async def on_handover(handover_id: int) -> None:
        await core.transact(expire_handover, handover_id, at=core.clock())

    @jobs.task(name=tasks.DISPATCH_BY_RULES, queue="clocks", retry=BACKOFF)
    async def on_dispatch(appeal_id: int) -> None:
        await core.transact(
            lambda s: dispatch_by_rules(s, get_appeal(s, appeal_id), at=core.clock())
        )

    @jobs.task(name=tasks.CHECK_ALARM, queue="clocks", retry=BACKOFF)
    async def on_alarm(appeal_id: int) -> None:
        await core.transact(lambda s: check_alarm(s, get_appeal(s, appeal_id), at=core.clock()))

    @jobs.task(name=tasks.CHECK_WARNING, queue="clocks", retry=BACKOFF)
    async def on_warning(warning_id: int) -> None:
        await core.transact(
            lambda s: check_warning(s, get_warning_for_job(s, warning_id), at=core.clock())
        )

    @jobs.task(name=tasks.END_DEFERRAL, queue="clocks", retry=BACKOFF)
    async def on_deferral(appeal_id: int, event_id: int) -> None:
        await core.transact(lambda s: end_deferral(s, get_appeal(s, appeal_id), at=core.clock()))

    @jobs.task(name=tasks.END_ASKING, queue="clocks", retry=BACKOFF)
    async def on_asking(appeal_id: int, asked_at: str) -> None:
        await core.transact(
            lambda s: end_asking(s, get_appeal(s, appeal_id), asked_at, at=core.clock())
        )

    @jobs.task(name=tasks.REMIND_TO_CONFIRM, queue="clocks", retry=BACKOFF)
    async def on_reminder(appeal_id: int, event_id: int) -> None:
        await core.transact(
            lambda s: remind_to_confirm(s, get_appeal(s, appeal_id), event_id, at=core.clock())
        )

    @jobs.task(name=tasks.CLOSE_IN_SILENCE, queue="clocks", retry=BACKOFF)
    async def on_silence(appeal_id: int, event_id: int) -> None:
        await core.transact(
            lambda s: close_in_silence(s, get_appeal(s, appeal_id), event_id, at=core.clock())
        )
