"""Single messages of a conversation, found by what a press carries."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, Message


def find_own_message(
    session: Session, conversation: Conversation, message_id: int
) -> Message | None:
    """A message the asker wrote in this chat, locked; None for any other."""
    return session.scalar(
        select(Message)
        .where(
            Message.id == message_id,
            Message.conversation_id == conversation.id,
            Message.direction == "in",
        )
        .with_for_update()
    )


def find_received_message(
    session: Session, conversation: Conversation, telegram_message_id: int
) -> Message | None:
    """One of the owner's, by the id Telegram gave it in this chat."""
    return session.scalar(
        select(Message).where(
            Message.conversation_id == conversation.id,
            Message.direction == "in",
            Message.telegram_message_id == telegram_message_id,
        )
    )


def find_sent_message(
    session: Session, conversation: Conversation, telegram_message_id: int
) -> Message | None:
    """One of ours, by the id Telegram gave it in this chat."""
    return session.scalar(
        select(Message).where(
            Message.conversation_id == conversation.id,
            Message.direction == "out",
            Message.telegram_message_id == telegram_message_id,
        )
    )
