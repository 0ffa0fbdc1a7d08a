"""Delivers the outbox: sends new messages, edits revised ones, and records what became of each."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import procrastinate
from sqlalchemy import select
from sqlalchemy.orm import Session
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.constants import MessageLimit, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter
from telegram.ext import ExtBot

from ownerdesk.bootstrap import Core
from ownerdesk.jobs import BACKOFF
from ownerdesk.model import Attachment, Conversation, Message
from ownerdesk.rules.splitting import split_text
from ownerdesk.services.conversations import migrate_chat
from ownerdesk.services.jobs import DELIVER_MESSAGE
from ownerdesk.services.outbox import record_blocked, record_failure, record_sent
from worker.limits import SendingLimits

logger = logging.getLogger(__name__)

MAX_CHARACTERS = int(MessageLimit.MAX_TEXT_LENGTH)
UPLOAD_SECONDS = 300.0  # 50 MB over a slow line
T = TypeVar("T")
Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove


@dataclass(frozen=True)
class Enclosure:
    """A file of ours that goes out; `path` is relative to the files folder."""

    kind: str
    path: str
    name: str


@dataclass(frozen=True)
class Delivery:
    """One row as it has to look on the phone. `telegram_id` is None while it was never sent."""

    message_id: int
    chat_id: int
    text: str
    is_html: bool
    markup: dict[str, Any] | None
    revision: int
    telegram_id: int | None
    photo_id: str | None = None
    enclosure: Enclosure | None = None


class Outbox:
    """The job, its bot and its limits."""

    def __init__(self, core: Core, bot: ExtBot[None]) -> None:
        self._core = core
        self._bot = bot
        self._limits = SendingLimits(
            per_second=core.settings.outbox_rate, per_chat_second=core.settings.outbox_chat_rate
        )

    def add_job(self, jobs: procrastinate.App) -> None:
        jobs.task(name=DELIVER_MESSAGE, queue="outbox", retry=BACKOFF)(self.deliver)

    async def deliver(self, message_id: int) -> None:
        """Send or edit one message. What is on the phone already is left alone, so that a job that comes
        twice does nothing; one that died between sending and recording sends twice (S5: never a loss)."""
        delivery = await self._core.transact(read_delivery, message_id)
        if delivery is None:
            return
        at = self._core.clock
        try:
            telegram_ids = await self._send(delivery)
        except ChatMigrated as error:
            if await self._core.transact(migrate_chat, delivery.chat_id, error.new_chat_id):
                await self.deliver(message_id)
            else:
                await self._core.transact(_record, message_id, "failed", error.message, at=at())
            return
        except Forbidden as error:
            logger.info("message %s: %s", message_id, type(error).__name__)
            await self._core.transact(_record, message_id, "blocked", error.message, at=at())
            return
        except FileNotFoundError:
            logger.error("message %s: its file is gone", message_id)
            await self._core.transact(_record, message_id, "failed", "the file is gone", at=at())
            return
        except BadRequest as error:
            logger.error("message %s refused by Telegram: %s", message_id, error.message)
            await self._core.transact(_record, message_id, "failed", error.message, at=at())
            return
        await self._core.transact(_record_sent, delivery, telegram_ids, at=at())

    async def _send(self, delivery: Delivery) -> list[int]:
        """The ids of new messages; empty for an edit."""
        if delivery.photo_id is not None:
            return await self._send_photo(delivery, delivery.photo_id)
        if delivery.enclosure is not None:
            return await self._send_file(delivery, delivery.enclosure)
        if delivery.telegram_id is None:
            return await self._send_new(delivery)
        return await self._edit(delivery, delivery.telegram_id)

    async def _in_turn(self, delivery: Delivery, call: Callable[[], Awaitable[T]]) -> T:
        """Call Telegram when it is this chat's turn, and again after every pause that Telegram asks for."""
        while True:
            await self._limits.wait(delivery.chat_id)
            try:
                return await call()
            except RetryAfter as error:
                pause = error.retry_after
                seconds = pause if isinstance(pause, int) else pause.total_seconds()
                logger.warning("message %s: Telegram asks for %s s", delivery.message_id, seconds)
                self._limits.pause(delivery.chat_id, float(seconds))

    async def _send_new(self, delivery: Delivery) -> list[int]:
        parts = split_text(delivery.text, MAX_CHARACTERS)
        ids = []
        for number, part in enumerate(parts, start=1):
            send = partial(
                self._bot.send_message,
                delivery.chat_id,
                part,
                parse_mode=ParseMode.HTML if delivery.is_html else None,
                reply_markup=make_markup(delivery.markup) if number == len(parts) else None,
            )
            ids.append((await self._in_turn(delivery, send)).message_id)
        return ids

    async def _send_photo(self, delivery: Delivery, photo_id: str) -> list[int]:
        """A photo Telegram has already; it is named, not uploaded."""
        send = partial(self._bot.send_photo, delivery.chat_id, photo_id, caption=delivery.text)
        return [(await self._in_turn(delivery, send)).message_id]

    async def _send_file(self, delivery: Delivery, file: Enclosure) -> list[int]:
        """Upload a file of ours, streamed. A picture that Telegram does not take as a photo, because it is too long
        or broken, goes out as a document."""
        if file.kind == "photo":
            try:
                return await self._upload(delivery, file, self._bot.send_photo)
            except BadRequest as error:
                if "photo" not in error.message.lower() and "image" not in error.message.lower():
                    raise
                logger.warning(
                    "message %s: no photo for Telegram, sent as a file", delivery.message_id
                )
        return await self._upload(delivery, file, self._bot.send_document)

    async def _upload(
        self, delivery: Delivery, file: Enclosure, send: Callable[..., Awaitable[Any]]
    ) -> list[int]:
        path = self._core.settings.files_dir / file.path

        async def call() -> int:
            with path.open("rb") as content:
                enclosed = InputFile(content, filename=file.name, read_file_handle=False)
                sent = await send(
                    delivery.chat_id, enclosed, caption=delivery.text or None,
                    read_timeout=UPLOAD_SECONDS,
                )  # fmt: skip
            return int(sent.message_id)

        return [await self._in_turn(delivery, call)]

    async def _edit(self, delivery: Delivery, telegram_id: int) -> list[int]:
        markup = make_markup(delivery.markup)
        edit = partial(
            self._bot.edit_message_text,
            split_text(delivery.text, MAX_CHARACTERS)[0],
            chat_id=delivery.chat_id,
            message_id=telegram_id,
            parse_mode=ParseMode.HTML if delivery.is_html else None,
            reply_markup=markup if isinstance(markup, InlineKeyboardMarkup) else None,
        )
        try:
            await self._in_turn(delivery, edit)
        except BadRequest as error:
            if "not modified" in error.message:
                return []
            if "to edit not found" in error.message or "can't be edited" in error.message:
                # The owner deleted it, or it is too old: what it tells must still reach them.
                return await self._send_new(delivery)
            raise
        return []


def make_markup(stored: dict[str, Any] | None) -> Markup | None:
    """Telegram's keyboards from the stored, channel-neutral form."""
    if not stored:
        return None
    if "inline" in stored:
        return InlineKeyboardMarkup(
            [
                [InlineKeyboardButton(b["text"], callback_data=b["data"]) for b in row]
                for row in stored["inline"]
            ]
        )
    if "contact" in stored:
        return ReplyKeyboardMarkup(
            [[KeyboardButton(stored["contact"], request_contact=True)]],
            resize_keyboard=True,
            one_time_keyboard=True,
        )
    return ReplyKeyboardRemove()


def read_delivery(session: Session, message_id: int) -> Delivery | None:
    """What is to be delivered; None when the phone shows it already or it never will."""
    row = session.execute(
        select(Message, Conversation.chat_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.id == message_id)
    ).one_or_none()
    if row is None:
        return None  # taken back before it was sent
    message, chat_id = row
    # "sent" with a newer revision: it was revised in the moment its delivery was recorded.
    if message.state not in ("queued", "sent") or message.sent_revision >= message.revision:
        return None
    return Delivery(
        message_id=message.id,
        chat_id=chat_id,
        text=message.text,
        is_html=message.is_html,
        markup=message.markup,
        revision=message.revision,
        telegram_id=message.telegram_message_id,
        photo_id=message.photo_id,
        enclosure=_find_enclosure(session, message),
    )


def _find_enclosure(session: Session, message: Message) -> Enclosure | None:
    """The file of ours that a message is made of; a photo that Telegram has is only named."""
    if message.kind == "text" or message.photo_id is not None:
        return None
    file = session.scalars(select(Attachment).where(Attachment.message_id == message.id)).one()
    return Enclosure(message.kind, str(file.path), file.name)


def _record_sent(
    session: Session, delivery: Delivery, telegram_ids: list[int], *, at: datetime
) -> None:
    message = session.get_one(Message, delivery.message_id, with_for_update=True)
    record_sent(session, message, telegram_ids=telegram_ids, revision=delivery.revision, at=at)


def _record(session: Session, message_id: int, state: str, error: str, *, at: datetime) -> None:
    message = session.get_one(Message, message_id, with_for_update=True)
    if state == "blocked":
        record_blocked(session, message, at=at)
    else:
        record_failure(session, message, error=error, at=at)
