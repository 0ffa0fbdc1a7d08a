"""Collects messages that people are to label: away from the turn that brought them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import procrastinate
from sqlalchemy.orm import Session

from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.bootstrap import Core
from ownerdesk.jobs import BACKOFF
from ownerdesk.model import Message
from ownerdesk.services import jobs as tasks
from ownerdesk.services.label_items import collect


def add_collecting_job(jobs: procrastinate.App, core: Core) -> None:
    """Twice delivered it adds the same reason to the same message."""
    encoder = ThreadPoolExecutor(1, thread_name_prefix="labelling")

    @jobs.task(name=tasks.COLLECT_MESSAGE, queue="labelling", retry=BACKOFF)
    async def on_reason(message_id: int, why: str, proposed: dict[str, Any]) -> None:
        words = await core.transact(_read_words, message_id)
        if words:
            vector = await asyncio.get_running_loop().run_in_executor(encoder, encode, words)
            await core.transact(
                collect, message_id, why=why, proposed=proposed, vector=vector, at=core.clock()
            )


def _read_words(session: Session, message_id: int) -> str:
    message = session.get(Message, message_id)
    return message.text.strip() if message is not None else ""
