"""Jobs of incidents and planned works: each takes the time, calls one service, and stops."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import procrastinate
from sqlalchemy.orm import Session

from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.bootstrap import Core
from ownerdesk.jobs import BACKOFF
from ownerdesk.model import Appeal
from ownerdesk.services import jobs as tasks
from ownerdesk.services.incident_search import look_for_incident
from ownerdesk.services.incidents import check_incident, end_incident
from ownerdesk.services.planned_works import announce_works, end_works, remind_of_works

QUEUE = "incidents"


def add_incident_jobs(jobs: procrastinate.App, core: Core) -> None:
    """A job that comes late, or twice, finds things moved on and does nothing."""
    # Words become vectors one at a time and in no transaction's thread: many appeals at once, or the first of all, which
    # waits for the encoder to load, hold up no message to an owner.
    encoder = ThreadPoolExecutor(1, thread_name_prefix="encoder")

    @jobs.task(name=tasks.LOOK_FOR_INCIDENT, queue=QUEUE, retry=BACKOFF)
    async def on_appeal(appeal_id: int) -> None:
        words = await core.transact(_read_words, appeal_id)
        vector = await asyncio.get_running_loop().run_in_executor(encoder, encode, words)
        await core.transact(look_for_incident, appeal_id, lambda _: vector, at=core.clock())

    @jobs.task(name=tasks.CHECK_INCIDENT, queue=QUEUE, retry=BACKOFF)
    async def on_time(incident_id: int, due_at: str, slips: bool) -> None:
        due = datetime.fromisoformat(due_at)
        await core.transact(check_incident, incident_id, due_at=due, slips=slips, at=core.clock())

    @jobs.task(name=tasks.END_INCIDENT, queue=QUEUE, retry=BACKOFF)
    async def on_answers(incident_id: int) -> None:
        await core.transact(end_incident, incident_id, at=core.clock())

    @jobs.task(name=tasks.ANNOUNCE_WORKS, queue=QUEUE, retry=BACKOFF)
    async def on_announcement(incident_id: int) -> None:
        await core.transact(announce_works, incident_id, at=core.clock())

    @jobs.task(name=tasks.REMIND_OF_WORKS, queue=QUEUE, retry=BACKOFF)
    async def on_reminder(incident_id: int) -> None:
        await core.transact(remind_of_works, incident_id, at=core.clock())

    @jobs.task(name=tasks.END_WORKS, queue=QUEUE, retry=BACKOFF)
    async def on_end(incident_id: int) -> None:
        await core.transact(end_works, incident_id, at=core.clock())


def _read_words(session: Session, appeal_id: int) -> str:
    return session.get_one(Appeal, appeal_id).summary
