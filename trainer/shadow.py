"""A candidate reads what owners write, beside the model in service, and acts on nothing."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from typing import Any

import procrastinate
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.adapters.priorities import LOW
from ownerdesk.adapters.rasa import RasaClient, RasaRefused, RasaUnavailable
from ownerdesk.bootstrap import Core
from ownerdesk.jobs import BACKOFF
from ownerdesk.model import Message, ShadowReading, ShadowRun
from ownerdesk.rules.labelling import Why
from ownerdesk.services import jobs as tasks
from ownerdesk.services.label_items import ask_for_label
from ownerdesk.services.live import announce
from ownerdesk.supervisor.errors import CannotStart
from ownerdesk.supervisor.reading import run_rasa

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
BATCH = 25


def add_shadow_job(jobs: procrastinate.App, core: Core) -> None:
    @jobs.task(name=tasks.READ_IN_SHADOW, queue="training", retry=BACKOFF)
    async def read_in_shadow(run_id: int) -> None:
        await run_shadow(core, run_id)


async def run_shadow(core: Core, run_id: int) -> None:
    """Until its time is over or somebody ends it. Begun again it goes on where it was."""
    file = await core.transact(_read_file, run_id)
    error = None
    try:
        async with run_rasa(
            core.settings, core.settings.models_dir / file, "shadow", lambda text: None,
            niceness=LOW,
        ) as own:  # fmt: skip
            while await core.transact(_goes_on, run_id, at=core.clock()):
                while messages := await core.transact(_list_unread, run_id):
                    await _read(core, own.client, run_id, messages)
                await asyncio.sleep(LOOK_SECONDS)
    except (CannotStart, RasaUnavailable, RasaRefused) as failure:
        logger.warning("shadow run %d ended: %s", run_id, type(failure).__name__)
        error = str(failure)[:500]
    await core.transact(_end, run_id, error, at=core.clock())


async def _read(core: Core, rasa: RasaClient, run_id: int, messages: list[tuple[int, str]]) -> None:
    readings = await rasa.parse_many([text for _, text in messages])
    records = {
        message_id: reading.as_record()
        for (message_id, _), reading in zip(messages, readings, strict=True)
    }
    await core.transact(_keep, run_id, records, at=core.clock())


def _read_file(session: Session, run_id: int) -> str:
    return session.get_one(ShadowRun, run_id).model.file


def _goes_on(session: Session, run_id: int, *, at: datetime) -> bool:
    run = session.get_one(ShadowRun, run_id)
    return run.ended_at is None and at < run.until


def _list_unread(session: Session, run_id: int) -> list[tuple[int, str]]:
    """Messages since the run began that the model in service has read and the candidate has not."""
    run = session.get_one(ShadowRun, run_id)
    read = select(ShadowReading.message_id).where(ShadowReading.run_id == run_id)
    rows = session.execute(
        select(Message.id, Message.text)
        .where(
            Message.direction == "in",
            Message.created_at >= run.started_at,
            Message.reading.is_not(None),
            Message.text != "",
            Message.id.not_in(read),
        )
        .order_by(Message.id)
        .limit(BATCH)
    )
    return [(row.id, row.text) for row in rows]


def _keep(
    session: Session, run_id: int, records: dict[int, dict[str, Any]], *, at: datetime
) -> None:
    """What differs goes to the people who label."""
    for message_id, record in records.items():
        served = session.get_one(Message, message_id).reading or {}
        differs = any(served.get(name) != record[name] for name in ("nature", "category", "alarm"))
        record.pop("second_text", None)
        session.execute(
            insert(ShadowReading)
            .values(run_id=run_id, message_id=message_id, reading=record, differs=differs, at=at)
            .on_conflict_do_nothing()
        )
        if differs:
            ask_for_label(session, message_id, Why.SHADOW)
    announce(session, "shadow", run=run_id)


def _end(session: Session, run_id: int, error: str | None, *, at: datetime) -> None:
    run = session.get_one(ShadowRun, run_id)
    run.ended_at, run.error = run.ended_at or at, error
    announce(session, "shadow", run=run_id)
