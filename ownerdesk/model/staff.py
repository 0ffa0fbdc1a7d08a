"""Departments, staff with their roles, the duty roster, and console sessions."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Code, Id, Json

ROLES = ("operator", "agent", "manager", "project_manager", "head_office", "admin")


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


class StaffMember(Base):
    """Somebody who works here: an operator does the work, an agent answers in the console."""

    __tablename__ = "staff"

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


class StaffSession(Base):
    """A log-in to the console. The cookie holds the token, the table only its SHA-256."""

    __tablename__ = "staff_sessions"

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    user_agent: Mapped[str] = mapped_column(server_default="")


class LoginFailure(Base):
    """A refused log-in, kept to slow down guessing. `email` is as typed, lower case, cut at 200."""

    __tablename__ = "login_failures"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
