"""Promises: made in somebody's name with a due time, and ended kept, renegotiated, broken or withdrawn.

Every appeal that is worked on has three clocks: the first answer by a person, the next update, the resolution. What was
promised by hand comes beside them or in their place. `services.sweep` looks at each when its time comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, object_session

from ownerdesk.model import Apology, Appeal, Promise, StaffMember, Term
from ownerdesk.model.labels import AppealState
from ownerdesk.model.promises import TOLD
from ownerdesk.queries.appeals import find_open_promise, list_open_promises
from ownerdesk.queries.calendars import list_terms
from ownerdesk.rules.appeals import is_worked_on
from ownerdesk.rules.calendars import whole_minutes
from ownerdesk.rules.liability import check_admits_nothing
from ownerdesk.rules.policy import LEAST_LEFT_MINUTES, warning_at
from ownerdesk.rules.refusals import InThePast, TooLong, WrongState
from ownerdesk.services import outbox
from ownerdesk.services.cards import format_promise, refresh_card
from ownerdesk.services.events import Actor, record
from ownerdesk.services.owner_news import tell_owners
from ownerdesk.services.terms import Due, count, due_of, minutes_left

MAX_WORDS = 500
BY_HAND = ("arrival", "resolution", "next_update")
# A slip of one of these is told with an apology.
SLIPPING = ("resolution", "arrival", "first_answer")
AFTER_THE_NIGHT = timedelta(hours=1)


def make_promise(
    session: Session, appeal: Appeal, kind: str, *, due_at: datetime, actor: Actor, at: datetime
) -> Promise:
    """Promise in the responsible person's name. An open promise of the same kind is renegotiated by it, or broken
    where its time has passed. With a resolution the other clocks begin too."""
    due = due_of(session, appeal, kind, at=at)
    if due.at != due_at:
        wished = {"wished": True} if due_at == appeal.wished_until else {}
        due = Due(due_at, None, wished)
    return promise_until(session, appeal, kind, due=due, actor=actor, at=at)


def promise_until(
    session: Session,
    appeal: Appeal,
    kind: str,
    *,
    due: Due,
    actor: Actor,
    at: datetime,
    staff_id: int | None = None,
    words: str = "",
) -> Promise:
    """The same where the caller knows how the due time came about, and perhaps whose word it is. An earlier time is
    no slip of the later one, which is withdrawn."""
    open_one = find_open_promise(session, appeal.id, kind)
    if open_one is not None and at <= open_one.due_at and due.at <= open_one.due_at:
        open_one.withdrawn_at = at
        _drop_drafts(session, [open_one], at=at)
    elif open_one is not None:
        replace_promise(session, open_one, at=at)
    promise = _start(session, appeal, kind, due, at=at, staff_id=staff_id, words=words)
    if kind == "resolution":
        _start_clocks_beside(session, appeal, at=at)
    set_next_due(session, appeal)
    record(
        session,
        appeal,
        "promise.made",
        actor=actor,
        at=at,
        promise_id=promise.id,
        kind=kind,
        due_at=due.at.isoformat(),
    )
    return promise


def replace_promise(session: Session, promise: Promise, *, at: datetime) -> None:
    """A new time takes a promise's place: renegotiated where it still ran, broken where its time had passed."""
    if promise.stopped_at is None and at > promise.due_at:
        promise.broken_at = promise.due_at
    else:
        promise.renegotiated_at = at
    _drop_drafts(session, [promise], at=at)


def _start(
    session: Session,
    appeal: Appeal,
    kind: str,
    due: Due,
    *,
    at: datetime,
    staff_id: int | None = None,
    words: str = "",
) -> Promise:
    promise = Promise(
        appeal_id=appeal.id,
        kind=kind,
        staff_id=staff_id or appeal.responsible_id,
        words=words,
        made_at=at,
        due_at=due.at,
        look_at=warning_at(at, due.at),
        calendar_id=due.calendar_id,
        explanation=due.explanation,
    )
    session.add(promise)
    session.flush()
    return promise


def _start_clocks_beside(session: Session, appeal: Appeal, *, at: datetime) -> None:
    if not is_worked_on(appeal.state):
        return
    running = {promise.kind for promise in list_open_promises(session, appeal.id)}
    terms = list_terms(session, appeal.project_id)
    if appeal.state == AppealState.RECEIVED and "first_answer" not in running:
        due = due_of(session, appeal, "first_answer", at=at, terms=terms)
        _start(session, appeal, "first_answer", due, at=at)
    if "next_update" not in running:
        _start_next_update(session, appeal, at=at, terms=terms)


def _start_next_update(
    session: Session, appeal: Appeal, *, at: datetime, terms: Sequence[Term] | None = None
) -> None:
    """An update in the owner's night would wait for the morning: it is due then. Whoever wants fewer messages is
    promised none."""
    if not appeal.conversation.progress_pushes:
        return
    due = due_of(session, appeal, "next_update", at=at, terms=terms)
    morning = outbox.morning_of(session, appeal.conversation, at=due.at)
    if morning is not None:
        due = Due(morning + AFTER_THE_NIGHT, None, {"morning": True})
    _start(session, appeal, "next_update", due, at=at)


def set_next_due(session: Session, appeal: Appeal) -> None:
    """The earliest time the owner was told and that still runs."""
    told = [
        promise.due_at
        for promise in list_open_promises(session, appeal.id)
        if promise.kind in TOLD and promise.stopped_at is None
    ]
    if told:
        appeal.next_due_at = min(told)


def keep_promise(session: Session, appeal: Appeal, kind: str, *, at: datetime) -> None:
    """What was promised has happened; late counts as broken, and says so. A resolution ends all clocks."""
    for promise in list_open_promises(session, appeal.id):
        if promise.kind == kind or kind == "resolution":
            _keep(session, promise, at=at)
    session.flush()
    if kind != "resolution":
        set_next_due(session, appeal)


def _keep(session: Session, promise: Promise, *, at: datetime) -> None:
    if at <= promise.due_at or promise.stopped_at is not None:
        promise.kept_at = at
    else:
        promise.broken_at = promise.due_at
    _drop_drafts(session, [promise], at=at)


def note_update(session: Session, appeal: Appeal, *, at: datetime, by_person: bool = False) -> None:
    """The owner was told something about the appeal: the next update is due anew. From a person it is the first
    answer too."""
    if by_person and appeal.first_answered_at is None:
        appeal.first_answered_at = at
    for promise in list_open_promises(session, appeal.id):
        if promise.kind == "next_update" or (by_person and promise.kind == "first_answer"):
            _keep(session, promise, at=at)
    session.flush()
    if is_worked_on(appeal.state) and find_open_promise(session, appeal.id, "resolution"):
        _start_next_update(session, appeal, at=at)


def withdraw_promises(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """The appeal was cancelled, or begins anew: nothing is owed by that time any more."""
    appeal.asked_owner_at = None
    promises = list_open_promises(session, appeal.id)
    for promise in promises:
        promise.withdrawn_at = at
    _drop_drafts(session, promises, at=at)
    session.flush()


def _drop_drafts(session: Session, promises: Sequence[Promise], *, at: datetime) -> None:
    """What was to be said about a slip need not be said."""
    warned = [promise.id for promise in promises if promise.warned_at is not None]
    if warned:
        session.execute(
            update(Apology)
            .where(Apology.promise_id.in_(warned), Apology.state == "draft")
            .values(state="dropped", ended_at=at)
        )


def promise_by_hand(
    session: Session,
    appeal: Appeal,
    *,
    by: StaffMember,
    due_at: datetime,
    words: str,
    at: datetime,
    kind: str = "resolution",
) -> Promise:
    """A named person promises the owner a time, in the first person (S2). Without words the sentence is ours. Said
    again the same, it changes nothing.

    `kind` is arrival, resolution or next_update. Raises WrongState, InThePast, TooLong, AdmitsLiability.
    """
    words = words.strip()
    if not is_worked_on(appeal.state) or kind not in BY_HAND:
        raise WrongState(state=appeal.state, action="promise")
    if due_at <= at:
        raise InThePast
    if len(words) > MAX_WORDS:
        raise TooLong("words", MAX_WORDS)
    check_admits_nothing(words)
    known = find_open_promise(session, appeal.id, kind)
    said = (due_at, words, by.id)
    if known is not None and (known.due_at, known.words, known.staff_id) == said:
        return known
    note_update(session, appeal, at=at, by_person=True)
    promise = promise_until(
        session, appeal, kind, due=Due(due_at, None, {"by_hand": True}),
        actor=Actor.staff(by.id), at=at, staff_id=by.id, words=words,
    )  # fmt: skip
    tell_owners(
        session,
        appeal,
        lambda heard, _: f"{heard.number}: {format_promise(heard, promise, at=at)} — {by.name}",
        key=f"promise:{promise.id}",
        at=at,
        staff_id=by.id,
    )
    refresh_card(session, appeal, at=at)
    return promise


def stop_clocks(session: Session, appeal: Appeal, *, reason: str, at: datetime) -> None:
    """The clocks stand still: the owner was asked something, or it is put off. That a person has to accept an
    emergency is never put off. Called again it changes nothing."""
    for promise in list_open_promises(session, appeal.id):
        if promise.stopped_at is not None or promise.kind == "acceptance":
            continue
        promise.minutes_left = minutes_left(
            session, appeal.project, calendar_id=promise.calendar_id, at=at, due_at=promise.due_at
        )
        promise.stopped_at = at
        promise.explanation = {**promise.explanation, "stopped_for": reason}
        _drop_drafts(session, [promise], at=at)
        promise.warned_at = None
    session.flush()


def start_clocks(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """They go on with what was left, and at least a quarter of an hour. Called again it changes nothing."""
    appeal.asked_owner_at = None
    for promise in list_open_promises(session, appeal.id):
        if promise.stopped_at is None or promise.minutes_left is None:
            continue
        left = max(promise.minutes_left, LEAST_LEFT_MINUTES)
        due = count(session, appeal.project, left, calendar_id=promise.calendar_id, at=at)
        stood = whole_minutes(at - promise.stopped_at)
        explanation = {k: v for k, v in promise.explanation.items() if k != "stopped_for"}
        closed = {entry["day"]: entry for entry in explanation.get("closed", [])}
        closed |= {entry["day"]: entry for entry in due.explanation.get("closed", [])}
        if closed:
            explanation["closed"] = [closed[day] for day in sorted(closed)]
        explanation["stood_still"] = explanation.get("stood_still", 0) + stood
        promise.explanation = explanation
        promise.due_at, promise.look_at = due.at, warning_at(at, due.at)
        promise.stopped_at = promise.minutes_left = None
    session.flush()
    set_next_due(session, appeal)


def count_slips(session: Session, appeal_id: int) -> int:
    """How often something promised for the appeal was moved or missed; what slipped at one moment counts once."""
    moment = func.coalesce(Promise.renegotiated_at, Promise.broken_at)
    return (
        session.scalar(
            select(func.count(moment.distinct())).where(
                Promise.appeal_id == appeal_id, Promise.kind.in_(SLIPPING)
            )
        )
        or 0
    )


def due_from_now(appeal: Appeal, *, at: datetime) -> datetime:
    """The due time of a resolution promised now, by the project's terms (S2); an order for a later time is due
    when that time ends."""
    session = object_session(appeal)
    assert session is not None, "an appeal is a row"
    due_at = due_of(session, appeal, "resolution", at=at).at
    if appeal.nature == "paid_service" and appeal.wished_until is not None:
        return max(due_at, appeal.wished_until)
    return due_at
