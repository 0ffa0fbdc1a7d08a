"""Departments, staff with their roles, and the duty roster."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Code, Id, Json

ROLES = ("operator", "agent", "manager", "project_manager", "head_office", "admin")
THEMES = ("system", "light", "dark")


class Department(Base):
    """A department of a project. `categories` are the labels whose appeals it gets by default."""

    __tablename__ = "departments"
    __table_args__ = (UniqueConstraint("project_id", "code"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    code: Mapped[Code]
    names: Mapped[Json]
    categories: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    head_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", use_alter=True))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))


class StaffMember(Base):
    """Somebody who works here: an operator does the work, an agent answers in the console.

    `theme` and `uses_keys` are how they like the console: its colours, and whether single keys do something.
    """

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint(f"theme in {THEMES}", name="theme"),)

    id: Mapped[Id]
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str] = mapped_column(server_default="en")
    password_hash: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(server_default=text("false"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    skills: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime | None]
    theme: Mapped[Code] = mapped_column(server_default="system")
    uses_keys: Mapped[bool] = mapped_column(server_default=text("true"))

    roles: Mapped[list[StaffRole]] = relationship(back_populates="staff_member")


class StaffRole(Base):
    """A role of a member of staff in one project, or (project null) in all of them."""

    __tablename__ = "staff_roles"
    __table_args__ = (
        UniqueConstraint(
            "staff_id", "project_id", "role", "department_id", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint(f"role in {ROLES}", name="role"),
    )

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    role: Mapped[Code]

    staff_member: Mapped[StaffMember] = relationship(back_populates="roles")


class DutyShift(Base):
    """The weekly duty list: who is on duty in a project, on which weekday (0 is Monday), between which
    local times. A shift whose end is not after its start runs past midnight."""

    __tablename__ = "duty_shifts"
    __table_args__ = (CheckConstraint("weekday between 0 and 6", name="weekday"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]


class DutyException(Base):
    """What differs from the weekly duty list on dates: somebody is `absent` from the first to the last day, in every
    project (the shifts that begin on these days are not theirs), or has an `extra` shift of one project on the first
    day. A swap is both, of two people."""

    __tablename__ = "duty_exceptions"
    __table_args__ = (
        CheckConstraint("kind in ('absent', 'extra')", name="kind"),
        CheckConstraint("last_day >= first_day", name="days"),
        CheckConstraint(
            "(kind = 'extra') = (project_id is not null and starts is not null and ends is not null)",
            name="extra",
        ),
        Index("ix_duty_exceptions_staff_id_last_day", "staff_id", "last_day"),
    )

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[Code]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    starts: Mapped[time | None]
    ends: Mapped[time | None]
    reason: Mapped[str] = mapped_column(server_default="")
