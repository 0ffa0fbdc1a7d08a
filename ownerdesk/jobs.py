"""Running jobs: one procrastinate worker in a process, and the rescue of jobs whose process died."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import procrastinate
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.worker import Worker

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0
DEAD_AFTER_SECONDS = 8.0
RESCUE_SECONDS = 3.0
GRACE_SECONDS = 3.0
# A notification that comes while the engine is looking for work is overlooked; then this is the delay.
LOOK_SECONDS = 0.25
A_MOMENT_SECONDS = 0.005  # a sleep may end a little early by the clock on the wall


class PromptWorker(Worker):
    """Looks for work again whenever a job has ended.

    By itself the engine looks when a new job is announced, else once in a while. A job that waits for the lock of
    another was announced before it could be taken: the second message of a chat would wait for the next look.
    """

    async def _process_job(self, context: JobContext) -> None:
        await _wait_for(context.job.scheduled_at)
        try:
            await super()._process_job(context)
        finally:
            self._new_job_event.set()


async def _wait_for(moment: datetime | None) -> None:
    """The database gives a job out by its clock, and the job looks at ours. Where ours is behind, the job would find
    that its time has not come, do nothing, and never be asked for again."""
    if moment is not None and (left := (moment - datetime.now(UTC)).total_seconds()) > 0:
        await asyncio.sleep(left + A_MOMENT_SECONDS)


async def run_jobs(
    jobs: procrastinate.App, *, queues: list[str], concurrency: int, stopping: asyncio.Event
) -> None:
    """Work off the queues until `stopping` is set; running jobs get a few seconds to end, and whatever is
    cut off is taken up again by the next process."""
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    async with jobs.open_async():
        prompt = PromptWorker(
            jobs,
            queues=queues,
            concurrency=concurrency,
            install_signal_handlers=False,
            fetch_job_polling_interval=LOOK_SECONDS,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=DEAD_AFTER_SECONDS,
            shutdown_graceful_timeout=GRACE_SECONDS,
            delete_jobs="successful",
        )
        worker = asyncio.create_task(prompt.run())  # type: ignore[no-untyped-call]  # it says no types
        rescuer = asyncio.create_task(_keep_rescuing(jobs, stopping))
        stopped = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait({worker, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (worker, rescuer, stopped):
                task.cancel()
            await asyncio.gather(rescuer, stopped, return_exceptions=True)
        try:
            await worker
        except asyncio.CancelledError:
            if not stopping.is_set():
                raise


async def _keep_rescuing(jobs: procrastinate.App, stopping: asyncio.Event) -> None:
    """Give back the jobs of dead workers; a job that holds a conversation's lock would block it for ever."""
    while not stopping.is_set():
        await asyncio.sleep(RESCUE_SECONDS)
        try:
            stalled = await jobs.job_manager.get_stalled_jobs(
                seconds_since_heartbeat=DEAD_AFTER_SECONDS
            )
            for job in stalled:
                logger.warning("job %s of a dead process is taken up again", job.id)
                await jobs.job_manager.retry_job(job)
        except ConnectorException as error:
            # Another process may have rescued the same job; the database may be restarting.
            logger.info("rescue of stalled jobs: %s", type(error).__name__)


class Backoff(procrastinate.BaseRetryStrategy):
    """Try again after 1, 2, 4 … seconds, at most a minute apart, as often as it takes.

    Tasks that can fail for good end by themselves and record it; what comes here is a network, a database or a
    process that will be back, or a shutdown.
    """

    def get_retry_decision(
        self, *, exception: BaseException, job: procrastinate.jobs.Job
    ) -> procrastinate.RetryDecision | None:
        return procrastinate.RetryDecision(retry_in={"seconds": min(60, 2 ** min(job.attempts, 6))})


BACKOFF = Backoff()
