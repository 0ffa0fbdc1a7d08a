"""Handoffs: a conversation that the bot gave to people, and who of them gives it to whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Code, Id
from ownerdesk.model.conversations import Conversation, Message

HANDOFF_REASONS = (
    "asked",
    "two_misses",
    "not_understood",
    "other_language",
    "reader_down",
    "unknown_person",
    "emergency",
    "no_answer_found",
    "failed",
    "taken",
    "turned",
)


class Handoff(Base):
    """Open while `returned_at` is null; waiting while `accepted_at` is null too. One open per conversation.

    `message_id` is the message that led to it, with what was understood of it; none when a button did.
    """

    __tablename__ = "handoffs"
    __table_args__ = (
        CheckConstraint(f"reason in {HANDOFF_REASONS}", name="reason"),
        Index(
            "uq_handoffs_open",
            "conversation_id",
            unique=True,
            postgresql_where=text("returned_at is null"),
        ),
        Index("ix_handoffs_requested_at", "requested_at"),
    )

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    reason: Mapped[Code]
    requested_at: Mapped[datetime]
    due_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    returned_at: Mapped[datetime | None]

    conversation: Mapped[Conversation] = relationship()
    message: Mapped[Message | None] = relationship()


class Transfer(Base):
    """A held conversation offered by its holder to a colleague (`to_id`) or to a department; it moves when somebody
    accepts. Open while `accepted_at` and `ended_at` are null. `decline_reason` is null where nobody answered in time
    or the holder took the offer back; `ended_by_id` says who declined or took it back."""

    __tablename__ = "transfers"
    __table_args__ = (
        CheckConstraint("(to_id is null) <> (department_id is null)", name="to"),
        Index(
            "uq_transfers_open",
            "handoff_id",
            unique=True,
            postgresql_where=text("accepted_at is null and ended_at is null"),
        ),
    )

    id: Mapped[Id]
    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    to_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    reason: Mapped[str]
    requested_at: Mapped[datetime]
    respond_by: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decline_reason: Mapped[str | None]

    handoff: Mapped[Handoff] = relationship()
