"""Changes of the chat itself: blocked, unblocked, migrated, and groups somebody added the bot to."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy.orm import Session
from telegram import ChatMember, Update
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import ContextTypes

from bot.handlers.base import Handlers, conversation_of
from ownerdesk.services.conversations import mark_blocked, migrate_chat
from ownerdesk.texts import supported, translator

logger = logging.getLogger(__name__)


class Members(Handlers):
    """What Telegram tells of the bot's own membership."""

    async def change(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """An owner blocked or unblocked the bot."""
        change = update.my_chat_member
        assert change is not None, "the handler gets only these"
        if change.chat.type == ChatType.PRIVATE:
            blocked = change.new_chat_member.status == ChatMember.BANNED
            await self.core.transact(_change, update, blocked, at=self.core.clock())

    async def migrate(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """The chat has another id now. Telegram tells both chats; either message does."""
        message = update.message
        assert message is not None, "the handler gets only these"
        old = message.migrate_from_chat_id or message.chat_id
        new = message.migrate_to_chat_id or message.chat_id
        await self.core.transact(migrate_chat, old, new)

    async def group_message(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """The desk talks to owners one by one: in a group it says so when it is addressed, and keeps nothing."""
        message = update.message
        if message is None or not (message.text or "").startswith("/"):
            return
        language = message.from_user.language_code if message.from_user else None
        _ = translator(supported(language))
        try:
            await message.reply_text(
                _("I work in private chats. Press my name and write to me there.")
            )
        except TelegramError as error:
            logger.info("update %s: group not answered: %s", update.update_id, type(error).__name__)


def _change(session: Session, update: Update, blocked: bool, *, at: datetime) -> None:
    conversation = conversation_of(session, update)  # opening it says that it is not blocked
    if blocked:
        mark_blocked(session, conversation, at=at)
