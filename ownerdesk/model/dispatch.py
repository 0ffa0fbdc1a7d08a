"""Dispatch: the rules that choose who does a job, the jobs offered to operators, and handing over responsibility."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.appeals import Appeal
from ownerdesk.model.base import Base, Code, Id
from ownerdesk.model.labels import CATEGORY_FORM
from ownerdesk.model.staff import Department, StaffMember

ASSIGNMENT_STATES = (
    "offered", "accepted", "on_the_way", "arrived", "done", "declined", "expired", "withdrawn",
)  # fmt: skip
OPEN_ASSIGNMENT_STATES = ("offered", "accepted", "on_the_way", "arrived")


class DispatchRule(Base):
    """Which department leads, and which support it, for appeals of a category (null: any) that come between two local
    times (null: always). The first rule in `position` that fits wins; without one, `Department.categories` decides.
    `skill` is what an operator must have, `is_automatic` whether an operator is chosen without a person."""

    __tablename__ = "dispatch_rules"
    __table_args__ = (
        CheckConstraint(CATEGORY_FORM.format(column="category"), name="category"),
        CheckConstraint("(starts is null) = (ends is null)", name="times"),
        Index("ix_dispatch_rules_project_id_position", "project_id", "position"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    position: Mapped[int]
    category: Mapped[str | None]
    severity: Mapped[str | None]
    language: Mapped[str | None]
    starts: Mapped[time | None]
    ends: Mapped[time | None]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    supporting_ids: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    skill: Mapped[str | None]
    is_automatic: Mapped[bool] = mapped_column(server_default=text("true"))


class Assignment(Base):
    """One department's part of an appeal, offered to one operator, or (operator null) to the department's group.

    `role` is `lead` or `support`. Whoever does not accept by `respond_by` loses it to the next on duty, then to the
    head. Ended rows stay: they say who was asked and what they answered.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        CheckConstraint("role in ('lead', 'support')", name="role"),
        CheckConstraint(f"state in {ASSIGNMENT_STATES}", name="state"),
        Index("ix_assignments_appeal_id", "appeal_id"),
        Index("ix_assignments_operator_id_state", "operator_id", "state"),
        Index(
            "uq_assignments_open",
            "appeal_id",
            "department_id",
            unique=True,
            postgresql_where=text(f"state in {OPEN_ASSIGNMENT_STATES}"),
        ),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    role: Mapped[Code]
    state: Mapped[Code]
    offered_at: Mapped[datetime]
    respond_by: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    on_the_way_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    done: Mapped[str | None]
    parts: Mapped[str | None]

    appeal: Mapped[Appeal] = relationship()
    department: Mapped[Department] = relationship()
    operator: Mapped[StaffMember | None] = relationship()


class Handover(Base):
    """Responsibility offered by one person to another, with a reason; it moves when the other accepts (S8)."""

    __tablename__ = "handovers"
    __table_args__ = (
        CheckConstraint("from_id <> to_id", name="two"),
        Index(
            "uq_handovers_open",
            "appeal_id",
            unique=True,
            postgresql_where=text("accepted_at is null and declined_at is null"),
        ),
        Index("ix_handovers_appeal_id", "appeal_id"),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    from_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    reason: Mapped[str]
    requested_at: Mapped[datetime]
    respond_by: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    decline_reason: Mapped[str | None]

    appeal: Mapped[Appeal] = relationship()


class OutsideParty(Base):
    """Who else to turn to for what is not the company's duty: a utility, the city, the police, the developer (S8)."""

    __tablename__ = "outside_parties"
    __table_args__ = (UniqueConstraint("code", "project_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[Id]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    code: Mapped[Code]
    names: Mapped[dict[str, Any]]
    contacts: Mapped[dict[str, Any]]
    categories: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    is_offered: Mapped[bool] = mapped_column(server_default=text("true"))


class ChatCode(Base):
    """A one-time code, made in the console, that links a Telegram chat to a member of staff or a group to a
    department. The table holds its SHA-256."""

    __tablename__ = "chat_codes"
    __table_args__ = (
        CheckConstraint("(staff_id is null) <> (department_id is null)", name="one"),
        UniqueConstraint("code_hash"),
    )

    id: Mapped[Id]
    code_hash: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
