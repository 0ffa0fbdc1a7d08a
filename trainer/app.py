"""Starts the trainer: trainings one at a time, and the switching of models."""

from __future__ import annotations

import asyncio
import signal

import uvloop

from ownerdesk.bootstrap import Core
from ownerdesk.jobs import run_jobs
from ownerdesk.settings import Settings
from trainer.checking import add_checking_job
from trainer.shadow import add_shadow_job
from trainer.switching import add_switching_jobs, keep_in_step, register_served
from trainer.training import add_report_job, add_training_job

QUEUES = ["training", "models"]
CONCURRENT_JOBS = 4


def run(settings: Settings) -> None:
    """Run until told to stop."""
    uvloop.run(serve(settings))


async def serve(settings: Settings) -> None:
    core = Core(settings)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    jobs = core.make_jobs()
    try:
        await core.transact(register_served, core)
        add_training_job(jobs, core)
        add_report_job(jobs, core)
        add_checking_job(jobs, core)
        add_switching_jobs(jobs, core)
        add_shadow_job(jobs, core)
        async with core.beating("trainer"), asyncio.TaskGroup() as group:
            group.create_task(keep_in_step(core, stopping))
            group.create_task(
                run_jobs(jobs, queues=QUEUES, concurrency=CONCURRENT_JOBS, stopping=stopping)
            )
    finally:
        core.close()
