"""Starts the worker: every job but the handling of updates."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import uvloop
from telegram.error import TelegramError

from ownerdesk.adapters.telegram import make_bot
from ownerdesk.bootstrap import Core, settle_memory
from ownerdesk.jobs import run_jobs
from ownerdesk.settings import Settings
from worker.aftercare import add_aftercare_jobs
from worker.clocks import add_clock_jobs, keep_sweeping
from worker.drift import add_drift_job
from worker.feeds import keep_reading_feeds
from worker.files import add_file_job, add_tidying_job
from worker.imports import add_import_jobs
from worker.incidents import add_incident_jobs
from worker.label_items import add_collecting_job
from worker.outbox import Outbox

QUEUES = ["outbox", "files", "clocks", "incidents", "imports", "labelling"]
CONCURRENT_JOBS = 48


def run(settings: Settings) -> None:
    """Run until told to stop."""
    uvloop.run(serve(settings))


async def serve(settings: Settings) -> None:
    core = Core(settings)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    bot = make_bot(settings)
    jobs = core.make_jobs()
    try:
        Outbox(core, bot).add_job(jobs)
        add_file_job(jobs, core, bot)
        add_tidying_job(jobs, core)
        add_clock_jobs(jobs, core)
        add_incident_jobs(jobs, core)
        add_aftercare_jobs(jobs, core)
        add_import_jobs(jobs, core)
        add_collecting_job(jobs, core)
        add_drift_job(jobs, core)
        settle_memory()
        async with core.beating("worker"), asyncio.TaskGroup() as group:
            group.create_task(keep_sweeping(core, stopping))
            group.create_task(keep_reading_feeds(core, stopping))
            group.create_task(
                run_jobs(jobs, queues=QUEUES, concurrency=CONCURRENT_JOBS, stopping=stopping)
            )
    finally:
        with contextlib.suppress(RuntimeError, TelegramError):  # it may never have been used
            await bot.shutdown()
        core.close()
