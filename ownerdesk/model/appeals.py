"""Appeals, the facts of their lives, how they belong together, and ratings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import Vector
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Code, Id, Json
from ownerdesk.model.conversations import Conversation
from ownerdesk.model.knowledge import VECTOR_SIZE
from ownerdesk.model.labels import (
    CATEGORY_FORM,
    KINDS,
    NATURES,
    SEVERITIES,
    SOURCE_PARTS,
    AppealState,
)
from ownerdesk.model.projects import Building, Project, Unit
from ownerdesk.model.staff import Department, StaffMember

# As SQL, word for word as the indexes say it: PostgreSQL then knows that an index of open appeals will do.
OPEN_SQL = "state not in ('closed', 'cancelled')"
CALLING_SQL = "severity = 'emergency' and state = 'received'"
# What the work list is ordered by beside plain columns: what is not due any more comes last.
DUE_SQL = "coalesce(next_due_at, 'infinity'::timestamptz)"
SEVERITIES_IN_ORDER = "general major emergency"
SEVERITY_SQL = f"strpos('{SEVERITIES_IN_ORDER}', severity)"
# What the work list is narrowed by, in one array: an index of it knows where any labels meet. The braces are for a table.
_NAMED = ("nature", "category", "severity", "state")
_NUMBERED = {
    "project": ("project_id",),
    "building": ("building_id",),
    "department": ("department_id",),
    "person": ("responsible_id", "operator_id"),
    "stars": ("stars",),
}
LABELS_SQL = "array[{}]".format(
    ", ".join(
        [
            *(f"'{name} ' || {{0}}{name}" for name in _NAMED),
            *(
                f"'{name} ' || {{0}}{column}::text"
                for name, columns in _NUMBERED.items()
                for column in columns
            ),
        ]
    )
)


class Appeal(Base):
    """What an owner asked the company to deal with, followed until the owner confirms (S5, S6).

    The constraints hold what must never be missing: a responsible person or a department's queue, and,
    while the appeal is open, a next due time. `asked_owner_at` is set while its clocks stand still because the
    owner was asked something; `first_answered_at` is when a person first answered, and stays; `vector` is the
    sentence vector of its words, filled by a job. `merged_into_id` is set where it goes on as another appeal, whose
    news its owner hears. `stars` is that of its rating, here too because lists look for it. `cause` and `parts` belong to
    the resolution, `ended_reason` to a cancellation by staff.
    """

    __tablename__ = "appeals"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        UniqueConstraint("source_message_id", "source_part"),
        CheckConstraint(f"source_part in {SOURCE_PARTS}", name="source_part"),
        CheckConstraint(f"state in {tuple(s.value for s in AppealState)}", name="state"),
        CheckConstraint(f"nature in {NATURES}", name="nature"),
        CheckConstraint(CATEGORY_FORM.format(column="category"), name="category"),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint(f"severity in {SEVERITIES}", name="severity"),
        CheckConstraint(
            "responsible_id is not null or department_id is not null", name="responsible"
        ),
        CheckConstraint(
            "state in ('closed', 'cancelled') or next_due_at is not null", name="next_due"
        ),
        CheckConstraint("state <> 'deferred' or deferred_until is not null", name="return_date"),
        CheckConstraint(
            "(wished_from is null) = (wished_until is null) and wished_until > wished_from",
            name="wished_period",
        ),
        Index("ix_appeals_conversation_id_id", "conversation_id", "id"),
        Index("ix_appeals_project_id_state_next_due_at", "project_id", "state", "next_due_at"),
        Index("ix_appeals_responsible_id_state", "responsible_id", "state"),
        Index("ix_appeals_owner_id", "owner_id"),
        Index("ix_appeals_unit_id_category", "unit_id", "category"),
        Index("ix_appeals_project_id_received_at", "project_id", "received_at"),
        Index(
            "ix_appeals_project_id_resolved_at",
            "project_id",
            "resolved_at",
            postgresql_where=text("resolved_at is not null"),
        ),
        Index(
            "ix_appeals_open_building_id",
            "building_id",
            postgresql_where=text("state not in ('closed', 'cancelled')"),
        ),
        Index("ix_appeals_building_id_received_at", "building_id", "received_at"),
        Index(
            "ix_appeals_building_id_category_received_at", "building_id", "category", "received_at"
        ),
        Index(
            "ix_appeals_open",
            "id",
            postgresql_where=text(OPEN_SQL),
            postgresql_include=[
                "project_id",
                "responsible_id",
                "operator_id",
                "state",
                "severity",
                "next_due_at",
                "reopened",
                "asked_owner_at",
            ],
        ),
        Index("ix_appeals_calling", "id", postgresql_where=text(CALLING_SQL)),
        Index("ix_appeals_due", text(DUE_SQL), "id"),
        Index("ix_appeals_severity", text(SEVERITY_SQL), "id"),
        Index("ix_appeals_last_message_at", "last_message_at", "id"),
        Index("ix_appeals_project_id_id", "project_id", "id"),
        Index("ix_appeals_state_id", "state", "id"),
        Index("ix_appeals_building_id_id", "building_id", "id"),
        Index("ix_appeals_stars_id", "stars", "id", postgresql_where=text("stars is not null")),
        # Written at once: what waits in a list would have to be read through by whoever looks for labels.
        Index(
            "ix_appeals_labels",
            text(f"({LABELS_SQL.format('')})"),
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
        Index(
            "ix_appeals_merged_into_id",
            "merged_into_id",
            postgresql_where=text("merged_into_id is not null"),
        ),
        # Solved cases to compare with, the latest first.
        Index(
            "ix_appeals_solved",
            "project_id",
            "category",
            "resolved_at",
            postgresql_where=text("resolution is not null and vector is not null"),
        ),
        CheckConstraint("stars between 1 and 5", name="stars"),
        CheckConstraint("merged_into_id <> id", name="merged"),
        CheckConstraint("merged_into_id is null or state = 'cancelled'", name="merged_state"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    number: Mapped[str]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owners.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    source_message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    source_part: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    card_message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    nature: Mapped[Code]
    category: Mapped[Code]
    kind: Mapped[str | None]
    severity: Mapped[Code]
    state: Mapped[Code]
    summary: Mapped[str]
    place: Mapped[str] = mapped_column(server_default="")
    building_id: Mapped[int | None] = mapped_column(ForeignKey("buildings.id"))
    vector: Mapped[Any | None] = mapped_column(Vector(VECTOR_SIZE), deferred=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    service_item_id: Mapped[int | None] = mapped_column(ForeignKey("service_items.id"))
    price: Mapped[float | None] = mapped_column(Numeric(10, 2))
    wished_from: Mapped[datetime | None]
    wished_until: Mapped[datetime | None]
    next_due_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    first_answered_at: Mapped[datetime | None]
    on_the_way_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    deferred_until: Mapped[datetime | None]
    deferred_reason: Mapped[str | None]
    resolution: Mapped[str | None]
    cause: Mapped[str | None]
    parts: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    ended_reason: Mapped[str | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id"))
    stars: Mapped[int | None]
    reopened: Mapped[int] = mapped_column(server_default="0")
    asked_owner_at: Mapped[datetime | None]
    last_message_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default="1")

    project: Mapped[Project] = relationship()
    building: Mapped[Building | None] = relationship()
    conversation: Mapped[Conversation] = relationship()
    unit: Mapped[Unit | None] = relationship()
    department: Mapped[Department | None] = relationship()
    responsible: Mapped[StaffMember | None] = relationship(foreign_keys=[responsible_id])
    operator: Mapped[StaffMember | None] = relationship(foreign_keys=[operator_id])

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - declarative configuration


class AppealEvent(Base):
    """A fact, in the past tense, such as `appeal.accepted`. Never changed, never deleted; what its doer took back
    before anybody was told has `undone_at`, and counts for nothing any more."""

    __tablename__ = "appeal_events"
    __table_args__ = (
        CheckConstraint("actor in ('owner', 'staff', 'bot')", name="actor"),
        Index("ix_appeal_events_appeal_id_id", "appeal_id", "id"),
        Index("ix_appeal_events_reopened", "at", postgresql_where=text("name = 'appeal.reopened'")),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    name: Mapped[Code]
    actor: Mapped[Code]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    data: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    undone_at: Mapped[datetime | None]


class Rating(Base):
    """One to five stars for one closure, and a word if the owner liked to add one."""

    __tablename__ = "ratings"
    __table_args__ = (
        CheckConstraint("stars between 1 and 5", name="stars"),
        Index("ix_ratings_rated_at", "rated_at"),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), unique=True)
    stars: Mapped[int]
    comment: Mapped[str | None]
    rated_at: Mapped[datetime]


class AppealLink(Base):
    """Two appeals that belong together: `repeat` (the same thing again within 30 days: `appeal_id` is the later
    one), `duplicate`, or `related`."""

    __tablename__ = "appeal_links"
    __table_args__ = (
        UniqueConstraint("appeal_id", "other_id", "kind"),
        CheckConstraint("kind in ('repeat', 'duplicate', 'related')", name="kind"),
        CheckConstraint("appeal_id <> other_id", name="two"),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), index=True)
    kind: Mapped[Code]
    made_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
