"""Trainings: asked for, followed, cancelled, ended; and the candidate that comes of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ownerdesk.model import NluModel, StaffMember, Training
from ownerdesk.queries.trainings import find_training_under_way, get_training
from ownerdesk.rules.refusals import TrainingOver, TrainingUnderWay
from ownerdesk.services.audit import record_change
from ownerdesk.services.jobs import REPORT_ON_MODEL, TRAIN_MODEL, enqueue
from ownerdesk.services.live import announce

MOST_LOG = 20_000
MOST_ATTEMPTS = 2


def request_training(session: Session, *, by: StaffMember | None, at: datetime) -> Training:
    """Raises TrainingUnderWay when one waits or runs: two who press at once start one."""
    training = Training(requested_at=at, started_by_id=by.id if by else None, state="queued")
    try:
        with session.begin_nested():
            session.add(training)
            session.flush()
    except IntegrityError:
        raise TrainingUnderWay(_name_who_was_first(session)) from None
    enqueue(session, TRAIN_MODEL, lock="training", training_id=training.id)
    record_change(
        session, "training.requested", subject="training", subject_id=training.id, at=at,
        staff_id=by.id if by else None,
    )  # fmt: skip
    announce(session, "training", training=training.id)
    return training


def _name_who_was_first(session: Session) -> str:
    first = find_training_under_way(session)
    return first.started_by.name if first is not None and first.started_by is not None else ""


def request_report(
    session: Session, model: NluModel, *, by: StaffMember | None, at: datetime
) -> None:
    """Have a model read all test messages once more, and the one in service too where that was done with others."""
    enqueue(session, REPORT_ON_MODEL, lock="training", model_id=model.id)
    record_change(
        session, "nlu_model.measured", subject="nlu_model", subject_id=model.id, at=at,
        staff_id=by.id if by else None,
    )  # fmt: skip
    announce(session, "model", model=model.id)


def cancel_training(
    session: Session, training: Training, *, by: StaffMember | None, at: datetime
) -> None:
    """Ask the trainer to stop; it looks every second. Nobody acting means the command line. Raises TrainingOver."""
    session.flush()
    session.refresh(training, with_for_update=True)
    if training.state not in ("queued", "running"):
        raise TrainingOver
    training.is_cancelled = True
    if training.state == "queued":
        _end(session, training, "cancelled", at=at)
    record_change(
        session, "training.cancelled", subject="training", subject_id=training.id, at=at,
        staff_id=by.id if by else None,
    )  # fmt: skip
    announce(session, "training", training=training.id)


def begin_training(session: Session, training_id: int, *, at: datetime) -> bool:
    """Whether the trainer is to go on. A training whose trainer died is begun again once, then it has failed."""
    training = get_training(session, training_id)
    session.flush()
    session.refresh(training, with_for_update=True)
    if training.state not in ("queued", "running"):
        return False
    if training.attempts >= MOST_ATTEMPTS:
        fail_training(session, training_id, "the trainer died twice", at=at)
        return False
    training.state, training.started_at = "running", training.started_at or at
    training.attempts += 1
    training.stage, training.progress, training.seconds_left = "preparing", 0.0, None
    announce(session, "training", training=training.id)
    return True


def note_progress(
    session: Session,
    training_id: int,
    *,
    stage: str,
    progress: float,
    seconds_left: int | None,
    line: str = "",
) -> bool:
    """Say how far it is. Returns False once it was cancelled."""
    training = get_training(session, training_id)
    before = (training.stage, training.progress, _rough(training.seconds_left))
    training.stage, training.progress, training.seconds_left = stage, progress, seconds_left
    if line:
        training.log = (training.log + line.rstrip() + "\n")[-MOST_LOG:]
    # It is said every second, and a page that is open fetches itself anew each time it hears of something.
    if line or before != (stage, progress, _rough(seconds_left)):
        announce(session, "training", training=training.id)
    return not training.is_cancelled


def _rough(seconds: int | None) -> int | None:
    return None if seconds is None else seconds // 5


def finish_model(
    session: Session,
    training_id: int,
    *,
    file: str,
    size: int,
    base: str,
    data: Mapping[str, Any],
    at: datetime,
) -> NluModel:
    """The file is whole: a candidate from now on, with the report to come. A training that was begun again finds the
    one of its first attempt."""
    model = session.scalar(select(NluModel).where(NluModel.file == file))
    if model is None:
        model = NluModel(
            training_id=training_id, file=file, size=size, base=base, made_at=at, data=dict(data),
            state="candidate",
        )  # fmt: skip
        session.add(model)
        session.flush()
    announce(session, "model", model=model.id)
    return model


def end_training(session: Session, training_id: int, *, at: datetime) -> None:
    """The report is there."""
    training = get_training(session, training_id)
    training.progress, training.stage = 1.0, "done"
    _end(session, training, "done", at=at)


def fail_training(session: Session, training_id: int, error: str, *, at: datetime) -> None:
    """It ends without a model; what is in service stays. `error` says why, in words for an admin."""
    training = get_training(session, training_id)
    training.error = error[:500]
    _end(session, training, "cancelled" if training.is_cancelled else "failed", at=at)


def _end(session: Session, training: Training, state: str, *, at: datetime) -> None:
    training.state, training.ended_at, training.seconds_left = state, at, None
    announce(session, "training", training=training.id)
