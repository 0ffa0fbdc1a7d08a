"""Messages: words go to the reader; photos, voice, places and the rest go to the appeal they belong to."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import ContextTypes

from bot.handlers.base import Handlers, conversation_of
from bot.handlers.commands import WELCOMED, say_registered
from bot.handlers.jobs import take_staff_message
from bot.incoming import parse_message
from bot.texts import format_refusal
from ownerdesk.model import Conversation, Message
from ownerdesk.queries.emergency_phrases import detect_danger
from ownerdesk.queries.messages import find_received_message
from ownerdesk.rules.refusals import Refusal, TooManyTries, WrongCode
from ownerdesk.services import outbox
from ownerdesk.services.conversations import edit_message
from ownerdesk.services.enclosures import (
    refuse_large,
    take_in_file,
    take_in_sticker,
    take_up_unread,
)
from ownerdesk.services.intake import Question, is_stranger, take_in_edit, take_in_text
from ownerdesk.services.messages import mark_answered, store_message
from ownerdesk.services.owners import CODE_LENGTH, register_by_code
from ownerdesk.services.voice import voice_of

_CODE = re.compile(rf"[A-Z2-9]{{{CODE_LENGTH}}}", re.IGNORECASE)


class Messages(Handlers):
    """Everything an owner can send that is no command, contact or press."""

    async def text(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Words."""
        await self.turns.take_all(
            await self.core.transact(_take_text, update, at=self.core.clock()), update.update_id
        )

    async def other(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A file, a place, a sticker; a caption is words and read like them."""
        await self.turns.take_all(
            await self.core.transact(_take_other, update, at=self.core.clock()), update.update_id
        )

    async def edited(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """An edited message is the same message: its new words are kept, and danger in them is seen."""
        await self.turns.take_all(
            await self.core.transact(_take_edit, update, at=self.core.clock()), update.update_id
        )


def _take_text(session: Session, update: Update, *, at: datetime) -> list[Question]:
    conversation, message = _store(session, update, at=at)
    if conversation.kind != "owner":
        take_staff_message(session, conversation, message, at=at)
        return []
    if message.answered_how == WELCOMED:
        return take_up_unread(session, conversation, at=at)
    is_open = message.answered_at is None and is_stranger(conversation)
    # A single word of ten letters looks like a code; danger in it is danger all the same.
    if (
        is_open
        and _CODE.fullmatch(message.text.strip())
        and detect_danger(session, message.text) is None
    ):
        return _try_code(session, conversation, message, at=at)
    return _as_list(take_in_text(session, conversation, message, at=at))


def _as_list(question: Question | None) -> list[Question]:
    return [] if question is None else [question]


def _store(session: Session, update: Update, *, at: datetime) -> tuple[Conversation, Message]:
    assert update.effective_message is not None, "the filter lets only messages through"
    conversation = conversation_of(session, update)
    incoming = parse_message(update.effective_message)
    return conversation, store_message(session, conversation, incoming, at=at)


def _try_code(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> list[Question]:
    """A stranger typed what looks like an invite code."""
    try:
        register_by_code(session, conversation, code=message.text, at=at)
    except (WrongCode, TooManyTries) as refusal:
        _say(session, conversation, message, refusal, at=at)
        return []
    say_registered(session, conversation, message, at)
    return take_up_unread(session, conversation, at=at)


def _say(
    session: Session,
    conversation: Conversation,
    message: Message,
    refusal: Refusal,
    *,
    at: datetime,
) -> None:
    text = format_refusal(refusal, voice_of(conversation))
    outbox.send(session, conversation, text, key=f"reply:{message.id}", at=at)
    mark_answered(session, message, "refused", at=at)


def _take_other(session: Session, update: Update, *, at: datetime) -> list[Question]:
    conversation, message = _store(session, update, at=at)
    if conversation.kind != "owner":
        take_staff_message(session, conversation, message, at=at)
        return []
    if message.answered_at is not None:
        return []
    if message.kind == "sticker":
        take_in_sticker(session, conversation, message, at=at)
        return []
    if message.text and message.kind in ("photo", "document", "video"):
        refuse_large(session, conversation, message, at=at)
        return _as_list(take_in_text(session, conversation, message, at=at))
    take_in_file(session, conversation, message, at=at)
    return []


def _take_edit(session: Session, update: Update, *, at: datetime) -> list[Question]:
    edited = update.edited_message
    assert edited is not None, "the filter lets only edits through"
    conversation = conversation_of(session, update)
    text = edited.text or edited.caption or ""
    message = find_received_message(session, conversation, edited.message_id)
    if message is None:
        # It overtook the message itself, which will find itself stored when it comes.
        return _take_text(session, update, at=at) if text else _take_other(session, update, at=at)
    earlier = message.text
    edit_message(session, conversation, edited.message_id, text, at=at)
    if conversation.kind != "owner":
        return []  # what was said of a job is said; a correction is kept with it
    if message.text != earlier:  # a place that moves is an edit too, with no words in it
        take_in_edit(session, conversation, message, earlier=earlier, at=at)
    return []
