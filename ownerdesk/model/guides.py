"""Which steps of a working guide were ticked off for an appeal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Code, Id
from ownerdesk.model.staff import StaffMember


class GuideTick(Base):
    """A step of a category's guide, counted from 0, that somebody has done."""

    __tablename__ = "guide_ticks"
    __table_args__ = (UniqueConstraint("appeal_id", "category", "step"),)

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    category: Mapped[Code]
    step: Mapped[int]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]

    staff_member: Mapped[StaffMember] = relationship()
