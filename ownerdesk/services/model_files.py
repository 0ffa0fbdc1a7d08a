"""Model files that somebody brings, and candidates that are thrown away. The files themselves are the edge's to move."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import NluModel, StaffMember
from ownerdesk.queries.trainings import find_shadow_run, get_model
from ownerdesk.rules.refusals import AlreadyExists, ModelUnfit, ShadowUnderWay
from ownerdesk.services.audit import record_change
from ownerdesk.services.live import announce
from ownerdesk.services.trainings import request_report

THROWN_AWAY = ("candidate", "broken")


def add_brought_model(
    session: Session,
    *,
    file: str,
    size: int,
    base: str,
    digest: str,
    brought_as: str,
    trained_at: str,
    by: StaffMember,
    at: datetime,
) -> NluModel:
    """A candidate of a file that was found fit; its report comes from the trainer. `digest` is that of its content.

    Raises AlreadyExists for a file that is here already.
    """
    kept = select(NluModel.id).where(
        NluModel.state != "pruned", NluModel.data["digest"].as_string() == digest
    )
    if session.scalar(kept) is not None:
        raise AlreadyExists
    data = {"digest": digest, "brought_as": brought_as, "trained_at": trained_at}
    model = NluModel(
        file=file, size=size, base=base, made_at=at, data=data | {"brought_by": by.name},
        state="candidate",
    )  # fmt: skip
    session.add(model)
    session.flush()
    record_change(
        session, "nlu_model.added", subject="nlu_model", subject_id=model.id, at=at,
        staff_id=by.id, after={"model": file, "size": size, "brought_as": brought_as},
    )  # fmt: skip
    request_report(session, model, by=by, at=at)
    return model


def throw_away(session: Session, model: NluModel, *, by: StaffMember, at: datetime) -> str:
    """Returns the name of the file, to be removed once this is through.

    Raises ModelUnfit for one that served, serves or is going in, ShadowUnderWay while it reads in the shadow.
    """
    session.flush()
    session.refresh(model, with_for_update=True)
    if model.state not in THROWN_AWAY:
        raise ModelUnfit(model.state)
    run = find_shadow_run(session)
    if run is not None and run.model_id == model.id:
        raise ShadowUnderWay
    model.state, model.reads_as = "pruned", None
    record_change(
        session, "nlu_model.removed", subject="nlu_model", subject_id=model.id, at=at,
        staff_id=by.id, before={"model": model.file},
    )  # fmt: skip
    announce(session, "model", model=model.id)
    return model.file


def note_unmeasured(session: Session, model_id: int, error: str) -> None:
    """It could not be had to read the test messages. Without a report its gate stays closed; it may be tried again."""
    model = get_model(session, model_id)
    model.error = error[:500]
    announce(session, "model", model=model.id)
