"""Promises, the terms they follow, and what goes out when one will not hold: apologies and remedies."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Code, Id, Json
from ownerdesk.model.labels import CATEGORY_FORM, NATURES, SEVERITIES

# Acceptance is by a person and arrival at the owner's door; the other three are the clocks of every appeal.
PROMISE_KINDS = ("acceptance", "arrival", "first_answer", "next_update", "resolution")
# Owners are told of these; the other clocks are the desk's own.
TOLD = ("acceptance", "arrival", "resolution")
APOLOGY_STATES = ("draft", "approved", "sent_by_itself", "dropped")

_OPEN = "kept_at is null and broken_at is null and renegotiated_at is null and withdrawn_at is null"


class Promise(Base):
    """A time promised to an owner, by a named person (S2). Ends kept, renegotiated, broken or withdrawn.

    `kind` says what was promised. `explanation` is how `due_at` came about, as data that `rules.calendars` puts into
    words. While its clock stands still, `stopped_at` is set and `minutes_left` holds the working minutes that
    remain; `due_at` then is what it was. `look_at` is when somebody has to look at it next: the warning, the
    moment at which an apology goes out by itself, or the due time.
    """

    __tablename__ = "promises"
    __table_args__ = (
        CheckConstraint(f"kind in {PROMISE_KINDS}", name="kind"),
        CheckConstraint("(stopped_at is null) = (minutes_left is null)", name="stopped"),
        Index("ix_promises_appeal_id", "appeal_id"),
        Index("ix_promises_incident_id", "incident_id"),
        Index(
            "ix_promises_slipped",
            "appeal_id",
            postgresql_where=text("broken_at is not null or renegotiated_at is not null"),
        ),
        Index("ix_promises_acceptance", "made_at", postgresql_where=text("kind = 'acceptance'")),
        Index("ix_promises_broken_at", "broken_at", postgresql_where=text("broken_at is not null")),
        Index(
            "ix_promises_open_look_at",
            "look_at",
            postgresql_where=text(f"{_OPEN} and stopped_at is null"),
        ),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"))
    kind: Mapped[Code]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    words: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    look_at: Mapped[datetime]
    calendar_id: Mapped[int | None] = mapped_column(ForeignKey("calendars.id"))
    explanation: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    stopped_at: Mapped[datetime | None]
    minutes_left: Mapped[int | None]
    warned_at: Mapped[datetime | None]
    kept_at: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]
    renegotiated_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Term(Base):
    """How long something may take: the most specific row wins, a null matches anything (`rules.terms`).

    `minutes` count in the opening times of `calendar_id`, or round the clock where that is null.
    """

    __tablename__ = "terms"
    __table_args__ = (
        UniqueConstraint(
            "project_id", "nature", "category", "severity", "kind",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint(f"kind in {PROMISE_KINDS}", name="kind"),
        CheckConstraint(f"nature in {NATURES}", name="nature"),
        CheckConstraint(CATEGORY_FORM.format(column="category"), name="category"),
        CheckConstraint(f"severity in {SEVERITIES}", name="severity"),
        CheckConstraint("minutes > 0", name="minutes"),
    )  # fmt: skip

    id: Mapped[Id]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    nature: Mapped[str | None]
    category: Mapped[str | None]
    severity: Mapped[str | None]
    kind: Mapped[Code]
    minutes: Mapped[int]
    calendar_id: Mapped[int | None] = mapped_column(ForeignKey("calendars.id"))


class Apology(Base):
    """What the owner is told when a promise will not hold: drafted from the facts, approved or edited by a person,
    or sent by itself at `send_at`, before the old time passes (S6). One a promise."""

    __tablename__ = "apologies"
    __table_args__ = (
        CheckConstraint(f"state in {APOLOGY_STATES}", name="state"),
        UniqueConstraint("promise_id"),
        Index("ix_apologies_appeal_id", "appeal_id"),
        Index("ix_apologies_draft_send_at", "send_at", postgresql_where=text("state = 'draft'")),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    promise_id: Mapped[int] = mapped_column(ForeignKey("promises.id"))
    state: Mapped[Code]
    slips: Mapped[int]
    reason: Mapped[str]
    remedy_id: Mapped[int | None] = mapped_column(ForeignKey("remedies.id"))
    words: Mapped[str]
    new_due_at: Mapped[datetime]
    drafted_at: Mapped[datetime]
    send_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None]


class Remedy(Base):
    """Something that may be offered to make up for a slip. `limits` is role -> the most that role may grant at once,
    in `unit` (`EUR`, `times`); a role that is absent may not grant it."""

    __tablename__ = "remedies"
    __table_args__ = (UniqueConstraint("code", "project_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[Id]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    code: Mapped[Code]
    names: Mapped[Json]
    unit: Mapped[Code]
    limits: Mapped[Json]
    is_offered: Mapped[bool] = mapped_column(server_default=text("true"))


class RemedyGrant(Base):
    """A remedy given to an owner, by whom and how much of it."""

    __tablename__ = "remedy_grants"
    __table_args__ = (UniqueConstraint("key"), CheckConstraint("amount > 0", name="amount"))

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), index=True)
    remedy_id: Mapped[int] = mapped_column(ForeignKey("remedies.id"))
    amount: Mapped[float] = mapped_column(Numeric(10, 2))
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    granted_at: Mapped[datetime]
    key: Mapped[str]

    remedy: Mapped[Remedy] = relationship()
