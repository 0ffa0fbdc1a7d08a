"""Incidents: one thing that many owners report, or planned works that many are told of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Code, Id, Json
from ownerdesk.model.conversations import Conversation
from ownerdesk.model.labels import CATEGORY_FORM
from ownerdesk.model.projects import Building, Project

INCIDENT_STATES = ("proposed", "confirmed", "resolved", "closed", "dismissed", "cancelled")


class Incident(Base):
    """`kind` is `fault`, or `planned` for works with `starts_at` and `ends_at`. A null building means the whole
    project, an empty entrance the whole building. `expected_at` is the time promised to everybody in it. `titles` holds what staff call it,
    by language; without any it goes by its category. `updates` counts what everybody was told."""

    __tablename__ = "incidents"
    __table_args__ = (
        CheckConstraint("kind in ('fault', 'planned')", name="kind"),
        CheckConstraint(f"state in {INCIDENT_STATES}", name="state"),
        CheckConstraint(CATEGORY_FORM.format(column="category"), name="category"),
        CheckConstraint(
            "kind = 'fault' or (starts_at is not null and ends_at > starts_at)",
            name="planned_times",
        ),
        Index("ix_incidents_project_id_state", "project_id", "state"),
        Index("ix_incidents_building_id_category", "building_id", "category"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    building_id: Mapped[int | None] = mapped_column(ForeignKey("buildings.id"))
    entrance: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[Code]
    category: Mapped[Code]
    emergency_kind: Mapped[str | None]
    titles: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    state: Mapped[Code]
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    expected_at: Mapped[datetime | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    resolution: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    updates: Mapped[int] = mapped_column(server_default="0")

    project: Mapped[Project] = relationship()
    building: Mapped[Building | None] = relationship()


class IncidentFollower(Base):
    """A conversation that hears of an incident: because its appeal belongs to it (then `appeal_id`), because its owner
    chose to follow, or because planned works concern its home. `answer` is what the owner said at the end."""

    __tablename__ = "incident_followers"
    __table_args__ = (
        UniqueConstraint("incident_id", "conversation_id"),
        CheckConstraint("answer in ('solved', 'not_yet')", name="answer"),
    )

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id"))
    is_following: Mapped[bool] = mapped_column(server_default=text("true"))
    added_at: Mapped[datetime]
    answer: Mapped[str | None]

    incident: Mapped[Incident] = relationship()
    conversation: Mapped[Conversation] = relationship()
