"""Single messages of a conversation, found by what a press carries."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, Message, StaffMember
from ownerdesk.queries.owners import get_project_of
from ownerdesk.queries.staff import has_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotFound


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


def get_message_for_staff(
    session: Session, member: StaffMember, message_id: int, right: Right
) -> tuple[Message, Conversation]:
    """What an owner wrote, locked, and the chat it is in. Raises NotFound, also where the member lacks the right in
    the chat's project."""
    message = session.get(Message, message_id, with_for_update=True, populate_existing=True)
    if message is None or message.direction != "in":
        raise NotFound
    conversation = session.get_one(Conversation, message.conversation_id)
    if not has_right(member, get_project_of(session, conversation).id, right):
        raise NotFound
    return message, conversation


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
