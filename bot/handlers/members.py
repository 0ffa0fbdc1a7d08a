"""Changes of the chat itself: blocked, unblocked, migrated, and groups somebody added the bot to."""

from __future__ import annotations

import logging
import re
from datetime import datetime

from sqlalchemy.orm import Session
from telegram import ChatMember, Update
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import ContextTypes

from bot.handlers.base import Handlers, conversation_of, find_group, format_name
from bot.handlers.jobs import format_group_linked
from bot.texts import format_staff_refusal
from ownerdesk.rules.refusals import Refusal, WrongCode
from ownerdesk.services.conversations import mark_blocked, migrate_chat, open_conversation
from ownerdesk.services.operator_chats import link_group
from ownerdesk.texts import supported, translator

logger = logging.getLogger(__name__)

_LINK = re.compile(r"/(link|start)(@\w+)?\s+(link_)?(?P<code>[A-Za-z0-9]{1,40})")


class Members(Handlers):
    """What Telegram tells of the bot's own membership."""

    async def change(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """An owner blocked or unblocked the bot."""
        change = update.my_chat_member
        assert change is not None, "the handler gets only these"
        if change.chat.type == ChatType.PRIVATE:
            blocked = change.new_chat_member.status == ChatMember.BANNED
            await self.core.transact(_change, update, blocked, at=self.core.clock())
        else:
            gone = change.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT)
            await self.core.transact(_change_group, update, gone, at=self.core.clock())

    async def migrate(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """The chat has another id now. Telegram tells both chats; either message does."""
        message = update.message
        assert message is not None, "the handler gets only these"
        old = message.migrate_from_chat_id or message.chat_id
        new = message.migrate_to_chat_id or message.chat_id
        await self.core.transact(migrate_chat, old, new)

    async def group_message(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """The desk talks to owners one by one: in a group it says so when it is addressed, and keeps nothing. The group
        of a department is linked here by a code, and then hears of jobs."""
        message = update.message
        if message is None or not (message.text or "").startswith("/"):
            return
        link = _LINK.fullmatch((message.text or "").strip())
        if link is not None:
            text = await self.core.transact(_link_group, update, link["code"], at=self.core.clock())
        elif await self.core.transact(find_group, update) is not None:
            return
        else:
            language = message.from_user.language_code if message.from_user else None
            _ = translator(supported(language))
            text = _("I work in private chats. Press my name and write to me there.")
        try:
            await message.reply_text(text)
        except TelegramError as error:
            logger.info("update %s: group not answered: %s", update.update_id, type(error).__name__)


def _change(session: Session, update: Update, blocked: bool, *, at: datetime) -> None:
    conversation = conversation_of(session, update)  # opening it says that it is not blocked
    if blocked:
        mark_blocked(session, conversation, at=at)


def _change_group(session: Session, update: Update, gone: bool, *, at: datetime) -> None:
    """The bot left a department's group, or came back. Of any other group nothing is kept."""
    group = find_group(session, update)
    if group is not None and gone:
        mark_blocked(session, group, at=at)
    elif group is not None:
        group.blocked_at = None


def _link_group(session: Session, update: Update, code: str, *, at: datetime) -> str:
    """What to answer in the group. Wrong codes count in the private chat of whoever typed them."""
    chat, user = update.effective_chat, update.effective_user
    assert chat is not None, "the filter lets only messages of groups through"
    language = supported(user.language_code if user else None)
    if user is None:
        return format_staff_refusal(WrongCode(), translator(language))
    own = open_conversation(
        session, chat_id=user.id, user_id=user.id, name=format_name(user),
        language_code=user.language_code,
    )  # fmt: skip
    try:
        department = link_group(
            session, chat_id=chat.id, title=chat.title or "", tried_by=own, code=code, at=at
        )
    except Refusal as refusal:
        return format_staff_refusal(refusal, translator(language))
    return format_group_linked(department.names, language)
