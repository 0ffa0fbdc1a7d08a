"""Shared contacts: the sender's own number registers them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import ContextTypes

from bot.handlers.base import Handlers, conversation_of
from bot.handlers.commands import WELCOMED, say_registered
from bot.handlers.jobs import take_staff_message
from bot.incoming import parse_message
from bot.texts import format_refusal
from ownerdesk.rules.refusals import Refusal
from ownerdesk.services import outbox
from ownerdesk.services.enclosures import take_in_file, take_up_unread
from ownerdesk.services.intake import Question, is_stranger
from ownerdesk.services.messages import mark_answered, store_message
from ownerdesk.services.owners import register_by_phone
from ownerdesk.services.voice import voice_of


class Contacts(Handlers):
    """A contact message."""

    async def share(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Register by it; what was written before is read now."""
        await self.turns.take_all(
            await self.core.transact(_share, update, at=self.core.clock()), update.update_id
        )


def _share(session: Session, update: Update, *, at: datetime) -> list[Question]:
    assert update.message is not None, "the filter lets only new messages through"
    contact = update.message.contact
    assert contact is not None, "the filter lets only contacts through"
    conversation = conversation_of(session, update)
    message = store_message(session, conversation, parse_message(update.message), at=at)
    if conversation.kind != "owner":
        take_staff_message(session, conversation, message, at=at)
        return []
    if message.answered_how == WELCOMED:
        return take_up_unread(session, conversation, at=at)
    if message.answered_at is not None:
        return []
    if not is_stranger(conversation) and contact.user_id != conversation.telegram_user_id:
        # A known owner passes on somebody's number, a plumber's perhaps: it belongs to what they reported.
        take_in_file(session, conversation, message, at=at)
        return []
    _ = voice_of(conversation)
    try:
        register_by_phone(
            session,
            conversation,
            phone=contact.phone_number,
            contact_user_id=contact.user_id,
            at=at,
        )
    except Refusal as refusal:
        outbox.send(
            session,
            conversation,
            format_refusal(refusal, _),
            key=f"reply:{message.id}",
            at=at,
            markup={"contact": _("Share my phone number")},
        )
        mark_answered(session, message, "refused", at=at)
        return []
    say_registered(session, conversation, message, at)
    return take_up_unread(session, conversation, at=at)
