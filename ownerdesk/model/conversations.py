"""Conversations with owners, every message in both directions, files, and raw updates from Telegram."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Code, Id, Json
from ownerdesk.model.owners import Owner

CONVERSATION_KINDS = ("owner", "staff", "department")
CONVERSATION_STATES = ("bot", "waiting", "person")
MESSAGE_STATES = ("received", "queued", "sent", "failed", "blocked", "noted")


class Conversation(Base):
    """One chat: private with an owner (`owner`), private with a member of staff (`staff`), or the group of a
    department (`department`). State `bot`: Ownerdesk answers; `waiting`: a handoff nobody accepted yet;
    `person`: `assignee_id` holds it and the bot is silent. `awaiting` is the question whose answer is
    expected as free text, e.g. `{"kind": "rating_comment", "appeal_id": 7, "until": "…"}`."""

    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint(f"state in {CONVERSATION_STATES}", name="state"),
        CheckConstraint(f"kind in {CONVERSATION_KINDS}", name="kind"),
        CheckConstraint("(kind = 'staff') = (staff_id is not null)", name="staff"),
        CheckConstraint("(kind = 'department') = (department_id is not null)", name="department"),
        Index(
            "uq_conversations_staff_id",
            "staff_id",
            unique=True,
            postgresql_where=sql("staff_id is not null"),
        ),
        Index(
            "uq_conversations_department_id",
            "department_id",
            unique=True,
            postgresql_where=sql("department_id is not null"),
        ),
    )

    id: Mapped[Id]
    chat_id: Mapped[int] = mapped_column(unique=True)
    telegram_user_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[Code] = mapped_column(server_default="owner")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    name: Mapped[str]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owners.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    language: Mapped[str]
    language_chosen: Mapped[bool] = mapped_column(server_default=sql("false"))
    progress_pushes: Mapped[bool] = mapped_column(server_default=sql("true"))
    state: Mapped[Code] = mapped_column(server_default="bot")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    awaiting: Mapped[Json | None]
    misses: Mapped[int] = mapped_column(server_default="0")
    wrong_codes: Mapped[int] = mapped_column(server_default="0")
    wrong_code_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    last_message_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    owner: Mapped[Owner | None] = relationship()


class Message(Base):
    """What an owner wrote or was told, or (author `note`) an internal note that the owner never sees.

    Outgoing rows are the outbox. `is_html` texts hold our own `<b>` and `<i>` with every value escaped;
    all others are plain. `markup` is `{"inline": rows of buttons}`, `{"contact": label}` or
    `{"remove": true}`. `key` makes the cause unique; `revision` counts what the text or the
    buttons should be, `sent_revision` what the owner's phone shows: a row that was sent and whose
    revision grew is edited in place. `send_at` is set where a message waits: for the end of the quiet
    hours, or for the few seconds in which whoever caused it may take it back. `mood` is how an owner's message sounds, by `rules.moods`. `photo_id` is Telegram's id of a photo that
    goes out with the text as its caption.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "telegram_message_id", "direction"),
        CheckConstraint("direction in ('in', 'out')", name="direction"),
        CheckConstraint("author in ('owner', 'bot', 'staff', 'note')", name="author"),
        CheckConstraint(f"state in {MESSAGE_STATES}", name="state"),
        Index("ix_messages_conversation_id_id", "conversation_id", "id"),
        Index("ix_messages_appeal_id", "appeal_id", postgresql_where=sql("appeal_id is not null")),
        Index("ix_messages_unsent", "id", postgresql_where=sql("state = 'queued'")),
    )

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id", use_alter=True))
    direction: Mapped[Code]
    author: Mapped[Code]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[Code] = mapped_column(server_default="text")
    text: Mapped[str] = mapped_column(server_default="")
    is_html: Mapped[bool] = mapped_column(server_default=sql("false"))
    markup: Mapped[Json | None]
    language: Mapped[str | None]
    reading: Mapped[Json | None]
    key: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[Code]
    send_at: Mapped[datetime | None]
    mood: Mapped[str | None]
    photo_id: Mapped[str | None]
    revision: Mapped[int] = mapped_column(server_default="1")
    sent_revision: Mapped[int] = mapped_column(server_default="0")
    telegram_message_id: Mapped[int | None]
    telegram_extra_ids: Mapped[list[Any] | None]
    media_group_id: Mapped[str | None] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    answered_how: Mapped[str | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]

    conversation: Mapped[Conversation] = relationship()
    attachments: Mapped[list[Attachment]] = relationship(back_populates="message")


class Attachment(Base):
    """A file, or a place on the map, that came with a message. `path` is relative to the files folder.

    State `pending`: not fetched yet; `stored`; `too_large`; `failed`; `none`: nothing to fetch.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        CheckConstraint(
            "state in ('pending', 'stored', 'too_large', 'failed', 'none')", name="state"
        ),
    )

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    kind: Mapped[Code]
    state: Mapped[Code] = mapped_column(server_default="pending")
    telegram_file_id: Mapped[str | None]
    name: Mapped[str] = mapped_column(server_default="")
    mime_type: Mapped[str] = mapped_column(server_default="")
    size: Mapped[int | None]
    path: Mapped[str | None]
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    message: Mapped[Message] = relationship(back_populates="attachments")


class InboxUpdate(Base):
    """A raw update from Telegram, stored before it is acknowledged. Handled exactly once: `handled_at`
    is set in the transaction that finished it."""

    __tablename__ = "inbox_updates"
    __table_args__ = (
        Index("ix_inbox_updates_open", "update_id", postgresql_where=sql("handled_at is null")),
    )

    update_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chat_id: Mapped[int | None]
    body: Mapped[Json]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None]
