"""Messages that came in, and notes: stored once, and marked when they were answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Attachment, Conversation, Message, StaffMember
from ownerdesk.rules.refusals import MissingText
from ownerdesk.services.asking import owner_spoke
from ownerdesk.services.jobs import FETCH_FILE, enqueue
from ownerdesk.services.live import announce
from ownerdesk.services.mentions import tell_mentioned
from ownerdesk.services.search import index_said, index_text

MAX_FILE_BYTES = 20_000_000  # what the Bot API lets a bot download


@dataclass(frozen=True)
class IncomingFile:
    """A file or a place that came with a message. `size` is in bytes, None where Telegram did not say."""

    kind: str
    file_id: str | None = None
    name: str = ""
    mime_type: str = ""
    size: int | None = None
    latitude: float | None = None
    longitude: float | None = None

    @property
    def is_too_large(self) -> bool:
        return (self.size or 0) > MAX_FILE_BYTES


@dataclass(frozen=True)
class IncomingMessage:
    """A message as it left the edge. `kind` is text, photo, document, voice, video, location, contact or
    sticker."""

    telegram_message_id: int
    kind: str
    text: str = ""
    media_group_id: str | None = None
    files: list[IncomingFile] = field(default_factory=list)


def store_message(
    session: Session, conversation: Conversation, incoming: IncomingMessage, *, at: datetime
) -> Message:
    """Store a message and ask for its files. A message that is there already is returned as it is."""
    message: Message | None = session.scalar(
        insert(Message)
        .values(
            conversation_id=conversation.id,
            direction="in",
            author="owner" if conversation.kind == "owner" else "staff",
            staff_id=conversation.staff_id,
            kind=incoming.kind,
            text=incoming.text.replace("\x00", ""),
            telegram_message_id=incoming.telegram_message_id,
            media_group_id=incoming.media_group_id,
            state="received",
            created_at=at,
        )
        .on_conflict_do_nothing()
        .returning(Message)
    )
    if message is None:
        return session.scalars(
            select(Message).where(
                Message.conversation_id == conversation.id,
                Message.telegram_message_id == incoming.telegram_message_id,
                Message.direction == "in",
            )
        ).one()
    for file in incoming.files:
        _store_file(session, message, file)
    conversation.last_message_at = at
    if conversation.state != "bot":
        index_said(session, conversation, message.text)
    owner_spoke(session, conversation, at=at)
    announce(session, "message", conversation=conversation.id)
    return message


def _store_file(session: Session, message: Message, file: IncomingFile) -> None:
    state = "too_large" if file.is_too_large else "pending" if file.file_id else "none"
    attachment = Attachment(
        message_id=message.id,
        kind=file.kind,
        state=state,
        telegram_file_id=file.file_id,
        name=file.name,
        mime_type=file.mime_type,
        size=file.size,
        latitude=file.latitude,
        longitude=file.longitude,
    )
    session.add(attachment)
    session.flush()
    if state == "pending":
        enqueue(session, FETCH_FILE, attachment_id=attachment.id)


def mark_answered(session: Session, message: Message, how: str, *, at: datetime) -> None:
    """The first answer counts; a later one changes nothing."""
    if message.answered_at is None:
        message.answered_at, message.answered_how = at, how
        session.flush()


def lock_message(session: Session, message_id: int) -> Message:
    """The message, locked: an action and its fallback never both answer it."""
    return session.get_one(Message, message_id, with_for_update=True, populate_existing=True)


def add_note(
    session: Session,
    conversation: Conversation,
    text: str,
    *,
    staff_id: int,
    at: datetime,
    appeal: Appeal | None = None,
    key: str | None = None,
) -> Message:
    """An internal note among the messages; the owner never sees it, colleagues it names with an @ are told. The same
    key again returns the note that is there.

    Raises MissingText.
    """
    if not text.strip():
        raise MissingText("note")
    values = {
        "conversation_id": conversation.id,
        "appeal_id": appeal.id if appeal else None,
        "direction": "out",
        "author": "note",
        "staff_id": staff_id,
        "text": text.strip(),
        "state": "noted",
        "key": key,
        "created_at": at,
    }
    note: Message | None = session.scalar(
        insert(Message)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Message)
    )
    if note is None:
        return session.scalars(select(Message).where(Message.key == key)).one()
    if appeal is not None:
        index_text(session, appeal.id, note.text)
    else:
        index_said(session, conversation, note.text)
    by = session.get_one(StaffMember, staff_id)
    tell_mentioned(session, note, conversation, by=by, at=at, appeal=appeal)
    announce(session, "message", conversation=conversation.id, appeal=appeal.id if appeal else None)
    return note
