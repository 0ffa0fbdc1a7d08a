"""Improvement plans: what is done about a cause, by whom, until when, and whether it worked (S7)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Code, Id
from ownerdesk.model.labels import CATEGORY_FORM
from ownerdesk.model.projects import Project
from ownerdesk.model.staff import StaffMember


class ImprovementPlan(Base):
    """One plan against one cause. `due_on` is a date of the project: by then the plan is carried out (`done_at`).

    `checked_at` is when somebody looked whether it worked: `has_worked`, and in `finding` what they saw. `category` is
    what appeals it should make fewer of; null where the cause lies across them.
    """

    __tablename__ = "improvement_plans"
    __table_args__ = (
        CheckConstraint(CATEGORY_FORM.format(column="category"), name="category"),
        CheckConstraint("(checked_at is null) = (has_worked is null)", name="checked"),
        CheckConstraint("checked_at is null or done_at is not null", name="done_first"),
        Index("ix_improvement_plans_project_id_due_on", "project_id", "due_on"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    category: Mapped[Code | None]
    cause: Mapped[str]
    plan: Mapped[str]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    due_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    done_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    has_worked: Mapped[bool | None]
    finding: Mapped[str] = mapped_column(server_default="")

    project: Mapped[Project] = relationship()
    staff_member: Mapped[StaffMember] = relationship(foreign_keys=[staff_id])
    checked_by: Mapped[StaffMember | None] = relationship(foreign_keys=[checked_by_id])
