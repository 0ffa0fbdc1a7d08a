"""Promises: made in somebody's name with a due time, and ended kept, renegotiated, broken or withdrawn.

A promise is looked at shortly before its time (`rules.policy.warning_at`): where it will not hold, the owner
hears it first, with the reason and a new time (S6), so that no promise passes in silence.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Promise
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.appeals import find_open_promise, get_appeal, list_open_promises
from ownerdesk.queries.staff import list_supervisors
from ownerdesk.rules.policy import Policy, warning_at
from ownerdesk.services import outbox
from ownerdesk.services.cards import refresh_card
from ownerdesk.services.events import BOT, Actor, record
from ownerdesk.services.jobs import CHECK_PROMISE, enqueue
from ownerdesk.texts import format_when, translator


def make_promise(
    session: Session, appeal: Appeal, kind: str, *, due_at: datetime, actor: Actor, at: datetime
) -> Promise:
    """Promise in the responsible person's name. An open promise of the same kind is renegotiated by it."""
    open_one = find_open_promise(session, appeal.id, kind)
    if open_one is not None:
        open_one.renegotiated_at = at
    promise = Promise(
        appeal_id=appeal.id,
        kind=kind,
        staff_id=appeal.responsible_id,
        made_at=at,
        due_at=due_at,
        look_at=warning_at(at, due_at),
    )
    session.add(promise)
    session.flush()
    appeal.next_due_at = due_at
    record(
        session,
        appeal,
        "promise.made",
        actor=actor,
        at=at,
        promise_id=promise.id,
        kind=kind,
        due_at=due_at.isoformat(),
    )
    enqueue(session, CHECK_PROMISE, at=promise.look_at, promise_id=promise.id)
    return promise


def keep_promise(session: Session, appeal: Appeal, kind: str, *, at: datetime) -> None:
    """What was promised has happened; late counts as broken, and says so."""
    promise = find_open_promise(session, appeal.id, kind)
    if promise is None:
        return
    if at <= promise.due_at:
        promise.kept_at = at
    else:
        promise.broken_at = promise.due_at
    session.flush()


def withdraw_promises(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """The appeal was cancelled or deferred: nothing is owed by that time any more."""
    for promise in list_open_promises(session, appeal.id):
        promise.withdrawn_at = at
    session.flush()


def check_promise(session: Session, promise_id: int, *, at: datetime) -> None:
    """Called shortly before a promise's time, perhaps twice, perhaps long after. Does nothing for a promise
    that has ended; else renegotiates it in the open."""
    promise = session.get_one(Promise, promise_id)
    appeal = get_appeal(session, promise.appeal_id)
    session.refresh(promise)
    ended = promise.kept_at or promise.broken_at or promise.renegotiated_at or promise.withdrawn_at
    if ended or promise.kind != "resolution":
        return
    slips = count_slips(session, appeal.id)
    if at > promise.due_at:
        promise.broken_at = promise.due_at
        session.flush()
    if slips >= 1:
        _give_to_supervisor(session, appeal, at=at)
    policy = Policy.of(appeal.project.settings)
    new_due = max(at, promise.due_at) + policy.resolution_time(appeal.severity)
    event = record(
        session, appeal, "promise.slipped", actor=BOT, at=at, promise_id=promise.id, slips=slips + 1
    )
    session.flush()
    make_promise(session, appeal, "resolution", due_at=new_due, actor=BOT, at=at)
    outbox.send(
        session,
        appeal.conversation,
        _apology(appeal, promise=promise, new_due=new_due, at=at),
        key=f"slip:{event.id}",
        at=at,
        appeal=appeal,
    )
    refresh_card(session, appeal, at=at)


def count_slips(session: Session, appeal_id: int) -> int:
    """How often a promised resolution of the appeal was moved or missed."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Promise)
            .where(
                Promise.appeal_id == appeal_id,
                Promise.kind == "resolution",
                (Promise.renegotiated_at.is_not(None)) | (Promise.broken_at.is_not(None)),
            )
        )
        or 0
    )


def _give_to_supervisor(session: Session, appeal: Appeal, *, at: datetime) -> None:
    supervisor = next(iter(list_supervisors(session, appeal.project)), None)
    if supervisor is None or supervisor.id == appeal.responsible_id:
        return
    before = appeal.responsible_id
    appeal.responsible_id = supervisor.id
    session.flush()
    session.refresh(appeal, ["responsible"])
    record(
        session, appeal, "appeal.escalated", actor=BOT, at=at, before=before, after=supervisor.id
    )


def _apology(appeal: Appeal, *, promise: Promise, new_due: datetime, at: datetime) -> str:
    language, timezone = appeal.conversation.language, appeal.project.timezone
    _ = translator(language)
    if appeal.state == AppealState.RECEIVED:
        reason = _("nobody has been free to take it on yet")
    elif appeal.operator is not None:
        reason = _("{name} needs more time for it").format(name=appeal.operator.name)
    else:
        reason = _("the work is taking longer than I thought")
    old = format_when(promise.due_at, timezone=timezone, language=language, now=at)
    new = format_when(new_due, timezone=timezone, language=language, now=at)
    sentence = _(
        "{number}: I am sorry, I cannot keep to {old}: {reason}. I will have it solved by {new}."
    ).format(number=appeal.number, old=old, reason=reason, new=new)
    if appeal.responsible is not None:
        return f"{sentence} — {appeal.responsible.name}"
    return sentence


def due_from_now(appeal: Appeal, *, at: datetime) -> datetime:
    """The due time of a resolution promised now, by the project's policy (S2); an order for a later time is due
    when that time ends."""
    policy = Policy.of(appeal.project.settings)
    duration: timedelta = policy.resolution_time(appeal.severity)
    due_at = at + duration
    if appeal.nature == "paid_service" and appeal.wished_until is not None:
        return max(due_at, appeal.wished_until)
    return due_at
