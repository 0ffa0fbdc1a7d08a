"""Actions of staff whose messages are held back for a few seconds, and which can be undone meanwhile."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id, Json


class HeldAction(Base):
    """`changes` is what the action did, row by row, with the values before and after; its events and its jobs by id.
    `until` is when its messages begin to go out."""

    __tablename__ = "held_actions"
    __table_args__ = (Index("ix_held_actions_appeal_id_id", "appeal_id", "id"),)

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    action: Mapped[Code]
    at: Mapped[datetime]
    until: Mapped[datetime]
    changes: Mapped[Json]
    undone_at: Mapped[datetime | None]
