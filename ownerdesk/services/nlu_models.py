"""Which model reads: put into service, rolled back, watched and pruned. The switching itself is the trainer's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ownerdesk.model import ModelSwitch, NluModel, StaffMember
from ownerdesk.queries.staff import list_admins
from ownerdesk.queries.trainings import (
    KEPT_MODELS,
    find_model_in_service,
    list_served,
    measure_shares,
)
from ownerdesk.rules.gates import Shares, find_closed, has_jumped
from ownerdesk.rules.refusals import (
    GateClosed,
    ModelUnfit,
    NothingToRollBackTo,
    SwitchUnderWay,
)
from ownerdesk.services.audit import record_change
from ownerdesk.services.jobs import PUT_INTO_SERVICE, WATCH_MODEL, enqueue
from ownerdesk.services.live import announce
from ownerdesk.services.notices import tell_staff
from ownerdesk.texts import translator

WATCHED_FOR = timedelta(hours=1)
WATCHED_EVERY = timedelta(minutes=2)
COMPARED_WITH = timedelta(hours=24)
SERVABLE = ("candidate", "retired")


def register_model(
    session: Session, *, file: str, size: int, base: str, data: Mapping[str, Any], at: datetime
) -> NluModel:
    """The model that Ownerdesk started with, when it is none of those here: it is in service, as a fact."""
    current = find_model_in_service(session)
    if current is not None and current.file == file:
        return current
    if current is not None:
        current.state = "retired"
        session.flush()
    model = session.query(NluModel).filter_by(file=file).one_or_none()
    if model is None:
        model = NluModel(
            file=file, size=size, base=base, made_at=at, data=dict(data), state="retired"
        )
        session.add(model)
    model.state = "in_service"
    session.flush()
    session.add(
        ModelSwitch(
            model_id=model.id,
            previous_id=current.id if current else None,
            kind="put",
            requested_at=at,
            done_at=at,
        )
    )
    announce(session, "model", model=model.id)
    return model


def put_into_service(
    session: Session,
    model: NluModel,
    *,
    by: StaffMember,
    base: str,
    override: str = "",
    at: datetime,
) -> ModelSwitch:
    """Ask for the switch. Raises GateClosed for a model that reads worse, unless `override` gives a reason; ModelUnfit
    for one that cannot be loaded by this version (`base`) or serves already; SwitchUnderWay."""
    if model.state not in SERVABLE:
        raise ModelUnfit(model.state)
    if model.base != base:
        raise ModelUnfit("other_version")
    current = find_model_in_service(session)
    closed = find_closed(model.report, current.report if current else None)
    if closed and not override.strip():
        raise GateClosed(closed)
    return _switch(session, model, current, kind="put", by=by, reason=override.strip(), at=at)


def roll_back(
    session: Session, *, by: StaffMember | None, base: str, at: datetime, reason: str = "",
    to: NluModel | None = None,
) -> ModelSwitch:  # fmt: skip
    """Back to the model that served before, or to another of the last ten; no gate is asked. Nobody acting means that
    Ownerdesk does it for safety. Raises NothingToRollBackTo, ModelUnfit, SwitchUnderWay."""
    current = find_model_in_service(session)
    served = [
        model for model in list_served(session)[: KEPT_MODELS + 1]
        if model.base == base and model is not current
    ]  # fmt: skip
    if not served:
        raise NothingToRollBackTo
    target = to or served[0]
    if target not in served:
        raise ModelUnfit(target.state if target.base == base else "other_version")
    kind = "roll_back" if by else "safety"
    return _switch(session, target, current, kind=kind, by=by, reason=reason, at=at)


def _switch(
    session: Session,
    model: NluModel,
    current: NluModel | None,
    *,
    kind: str,
    by: StaffMember | None,
    reason: str,
    at: datetime,
) -> ModelSwitch:
    was = model.state
    try:
        with session.begin_nested():
            model.state = "going_in"
            session.flush()
    except IntegrityError:
        raise SwitchUnderWay from None
    switch = ModelSwitch(
        model_id=model.id,
        previous_id=current.id if current else None,
        kind=kind,
        by_id=by.id if by else None,
        reason=reason,
        requested_at=at,
        before=measure_shares(session, since=at - COMPARED_WITH, until=at).as_record()
        | {"was": was},
    )
    session.add(switch)
    session.flush()
    enqueue(session, PUT_INTO_SERVICE, lock="models", switch_id=switch.id)
    record_change(
        session, f"model.{kind}", subject="nlu_model", subject_id=model.id, at=at,
        staff_id=by.id if by else None,
        before={"model": current.file if current else None},
        after={"model": model.file, "reason": reason},
    )  # fmt: skip
    announce(session, "model", model=model.id)
    return switch


def complete_switch(session: Session, switch_id: int, *, at: datetime) -> None:
    """Every reader has it: what served before retires, the new one is watched. Done again it changes nothing."""
    switch = session.get_one(ModelSwitch, switch_id)
    if switch.done_at is not None:
        return
    if switch.previous is not None and switch.previous.state == "in_service":
        switch.previous.state = "retired"
        session.flush()
    switch.model.state = "in_service"
    switch.done_at, switch.watch_until = at, at + WATCHED_FOR
    if switch.kind != "safety":
        enqueue(session, WATCH_MODEL, at=at + WATCHED_EVERY, switch_id=switch.id)
    announce(session, "model", model=switch.model_id)


def fail_switch(
    session: Session, switch_id: int, error: str, *, at: datetime, is_broken: bool = True
) -> None:
    """It could not be loaded everywhere: what served before goes on serving. `error` is in words for an admin.
    `is_broken` denies that the model itself is at fault: then it may be tried again."""
    switch = session.get_one(ModelSwitch, switch_id)
    switch.failed_at, switch.error = at, error[:500]
    was = switch.before.get("was", "retired")
    switch.model.state = "broken" if was == "candidate" and is_broken else was
    switch.model.error = error[:500]
    _tell_admins(session, switch, "model.failed", at=at)
    announce(session, "model", model=switch.model_id)


def watch(session: Session, switch_id: int, *, base: str, at: datetime) -> ModelSwitch | None:
    """One look at a model in its first hour; rolls back, and returns that switch, when errors or handoffs jumped."""
    switch = session.get_one(ModelSwitch, switch_id)
    assert switch.done_at is not None
    assert switch.watch_until is not None
    if switch.model.state != "in_service":
        return None
    before = Shares(*(switch.before.get(name, 0) for name in ("count", "errors", "handoffs")))
    after = measure_shares(session, since=switch.done_at, until=at)
    jumped = has_jumped(before, after)
    if jumped is not None:
        try:
            back = roll_back(session, by=None, base=base, reason=jumped, at=at)
        except NothingToRollBackTo:
            _tell_admins(session, switch, "model.stuck", reason=jumped, at=at)
            return None
        _tell_admins(session, back, "model.rolled_back", reason=jumped, at=at)
        return back
    if at < switch.watch_until:
        enqueue(session, WATCH_MODEL, at=at + WATCHED_EVERY, switch_id=switch.id)
    return None


def _tell_admins(
    session: Session, switch: ModelSwitch, topic: str, *, at: datetime, reason: str = ""
) -> None:
    """What they have not done themselves, once for each switch."""
    for member in list_admins(session):
        _ = translator(member.language)
        words = {
            "model.rolled_back": {
                "errors": _(
                    "Ownerdesk put the earlier language model back by itself: since the new one was put into service,"
                    " far more messages could not be read."
                ),
                "handoffs": _(
                    "Ownerdesk put the earlier language model back by itself: since the new one was put into service,"
                    " far more messages were not understood and went to people."
                ),
            }.get(reason, ""),
            "model.stuck": _(
                "Since the new language model was put into service, far more messages go wrong, and there is no earlier"
                " one to go back to. Please look at it."
            ),
            "model.failed": _(
                "A language model could not be put into service. The one before goes on serving."
            ),
        }[topic]
        tell_staff(session, member, words, topic=topic, key=f"{topic}:{switch.id}", at=at)


def list_prunable(session: Session) -> list[NluModel]:
    """Models that served before the last ten; their files may go. Candidates are an admin's to throw away."""
    return list_served(session)[KEPT_MODELS + 1 :]


def mark_pruned(session: Session, model: NluModel) -> None:
    model.state, model.reads_as = "pruned", None
