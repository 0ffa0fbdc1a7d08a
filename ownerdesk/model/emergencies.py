"""Plans for emergencies (S12), the people alarmed, the neighbours warned, and drills."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.appeals import Appeal
from ownerdesk.model.base import Base, Code, Id
from ownerdesk.model.labels import KINDS
from ownerdesk.model.staff import StaffMember

NEIGHBOUR_RULES = ("none", "above_and_below", "entrance", "building")


class EmergencyPlan(Base):
    """Who is alarmed for a kind of emergency, in which order. A project's own row wins over the common one.

    `steps` is a list of `{"after_minutes": 0, "who": "on_duty" | "department_head" | "manager" | "project_manager" |
    "head_office" | "staff:17"}`; `numbers` a list of `{"name": …, "phone": …}` to call; `neighbours` which homes are at
    risk. What the owner must do now is in `emergency_instructions`.
    """

    __tablename__ = "emergency_plans"
    __table_args__ = (
        UniqueConstraint("kind", "project_id", postgresql_nulls_not_distinct=True),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint(f"neighbours in {NEIGHBOUR_RULES}", name="neighbours"),
    )

    id: Mapped[Id]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    kind: Mapped[Code]
    steps: Mapped[list[Any]]
    numbers: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    neighbours: Mapped[Code] = mapped_column(server_default="none")


class Alarm(Base):
    """One person alarmed for one emergency, in the step of the plan that named them; rung again every minute until
    somebody accepts."""

    __tablename__ = "alarms"
    __table_args__ = (
        UniqueConstraint("appeal_id", "staff_id", "round"),
        Index("ix_alarms_staff_id", "staff_id"),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    step: Mapped[int]
    # An appeal that becomes an emergency again is alarmed in a new round.
    round: Mapped[int] = mapped_column(server_default="1")
    rung_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(server_default="1")
    accepted_at: Mapped[datetime | None]

    appeal: Mapped[Appeal] = relationship()
    member: Mapped[StaffMember] = relationship()


class NeighbourWarning(Base):
    """The homes at risk from one emergency: proposed with it, sent when a person confirms.

    `wanted` is the rule of the plan for this kind, `scope` what was looked at: wider where the floor or the entrance
    is not known. Should the appeal become another kind of emergency, the row is proposed anew for that kind.
    """

    __tablename__ = "neighbour_warnings"
    __table_args__ = (
        UniqueConstraint("appeal_id"),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint(f"wanted in {NEIGHBOUR_RULES}", name="wanted"),
        CheckConstraint(f"scope in {NEIGHBOUR_RULES}", name="scope"),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    kind: Mapped[Code]
    wanted: Mapped[Code]
    scope: Mapped[Code]
    unit_ids: Mapped[list[Any]]
    proposed_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    dismissed_at: Mapped[datetime | None]
    told: Mapped[int] = mapped_column(server_default="0")

    appeal: Mapped[Appeal] = relationship()
    confirmed_by: Mapped[StaffMember | None] = relationship()


class Drill(Base):
    """A plan walked through without alarming anybody real: `log` is what would have happened, with its times."""

    __tablename__ = "drills"
    __table_args__ = (CheckConstraint(f"kind in {KINDS}", name="kind"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    kind: Mapped[Code]
    started_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    started_at: Mapped[datetime]
    log: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    faults: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))

    started_by: Mapped[StaffMember] = relationship()
