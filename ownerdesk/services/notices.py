"""Telling staff: a notice in the console, and a message in their own Telegram chat where they have linked one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Message, Notice, StaffMember
from ownerdesk.services import outbox
from ownerdesk.services.live import announce


def tell_staff(
    session: Session,
    member: StaffMember,
    words: str,
    *,
    topic: str,
    key: str,
    at: datetime,
    appeal: Appeal | None = None,
    conversation: Conversation | None = None,
    buttons: outbox.Buttons | None = None,
) -> Message | None:
    """Tell one member of staff, in their language; with the same key again nothing more happens. The appeal, else the
    conversation, is where the notice leads.

    Returns the message in their chat, which may be revised later; None where they have no chat or blocked the
    bot: the notice in the console is there in any case.
    """
    new = session.scalar(
        insert(Notice)
        .values(
            staff_id=member.id,
            appeal_id=appeal.id if appeal else None,
            conversation_id=conversation.id if conversation else None,
            topic=topic,
            words=words,
            key=key,
            at=at,
        )
        .on_conflict_do_nothing(index_elements=["staff_id", "key"])
        .returning(Notice.id)
    )
    if new is not None:
        announce(session, "notice", staff=member.id, appeal=appeal.id if appeal else None)
    chat = find_staff_chat(session, member.id)
    if chat is None or chat.blocked_at is not None:
        return None
    return outbox.send(
        session, chat, words, key=f"notice:{member.id}:{key}", at=at, appeal=appeal, buttons=buttons
    )


def find_staff_chat(session: Session, staff_id: int) -> Conversation | None:
    """The private chat a member of staff has linked."""
    return session.scalar(select(Conversation).where(Conversation.staff_id == staff_id))


def read_notice(session: Session, notice: Notice, *, at: datetime) -> None:
    """Its reader has seen it; the first time counts."""
    if notice.read_at is None:
        notice.read_at = at
        session.flush()
        announce(session, "notice", staff=notice.staff_id)


def read_all_notices(session: Session, staff_id: int, *, up_to: int, at: datetime) -> None:
    """All that the reader was shown: none that came after the notice `up_to`."""
    session.execute(
        update(Notice)
        .where(Notice.staff_id == staff_id, Notice.read_at.is_(None), Notice.id <= up_to)
        .values(read_at=at)
    )
    announce(session, "notice", staff=staff_id)
