"""Fetches what owners sent, streamed to disk with a limit, never whole in memory; and deletes what staff never sent."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path

import httpx
import procrastinate
from sqlalchemy.orm import Session
from telegram.error import BadRequest
from telegram.ext import ExtBot

from ownerdesk.bootstrap import Core
from ownerdesk.jobs import BACKOFF
from ownerdesk.model import Attachment, Message
from ownerdesk.services.jobs import FETCH_FILE, FORGET_UPLOADS
from ownerdesk.services.live import announce
from ownerdesk.services.messages import MAX_FILE_BYTES
from ownerdesk.services.uploads import forget_uploads

logger = logging.getLogger(__name__)

CHUNK_BYTES = 64 * 1024
EVERY_NIGHT = "20 3 * * *"
_UNSAFE = re.compile(r"[^\w.-]+")


class FileTooLarge(Exception):
    """More came than the limit allows, whatever Telegram had said of its size."""


@dataclass(frozen=True)
class Fetch:
    """A file to be fetched."""

    attachment_id: int
    file_id: str
    name: str


def add_file_job(jobs: procrastinate.App, core: Core, bot: ExtBot[None]) -> None:
    @jobs.task(name=FETCH_FILE, queue="files", retry=BACKOFF)
    async def fetch_file(attachment_id: int) -> None:
        """Fetch one file. A network error is tried again; what Telegram refuses is recorded."""
        wanted = await core.transact(_read, attachment_id)
        if wanted is None:
            return
        try:
            file = await bot.get_file(wanted.file_id)
            path = await _stream(str(file.file_path), wanted, core.settings.files_dir)
        except FileTooLarge:
            await core.transact(_record, attachment_id, "too_large", None)
        except httpx.HTTPStatusError as error:
            # A server in trouble will be back; a file that is gone or forbidden will not.
            if error.response.status_code >= 500:
                raise
            logger.warning("attachment %s: %s", attachment_id, error.response.status_code)
            await core.transact(_record, attachment_id, "failed", None)
        except BadRequest as error:
            logger.warning("attachment %s refused by Telegram: %s", attachment_id, error.message)
            state = "too_large" if "too big" in error.message else "failed"
            await core.transact(_record, attachment_id, state, None)
        else:
            await core.transact(_record, attachment_id, "stored", path)


def add_tidying_job(jobs: procrastinate.App, core: Core) -> None:
    @jobs.periodic(cron=EVERY_NIGHT)
    @jobs.task(name=FORGET_UPLOADS, queue="files", queueing_lock=FORGET_UPLOADS)
    async def on_night(timestamp: int) -> None:
        """The rows go first: a file that nothing names harms nobody, a row without its file would."""
        for path in await core.transact(forget_uploads, at=core.clock()):
            (core.settings.files_dir / path).unlink(missing_ok=True)


async def _stream(url: str, wanted: Fetch, files_dir: Path) -> str:
    """Write beside the place and rename, so that half a file is never seen. Returns the relative path."""
    name = _UNSAFE.sub("_", wanted.name).strip("._")[-80:] or "file"
    relative = Path(f"{wanted.attachment_id // 1000:06d}") / f"{wanted.attachment_id}-{name}"
    target = files_dir / relative
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{target.name}.part")
    size = 0
    try:
        async with (
            httpx.AsyncClient(timeout=30) as client,
            client.stream("GET", url) as response,
        ):
            response.raise_for_status()
            with draft.open("wb") as sink:
                async for chunk in response.aiter_bytes(CHUNK_BYTES):
                    size += len(chunk)
                    if size > MAX_FILE_BYTES:
                        raise FileTooLarge
                    sink.write(chunk)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    return str(relative)


def _read(session: Session, attachment_id: int) -> Fetch | None:
    attachment = session.get_one(Attachment, attachment_id)
    if attachment.state != "pending" or attachment.telegram_file_id is None:
        return None
    return Fetch(attachment.id, attachment.telegram_file_id, attachment.name)


def _record(session: Session, attachment_id: int, state: str, path: str | None) -> None:
    attachment = session.get_one(Attachment, attachment_id)
    attachment.state, attachment.path = state, path
    message = session.get_one(Message, attachment.message_id)
    announce(session, "message", conversation=message.conversation_id, appeal=message.appeal_id)
