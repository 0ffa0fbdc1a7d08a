"""Messages that a person is to label, and what people said of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import Vector
from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Code, Id, Json
from ownerdesk.model.conversations import Message
from ownerdesk.model.knowledge import VECTOR_SIZE

ITEM_STATES = ("open", "disputed", "settled", "deleted")
VERDICTS = ("labels", "out_of_scope", "delete", "skip")


class LabelItem(Base):
    """One owner's message. `text` is what would be learnt from: the owner's words with personal data masked.
    `reasons` say why it is here (`rules.labelling.REASONS`), `worth` how much it would teach (0 to 1), `proposed` what
    staff or the owner have said that it is. Near-duplicates share the `group_id`, the id of the first of them."""

    __tablename__ = "label_items"
    __table_args__ = (
        CheckConstraint(f"state in {ITEM_STATES}", name="state"),
        Index("ix_label_items_waiting", "project_id", "worth", postgresql_where=sql("state in ('open', 'disputed')")),
        Index("ix_label_items_group_id", "group_id"),
    )  # fmt: skip

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), unique=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    text: Mapped[str]
    language: Mapped[Code]
    reading: Mapped[Json]
    proposed: Mapped[Json] = mapped_column(server_default=sql("'{}'"))
    reasons: Mapped[list[Any]]
    worth: Mapped[float] = mapped_column(Float)
    vector: Mapped[Any] = mapped_column(Vector(VECTOR_SIZE))
    group_id: Mapped[int | None]
    state: Mapped[Code] = mapped_column(server_default="open")
    collected_at: Mapped[datetime]

    message: Mapped[Message] = relationship()
    votes: Mapped[list[LabelVote]] = relationship(order_by="LabelVote.id")


class LabelVote(Base):
    """What one person says that a message is. `labels` holds intent, category, kind and entities, `text` the words that
    the person found free of personal data."""

    __tablename__ = "label_votes"
    __table_args__ = (
        UniqueConstraint("item_id", "staff_id"),
        CheckConstraint(f"verdict in {VERDICTS}", name="verdict"),
    )

    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("label_items.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    verdict: Mapped[Code]
    labels: Mapped[Json] = mapped_column(server_default=sql("'{}'"))
    text: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
