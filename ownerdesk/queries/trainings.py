"""Trainings, models and what they learnt from."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Category,
    Example,
    Handoff,
    Message,
    ModelSwitch,
    NluModel,
    ShadowReading,
    ShadowRun,
    Training,
)
from ownerdesk.rules.gates import Shares
from ownerdesk.rules.refusals import (
    ExampleNotFound,
    ModelNotFound,
    ShadowRunNotFound,
    TrainingNotFound,
)

KEPT_MODELS = 10
UNDER_WAY = ("queued", "running")


def get_training(session: Session, training_id: int) -> Training:
    """Raises TrainingNotFound."""
    training = session.get(Training, training_id)
    if training is None:
        raise TrainingNotFound
    return training


def find_training_under_way(session: Session) -> Training | None:
    return session.scalar(select(Training).where(Training.state.in_(UNDER_WAY)))


def list_trainings(session: Session, limit: int = 20) -> list[Training]:
    """The latest first."""
    return list(session.scalars(select(Training).order_by(Training.id.desc()).limit(limit)))


def get_model(session: Session, model_id: int) -> NluModel:
    """Raises ModelNotFound."""
    model = session.get(NluModel, model_id)
    if model is None:
        raise ModelNotFound
    return model


def find_model_of(session: Session, training_id: int) -> NluModel | None:
    """What a training made."""
    return session.scalar(select(NluModel).where(NluModel.training_id == training_id))


def find_model_in_service(session: Session) -> NluModel | None:
    return session.scalar(select(NluModel).where(NluModel.state == "in_service"))


def list_models(session: Session) -> list[NluModel]:
    """Those whose file is kept, the latest first."""
    kept = select(NluModel).where(NluModel.state != "pruned")
    return list(session.scalars(kept.order_by(NluModel.id.desc())))


def list_served(session: Session) -> list[NluModel]:
    """The models that were in service, the latest first, each once; the one that is now comes first."""
    last = (
        select(ModelSwitch.model_id, func.max(ModelSwitch.done_at).label("at"))
        .where(ModelSwitch.done_at.is_not(None))
        .group_by(ModelSwitch.model_id)
        .subquery()
    )
    query = (
        select(NluModel)
        .join(last, last.c.model_id == NluModel.id)
        .where(NluModel.state.in_(["in_service", "retired"]))
        .order_by(last.c.at.desc())
    )
    return list(session.scalars(query))


def list_switches(session: Session, limit: int = 20) -> list[ModelSwitch]:
    """The latest first."""
    return list(session.scalars(select(ModelSwitch).order_by(ModelSwitch.id.desc()).limit(limit)))


def find_last_switch(session: Session, model_id: int) -> ModelSwitch | None:
    """The last time that it was put into service, or was to be."""
    return session.scalar(
        select(ModelSwitch)
        .where(ModelSwitch.model_id == model_id)
        .order_by(ModelSwitch.id.desc())
        .limit(1)
    )


def count_examples(session: Session, *, after_id: int = 0) -> dict[str, int]:
    """How much the company's own messages teach and test, by use; of those that came after an example."""
    rows = session.execute(
        select(Example.use, func.count())
        .where(Example.removed_at.is_(None), Example.id > after_id)
        .group_by(Example.use)
    )
    return {"train": 0, "test": 0} | dict(rows.all())


def list_texts(session: Session, example_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """The words of examples and what they are, by id; removed ones too."""
    rows = session.execute(
        select(Example.id, Example.text, Example.intent).where(Example.id.in_(example_ids))
    )
    return {row.id: (row.text, row.intent) for row in rows}


def list_examples(
    session: Session, *, use: str | None = None, at: datetime | None = None
) -> list[Example]:
    """The data set as it is, or as it was at a time; in the order in which it grew. Examples of a category that is
    retired rest with it."""
    retired = Category.retired_at.is_not(None) if at is None else Category.retired_at <= at
    query = (
        select(Example)
        .where(Example.category.not_in(select(Category.code).where(retired)))
        .order_by(Example.id)
    )
    if use is not None:
        query = query.where(Example.use == use)
    if at is None:
        query = query.where(Example.removed_at.is_(None))
    else:
        query = query.where(
            Example.added_at <= at, Example.removed_at.is_(None) | (Example.removed_at > at)
        )
    return list(session.scalars(query))


def get_example(session: Session, example_id: int) -> Example:
    """Raises ExampleNotFound."""
    example = session.get(Example, example_id)
    if example is None:
        raise ExampleNotFound
    return example


def find_shadow_run(session: Session) -> ShadowRun | None:
    """The one under way."""
    return session.scalar(select(ShadowRun).where(ShadowRun.ended_at.is_(None)))


def get_shadow_run(session: Session, run_id: int) -> ShadowRun:
    """Raises ShadowRunNotFound."""
    run = session.get(ShadowRun, run_id)
    if run is None:
        raise ShadowRunNotFound
    return run


def list_shadow_runs(session: Session, limit: int = 10) -> list[ShadowRun]:
    """The latest first."""
    return list(session.scalars(select(ShadowRun).order_by(ShadowRun.id.desc()).limit(limit)))


def list_differences(
    session: Session, run_id: int, *, before_id: int | None = None, limit: int = 30
) -> list[ShadowReading]:
    """What a candidate read otherwise, the latest first."""
    query = (
        select(ShadowReading)
        .where(ShadowReading.run_id == run_id, ShadowReading.differs)
        .order_by(ShadowReading.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        query = query.where(ShadowReading.id < before_id)
    return list(session.scalars(query))


def count_shadow_readings(session: Session, run_id: int) -> tuple[int, int]:
    """How many messages a candidate has read, and how many of them otherwise than the model in service."""
    row = session.execute(
        select(func.count(), func.count().filter(ShadowReading.differs)).where(
            ShadowReading.run_id == run_id
        )
    ).one()
    return row[0], row[1]


def measure_shares(session: Session, *, since: datetime, until: datetime) -> Shares:
    """Of the owners' messages in that time: how many there were, how many the reader left to a person by failing, and how
    many handoffs came of not being understood."""
    messages = session.scalar(
        select(func.count())
        .select_from(Message)
        .where(
            Message.direction == "in",
            Message.created_at >= since,
            Message.created_at < until,
            Message.kind == "text",
        )
    )
    reasons = session.execute(
        select(Handoff.reason, func.count())
        .where(
            Handoff.requested_at >= since,
            Handoff.requested_at < until,
            Handoff.reason.in_(["reader_down", "failed", "two_misses", "not_understood"]),
        )
        .group_by(Handoff.reason)
    ).all()
    counts = dict(iter(reasons))
    errors = counts.get("reader_down", 0) + counts.get("failed", 0)
    return Shares(messages or 0, errors, sum(counts.values()) - errors)
