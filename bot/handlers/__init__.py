"""Handlers: one short one per thing an owner can do, registered in the order they are tried."""

from __future__ import annotations

from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.handlers.base import Handlers
from bot.handlers.commands import Commands
from bot.handlers.contacts import Contacts
from bot.handlers.members import Members
from bot.handlers.messages import Messages
from bot.handlers.presses import Presses
from bot.turns import Turns
from ownerdesk.bootstrap import Core

__all__ = ["Handlers", "add_handlers"]


def add_handlers(application: Application, core: Core, turns: Turns) -> None:  # type: ignore[type-arg]
    """The first handler that matches gets the update."""
    private = filters.ChatType.PRIVATE
    new = filters.UpdateType.MESSAGE
    commands, messages = Commands(core, turns), Messages(core, turns)
    contacts, presses, members = (
        Contacts(core, turns),
        Presses(core, turns),
        Members(core, turns),
    )
    for name, handler in commands.by_name().items():
        application.add_handler(CommandHandler(name, handler, filters=private & new))
    # Not in the menu: it is for staff, whom the console tells of it.
    application.add_handler(CommandHandler("link", commands.link, filters=private & new))
    application.add_handler(CallbackQueryHandler(presses.press))
    application.add_handler(ChatMemberHandler(members.change, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, members.migrate))
    application.add_handler(
        MessageHandler(private & filters.UpdateType.EDITED_MESSAGE, messages.edited)
    )
    application.add_handler(MessageHandler(private & new & filters.COMMAND, commands.unknown))
    application.add_handler(MessageHandler(private & new & filters.CONTACT, contacts.share))
    application.add_handler(MessageHandler(private & new & filters.TEXT, messages.text))
    application.add_handler(MessageHandler(private & new, messages.other))
    application.add_handler(MessageHandler(filters.ChatType.GROUPS & new, members.group_message))
