"""Working guides, and which of their steps were ticked off for an appeal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Code, Id, Json
from ownerdesk.model.staff import StaffMember


class Guide(Base):
    """How work of a category is done (S16), in one project or (project null) in all. `steps` and `tools` map a language
    to a list of texts; the steps are in the order of work."""

    __tablename__ = "guides"
    __table_args__ = (
        UniqueConstraint("category", "project_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Id]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    category: Mapped[Code]
    steps: Mapped[Json]
    tools: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    is_offered: Mapped[bool] = mapped_column(server_default=text("true"))


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
