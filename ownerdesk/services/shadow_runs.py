"""Shadow runs: begun and ended; the reading itself is the trainer's."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ownerdesk.model import NluModel, ShadowRun, StaffMember
from ownerdesk.rules.refusals import ModelUnfit, ShadowUnderWay
from ownerdesk.services.audit import record_change
from ownerdesk.services.jobs import READ_IN_SHADOW, enqueue
from ownerdesk.services.live import announce

LONGEST = timedelta(days=14)


def start_shadow_run(
    session: Session, model: NluModel, *, by: StaffMember, base: str, lasts: timedelta, at: datetime
) -> ShadowRun:
    """Raises ModelUnfit for a model that is no candidate of this version, ShadowUnderWay when another reads already."""
    if model.state != "candidate":
        raise ModelUnfit(model.state)
    if model.base != base:
        raise ModelUnfit("other_version")
    lasts = min(lasts, LONGEST)
    run = ShadowRun(model_id=model.id, started_by_id=by.id, started_at=at, until=at + lasts)
    try:
        with session.begin_nested():
            session.add(run)
            session.flush()
    except IntegrityError:
        raise ShadowUnderWay from None
    enqueue(session, READ_IN_SHADOW, lock="shadow", run_id=run.id)
    record_change(
        session, "shadow.started", subject="nlu_model", subject_id=model.id, at=at, staff_id=by.id,
        after={"until": run.until.isoformat()},
    )  # fmt: skip
    announce(session, "shadow", run=run.id)
    return run


def end_shadow_run(session: Session, run: ShadowRun, *, by: StaffMember, at: datetime) -> None:
    """The reader of the run notices within seconds. Ending it again changes nothing."""
    if run.ended_at is not None:
        return
    run.ended_at = at
    record_change(
        session, "shadow.ended", subject="nlu_model", subject_id=run.model_id, at=at, staff_id=by.id
    )
    announce(session, "shadow", run=run.id)
