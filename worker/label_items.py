"""Collects messages that people are to label: away from the turn that brought them."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import procrastinate
from sqlalchemy.orm import Session

from ownerdesk.adapters.rasa import RasaClient, RasaRefused
from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.bootstrap import Core
from ownerdesk.jobs import BACKOFF
from ownerdesk.model import Message
from ownerdesk.services import jobs as tasks
from ownerdesk.services.label_items import collect, is_read

logger = logging.getLogger(__name__)


def add_collecting_job(jobs: procrastinate.App, core: Core) -> None:
    """Twice delivered it adds the same reason to the same message. What was dealt with before any reader, as an
    emergency is, is read now, by the model alone; while Rasa is away the job waits."""
    encoder = ThreadPoolExecutor(1, thread_name_prefix="labelling")

    @jobs.task(name=tasks.COLLECT_MESSAGE, queue="labelling", retry=BACKOFF)
    async def on_reason(message_id: int, why: str, proposed: dict[str, Any]) -> None:
        words, has_reading = await core.transact(_read_words, message_id)
        if not words:
            return
        reading = None if has_reading else await _read(core, message_id, words)
        vector = await asyncio.get_running_loop().run_in_executor(encoder, encode, words)
        await core.transact(
            collect, message_id, why=why, proposed=proposed, vector=vector, reading=reading,
            at=core.clock(),
        )  # fmt: skip


def _read_words(session: Session, message_id: int) -> tuple[str, bool]:
    message = session.get(Message, message_id)
    return (message.text.strip(), is_read(message)) if message is not None else ("", False)


async def _read(core: Core, message_id: int, words: str) -> dict[str, Any] | None:
    async with RasaClient(core.settings.rasa_url, core.settings.rasa_token) as rasa:
        try:
            [reading] = await rasa.parse_many([words], with_signs=False)
        except RasaRefused as error:
            logger.warning("message %d is not read for its label: %s", message_id, error)
            return None
    return reading.as_record()
