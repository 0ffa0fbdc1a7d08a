"""Messages of a conversation: a stretch of them for a page, single ones found by what a press or a form carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from ownerdesk.model import Conversation, Message, StaffMember
from ownerdesk.queries.owners import get_project_of
from ownerdesk.queries.staff import has_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotFound

PAGE = 50
MAX_SHOWN = 400


@dataclass(frozen=True)
class Stretch:
    """Messages in a row, oldest first, with their files. `older` is where a stretch a page longer begins, None at
    the beginning of the conversation; `is_latest` says that none come after."""

    messages: Sequence[Message]
    older: int | None
    is_latest: bool


def list_stretch(session: Session, conversation_id: int, *, since: int | None = None) -> Stretch:
    """The latest messages, or those from an id on."""
    own = select(Message).where(Message.conversation_id == conversation_id)
    own = own.options(selectinload(Message.attachments))
    if since is None:
        newest_first = session.scalars(own.order_by(Message.id.desc()).limit(PAGE)).all()
        found, is_latest = newest_first[::-1], True
    else:
        found = session.scalars(
            own.where(Message.id >= since).order_by(Message.id).limit(MAX_SHOWN + 1)
        ).all()
        is_latest = len(found) <= MAX_SHOWN
        found = found[:MAX_SHOWN]
    older = None
    if found:
        before = (
            select(Message.id)
            .where(Message.conversation_id == conversation_id, Message.id < found[0].id)
            .order_by(Message.id.desc())
            .limit(PAGE)
            .subquery()
        )
        older = session.scalar(select(func.min(before.c.id)))
    return Stretch(found, older, is_latest)


def list_said_of(session: Session, appeal_id: int) -> Sequence[Message]:
    """The owner's words about an appeal, oldest first."""
    return session.scalars(
        select(Message)
        .where(Message.appeal_id == appeal_id, Message.direction == "in", Message.text != "")
        .order_by(Message.id)
    ).all()


def count_unseen(session: Session, conversation_id: int, *, after_id: int, staff_id: int) -> int:
    """What the owner or a colleague has written after a message; what Ownerdesk said by itself changes no answer."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Message)
            .where(
                Message.conversation_id == conversation_id,
                Message.id > after_id,
                or_(
                    Message.author == "owner",
                    Message.author.in_(("staff", "note")) & (Message.staff_id != staff_id),
                ),
            )
        )
        or 0
    )


def find_by_key(session: Session, key: str) -> Message | None:
    """The message that a cause has made already."""
    return session.scalar(select(Message).where(Message.key == key))


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
