"""What handlers share: the core, the reader, and the conversation of an update."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session
from telegram import Update, User
from telegram.constants import ChatType

from bot.turns import Turns
from ownerdesk.bootstrap import Core
from ownerdesk.model import Conversation
from ownerdesk.queries.conversations import find_conversation
from ownerdesk.services.conversations import open_conversation


class Handlers:
    """A group of handlers. Each opens its transactions itself and does nothing else but translate."""

    def __init__(self, core: Core, turns: Turns) -> None:
        self.core = core
        self.turns = turns


def format_name(user: User) -> str:
    """As its bearer writes it: Chinese names begin with the family's, and have no space."""
    if user.last_name and re.fullmatch(r"[\u3400-\u9fff]+", user.first_name + user.last_name):
        return user.last_name + user.first_name
    return user.full_name


def find_group(session: Session, update: Update) -> Conversation | None:
    """The linked group an update comes from; None for any other, which is not kept."""
    chat = update.effective_chat
    assert chat is not None, "only updates of groups come here"
    found = find_conversation(session, chat.id)
    return found if found is not None and found.kind == "department" else None


def is_from_group(update: Update) -> bool:
    chat = update.effective_chat
    return chat is not None and chat.type != ChatType.PRIVATE


def conversation_of(session: Session, update: Update) -> Conversation:
    """The conversation an update belongs to, opened if it is new."""
    chat, user = update.effective_chat, update.effective_user
    assert user is not None, "a private chat has a person in it"
    return open_conversation(
        session,
        chat_id=chat.id if chat else user.id,  # a press on a message that is gone has no chat
        user_id=user.id,
        name=format_name(user),
        language_code=user.language_code,
    )
