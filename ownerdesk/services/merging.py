"""Merging: an appeal goes on as another one of its project, and every owner goes on hearing of it.

Both appeals are locked by the caller, the one with the lower id first.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealLink, IncidentFollower, Promise, StaffMember
from ownerdesk.model.promises import TOLD
from ownerdesk.queries.appeals import find_open_promise, list_open_promises
from ownerdesk.queries.merging import is_same_owner, list_merged
from ownerdesk.rules.appeals import AppealAction, next_state
from ownerdesk.rules.refusals import Refusal, WrongState
from ownerdesk.services import outbox
from ownerdesk.services.cancelling import end_unsolved
from ownerdesk.services.cards import format_promise, refresh_card
from ownerdesk.services.events import Actor, record
from ownerdesk.services.promises import promise_until
from ownerdesk.services.terms import Due
from ownerdesk.services.voice import voice_of


class SameAppeal(Refusal):
    """An appeal cannot be put with itself."""


class NotSameOwner(Refusal):
    """A duplicate is the same owner's; what another owner reports is merged."""


class LosesUrgency(Refusal):
    """An emergency goes on only as an emergency."""


def merge_appeals(
    session: Session,
    appeal: Appeal,
    into: Appeal,
    *,
    by: StaffMember,
    at: datetime,
    how: str = "merged",
) -> None:
    """`appeal` ends and goes on as `into`. What its owner was promised earlier is promised for both; its owner is told,
    hears every further step under the own number, and is asked at the end. `how` is `merged`, or `duplicate` for
    something the same owner reported twice.

    Raises WrongState for either, SameAppeal, NotSameOwner, LosesUrgency.
    """
    if appeal.id == into.id or appeal.project_id != into.project_id:
        raise SameAppeal
    if how == "duplicate" and not is_same_owner(appeal, into):
        raise NotSameOwner
    if appeal.severity == "emergency" and into.severity != "emergency":
        raise LosesUrgency
    next_state(into.state, AppealAction.MERGE)  # only what is still worked on can take it over
    if appeal.merged_into_id is not None:
        raise WrongState(state=appeal.state, action="merge")
    next_state(appeal.state, AppealAction.MERGE)
    _carry_promises_over(session, appeal, into, by=by, at=at)
    end_unsolved(session, appeal, AppealAction.MERGE, closed_by=how, at=at)
    appeal.merged_into_id = into.id
    for earlier in list_merged(session, appeal.id):
        earlier.merged_into_id = into.id
    _leave_incident(session, appeal)
    session.flush()
    if how == "duplicate":
        link_appeals(session, appeal, into, kind="duplicate", by=by, at=at)
    actor = Actor.staff(by.id)
    event = record(
        session, appeal, "appeal.merged", actor=actor, at=at, other_id=into.id, number=into.number,
        how=how,
    )  # fmt: skip
    record(
        session, into, "appeal.joined", actor=actor, at=at, other_id=appeal.id,
        number=appeal.number, how=how,
    )  # fmt: skip
    session.flush()
    refresh_card(session, into, at=at)
    _tell_where(session, appeal, into, key=f"merged:{event.id}", by=by, at=at)


def _carry_promises_over(
    session: Session, appeal: Appeal, into: Appeal, *, by: StaffMember, at: datetime
) -> None:
    """Nobody is promised less than before: the earlier time holds for both."""
    for promise in list_open_promises(session, appeal.id):
        if promise.kind not in TOLD or promise.kind == "acceptance":
            continue
        standing = find_open_promise(session, into.id, promise.kind)
        is_earlier = promise.stopped_at is None and promise.due_at > at
        if is_earlier and (standing is None or promise.due_at < standing.due_at):
            _promise_for_both(session, into, promise, by=by, at=at)
        elif not is_earlier and promise.stopped_at is None:
            promise.broken_at = promise.due_at
        record(
            session, appeal, "promise.carried_over", actor=Actor.staff(by.id), at=at,
            promise_id=promise.id, kind=promise.kind, number=into.number,
            due_at=promise.due_at.isoformat(),
        )  # fmt: skip


def _promise_for_both(
    session: Session, into: Appeal, promise: Promise, *, by: StaffMember, at: datetime
) -> None:
    due = Due(promise.due_at, promise.calendar_id, dict(promise.explanation))
    promise_until(
        session, into, promise.kind, due=due, actor=Actor.staff(by.id), at=at,
        staff_id=into.responsible_id,
    )  # fmt: skip


def _leave_incident(session: Session, appeal: Appeal) -> None:
    """It hears through what it goes on as; twice would be once too often."""
    if appeal.incident_id is None:
        return
    follower = session.scalar(
        select(IncidentFollower).where(
            IncidentFollower.incident_id == appeal.incident_id,
            IncidentFollower.appeal_id == appeal.id,
        )
    )
    if follower is not None:
        follower.is_following = False
    appeal.incident_id = None


def _tell_where(
    session: Session, appeal: Appeal, into: Appeal, *, key: str, by: StaffMember, at: datetime
) -> None:
    language = appeal.conversation.language
    _ = voice_of(appeal.conversation)
    if is_same_owner(appeal, into):
        text = _("{number} is the same as {other}: I go on with it there. {promise}")
    else:
        text = _(
            "{number}: others have reported the same, and I deal with it for all of you together. You go on hearing of"
            " it here, and I ask you when it is done. {promise}"
        )
    promise = find_open_promise(session, into.id, "resolution")
    is_running = promise is not None and promise.stopped_at is None
    said = format_promise(into, promise, at=at, language=language) if is_running and promise else ""
    words = text.format(number=appeal.number, other=into.number, promise=said).strip()
    outbox.send(
        session,
        appeal.conversation,
        f"{words} — {by.name}",
        key=key,
        at=at,
        appeal=appeal,
        staff_id=by.id,
    )


def link_appeals(
    session: Session,
    appeal: Appeal,
    other: Appeal,
    *,
    by: StaffMember,
    at: datetime,
    kind: str = "related",
) -> None:
    """Two appeals that belong together; owners hear nothing of it. Linked again, nothing changes. Raises SameAppeal."""
    if appeal.id == other.id or appeal.project_id != other.project_id:
        raise SameAppeal
    first, second = sorted((appeal.id, other.id), reverse=True)
    new = session.scalar(
        insert(AppealLink)
        .values(appeal_id=first, other_id=second, kind=kind, made_at=at, staff_id=by.id)
        .on_conflict_do_nothing(index_elements=["appeal_id", "other_id", "kind"])
        .returning(AppealLink.id)
    )
    if new is None or kind != "related":
        return
    for one, two in ((appeal, other), (other, appeal)):
        record(
            session, one, "appeal.linked", actor=Actor.staff(by.id), at=at, other_id=two.id,
            number=two.number,
        )  # fmt: skip
