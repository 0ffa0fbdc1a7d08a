"""Trainings, the models they made, and which of them reads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Code, Id, Json
from ownerdesk.model.conversations import Message
from ownerdesk.model.staff import StaffMember

TRAINING_STATES = ("queued", "running", "done", "failed", "cancelled")
MODEL_STATES = ("candidate", "going_in", "in_service", "retired", "broken", "pruned")


class Training(Base):
    """One run. `progress` goes from 0 to 1, `seconds_left` is an estimate; `log` holds the last lines of what was said.
    `attempts` counts how often it was begun: a trainer that dies begins it again once."""

    __tablename__ = "trainings"
    __table_args__ = (
        CheckConstraint(f"state in {TRAINING_STATES}", name="state"),
        # One at a time.
        Index("uq_trainings_under_way", sql("(true)"), unique=True, postgresql_where=sql("state in ('queued', 'running')")),
    )  # fmt: skip

    id: Mapped[Id]
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    state: Mapped[Code] = mapped_column(server_default="queued")
    stage: Mapped[Code] = mapped_column(server_default="queued")
    progress: Mapped[float] = mapped_column(Float, server_default="0")
    seconds_left: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    is_cancelled: Mapped[bool] = mapped_column(server_default=sql("false"))
    log: Mapped[str] = mapped_column(server_default="")
    error: Mapped[str | None]

    started_by: Mapped[StaffMember | None] = relationship()


class NluModel(Base):
    """A model file in the models folder. `base` is the fingerprint of the repository's own data and components, without
    which it cannot be loaded; `data` says what it learnt from, `report` how well it reads, `reads_as` how it reads each
    message of the test sets. At most one is in service."""

    __tablename__ = "nlu_models"
    __table_args__ = (
        CheckConstraint(f"state in {MODEL_STATES}", name="state"),
        Index("uq_nlu_models_in_service", "state", unique=True, postgresql_where=sql("state = 'in_service'")),
        Index("uq_nlu_models_going_in", "state", unique=True, postgresql_where=sql("state = 'going_in'")),
    )  # fmt: skip

    id: Mapped[Id]
    training_id: Mapped[int | None] = mapped_column(ForeignKey("trainings.id"))
    file: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int]
    base: Mapped[Code]
    made_at: Mapped[datetime]
    data: Mapped[Json]
    report: Mapped[Json | None]
    reads_as: Mapped[Json | None]
    state: Mapped[Code]
    error: Mapped[str | None]

    training: Mapped[Training | None] = relationship()


class ModelSwitch(Base):
    """One time that a model was put into service. `kind` is `put`, `roll_back`, or `safety` for one that Ownerdesk did by
    itself. `before` holds the shares of the time before, `watch_until` how long they are compared with those after."""

    __tablename__ = "model_switches"
    __table_args__ = (CheckConstraint("kind in ('put', 'roll_back', 'safety')", name="kind"),)

    id: Mapped[Id]
    model_id: Mapped[int] = mapped_column(ForeignKey("nlu_models.id"))
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("nlu_models.id"))
    kind: Mapped[Code]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(server_default="")
    requested_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None]
    before: Mapped[Json] = mapped_column(server_default=sql("'{}'"))
    watch_until: Mapped[datetime | None]

    by: Mapped[StaffMember | None] = relationship()
    model: Mapped[NluModel] = relationship(foreign_keys=model_id)
    previous: Mapped[NluModel | None] = relationship(foreign_keys=previous_id)


class ShadowRun(Base):
    """A candidate reads what comes in, beside the model in service and without acting."""

    __tablename__ = "shadow_runs"
    __table_args__ = (
        Index("uq_shadow_runs_under_way", sql("(true)"), unique=True, postgresql_where=sql("ended_at is null")),
    )  # fmt: skip

    id: Mapped[Id]
    model_id: Mapped[int] = mapped_column(ForeignKey("nlu_models.id"))
    started_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    started_at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None]

    model: Mapped[NluModel] = relationship()
    started_by: Mapped[StaffMember] = relationship()


class ShadowReading(Base):
    """How the candidate read one message; `differs` when nature, category or alarm are others than in service."""

    __tablename__ = "shadow_readings"
    __table_args__ = (UniqueConstraint("run_id", "message_id"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("shadow_runs.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    reading: Mapped[Json]
    differs: Mapped[bool]
    at: Mapped[datetime]

    message: Mapped[Message] = relationship()
