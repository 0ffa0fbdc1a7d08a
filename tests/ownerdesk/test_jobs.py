"""Running jobs: none begins before its time, whoever's clock gave it out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import procrastinate
from procrastinate.job_context import JobContext
from procrastinate.testing import InMemoryConnector

from ownerdesk.jobs import PromptWorker


def test_a_job_that_the_databases_clock_gives_out_early_begins_at_its_time() -> None:
    app = procrastinate.App(connector=InMemoryConnector())
    began: list[datetime] = []

    @app.task(name="look")
    async def look() -> None:
        began.append(datetime.now(UTC))

    async def work() -> datetime:
        due = datetime.now(UTC) + timedelta(seconds=0.3)
        async with app.open_async():
            await app.configure_task("look", schedule_at=due).defer_async()
            (job,) = await app.job_manager.list_jobs_async()
            worker = PromptWorker(app, install_signal_handlers=False)
            await worker._process_job(
                JobContext(
                    app=app, worker_name="worker", job=job, start_timestamp=0.0,
                    abort_reason=lambda: None,
                )
            )  # fmt: skip
        return due

    due = asyncio.run(work())
    assert [moment >= due for moment in began] == [True]
