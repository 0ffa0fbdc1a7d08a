"""Corrections: what the reader said of a message and what staff say it is, kept for retraining."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Id, Json


class Correction(Base):
    """One correction of an appeal's labels. `said` holds nature, category and kind as the reader gave them, with
    their confidences; `before` what the appeal had, `after` what it has now. `part` is that of the message."""

    __tablename__ = "corrections"
    __table_args__ = (Index("ix_corrections_message_id", "message_id"),)

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    part: Mapped[int] = mapped_column(SmallInteger)
    said: Mapped[Json]
    before: Mapped[Json]
    after: Mapped[Json]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
