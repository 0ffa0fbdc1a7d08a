"""What the company's own messages teach, with its history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id


class Example(Base):
    """A checked message with its labels. `use` is `train`, or `test` for the growing set of real messages that nothing
    is ever trained on. It is never changed: one that was wrong is removed, and another added."""

    __tablename__ = "examples"
    __table_args__ = (
        CheckConstraint("use in ('train', 'test')", name="use"),
        Index("ix_examples_item_id", "item_id", unique=True, postgresql_where=sql("item_id is not null and removed_at is null")),
    )  # fmt: skip

    id: Mapped[Id]
    item_id: Mapped[int | None] = mapped_column(ForeignKey("label_items.id"))
    text: Mapped[str]
    language: Mapped[Code]
    intent: Mapped[Code]
    category: Mapped[Code]
    kind: Mapped[str] = mapped_column(server_default="")
    entities: Mapped[list[Any]] = mapped_column(server_default=sql("'[]'"))
    use: Mapped[Code]
    source: Mapped[Code]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    added_at: Mapped[datetime]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    removed_at: Mapped[datetime | None]
