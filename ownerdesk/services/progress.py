"""The work on an appeal: accepted, dispatched, on the way, arrived, deferred, resolved (S3, S5).

Every step asks the transition table, records its fact, and edits the owner's card. A message of its own is sent
where the owner has to know now: somebody is coming, somebody is at the door, a date changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Department, StaffMember
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.appeals import find_open_promise
from ownerdesk.rules.appeals import AppealAction, next_state
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.refusals import InThePast, MissingText, StaffNotFound, TooLong
from ownerdesk.services.alarms import end_alarm
from ownerdesk.services.cards import closing_buttons, refresh_card
from ownerdesk.services.coming import tell_arrived, tell_on_the_way
from ownerdesk.services.events import BOT, Actor, record
from ownerdesk.services.jobs import (
    CLOSE_IN_SILENCE,
    DISPATCH_BY_RULES,
    END_DEFERRAL,
    REMIND_TO_CONFIRM,
    enqueue,
)
from ownerdesk.services.offers import offer, offer_support, warn_of_block, withdraw_offers
from ownerdesk.services.owner_news import Write, tell_owners
from ownerdesk.services.promises import (
    due_from_now,
    keep_promise,
    make_promise,
    note_update,
    start_clocks,
    stop_clocks,
)
from ownerdesk.services.search import index_text
from ownerdesk.texts import Translate, format_when, pick

MAX_REASON = 500
MAX_RESOLUTION = 2000


def accept_appeal(session: Session, appeal: Appeal, *, by: StaffMember, at: datetime) -> None:
    """A person takes it on and is responsible from now (S8). Raises WrongState."""
    appeal.state = next_state(appeal.state, AppealAction.ACCEPT)
    _take_on(session, appeal, by=by, at=at)
    record(session, appeal, "appeal.accepted", actor=Actor.staff(by.id), at=at)
    refresh_card(session, appeal, at=at)
    _tell_emergency_accepted(session, appeal, by=by, at=at)
    if appeal.severity == "emergency":
        # In a job of its own: whoever accepts has said so, whatever becomes of the rules.
        enqueue(session, DISPATCH_BY_RULES, appeal_id=appeal.id)


def _tell_emergency_accepted(
    session: Session, appeal: Appeal, *, by: StaffMember, at: datetime
) -> None:
    if appeal.severity == "emergency":
        _push(
            session,
            appeal,
            lambda heard, _: _("{name} has taken on your emergency {number}.").format(
                name=by.name, number=heard.number
            ),
            "accepted",
            at=at,
        )
        end_alarm(session, appeal, by=by, at=at)


def _take_on(session: Session, appeal: Appeal, *, by: StaffMember, at: datetime) -> None:
    appeal.accepted_at = at
    _make_responsible(session, appeal, by)
    keep_promise(session, appeal, "acceptance", at=at)
    note_update(session, appeal, at=at, by_person=True)
    start_clocks(session, appeal, at=at)  # they may have stood still while it was put off
    promise = find_open_promise(session, appeal.id, "resolution")
    if promise is None:
        due_at = due_from_now(appeal, at=at)
        make_promise(session, appeal, "resolution", due_at=due_at, actor=Actor.staff(by.id), at=at)
    else:
        promise.staff_id = by.id  # the time stands, and whoever takes the appeal on stands for it


def _make_responsible(session: Session, appeal: Appeal, member: StaffMember) -> None:
    appeal.responsible_id = member.id
    session.flush()
    session.refresh(appeal, ["responsible", "operator", "department"])


def dispatch_appeal(
    session: Session,
    appeal: Appeal,
    *,
    department: Department,
    operator: StaffMember | None,
    by: StaffMember | None,
    at: datetime,
    supporting: Sequence[Department] = (),
) -> None:
    """Send the work to a department and, if named, to one operator (S4). The centre stays responsible.

    Whoever has a chat is offered the job there, and is shown to the owner once they have accepted it; others are
    told by other means. `by` is None where a rule sends it. A job that is out already is taken back.
    Raises WrongState, and StaffNotFound when department or operator do not belong to the project.
    """
    if any(d.project_id != appeal.project_id for d in (department, *supporting)):
        raise StaffNotFound
    if operator is not None and not _works_in(operator, department):
        raise StaffNotFound
    was_received = appeal.state == AppealState.RECEIVED
    was_deferred = appeal.state == AppealState.DEFERRED
    appeal.state = next_state(appeal.state, AppealAction.DISPATCH)
    if by is not None and (was_received or was_deferred):
        _take_on(session, appeal, by=by, at=at)
    withdraw_offers(session, appeal, at=at)
    appeal.department_id = department.id
    appeal.operator_id = operator.id if operator else None
    appeal.on_the_way_at = appeal.arrived_at = None
    appeal.deferred_until = appeal.deferred_reason = None
    session.flush()
    record(
        session,
        appeal,
        "appeal.dispatched",
        actor=Actor.staff(by.id) if by else BOT,
        at=at,
        department_id=department.id,
        operator_id=appeal.operator_id,
    )
    session.flush()
    if offer(session, appeal, department, operator, role="lead", at=at) is not None:
        appeal.operator_id = None
    elif by is not None and operator is not None:
        warn_of_block(session, appeal, operator, by=by, at=at)
    for other in supporting:
        offer_support(session, appeal, other, None, at=at)
    session.flush()
    session.refresh(appeal, ["operator", "department"])
    refresh_card(session, appeal, at=at)
    if was_received and by is not None:
        _tell_emergency_accepted(session, appeal, by=by, at=at)


def _works_in(operator: StaffMember, department: Department) -> bool:
    return department.head_id == operator.id or department.id in {
        role.department_id for role in operator.roles
    }


def set_out(session: Session, appeal: Appeal, *, by: Actor, at: datetime) -> None:
    """Somebody is on the way. Raises WrongState."""
    appeal.state = next_state(appeal.state, AppealAction.SET_OUT)
    if appeal.on_the_way_at is not None:
        return
    appeal.on_the_way_at = at
    session.flush()
    note_update(session, appeal, at=at)
    record(session, appeal, "operator.set_out", actor=by, at=at)
    refresh_card(session, appeal, at=at)
    tell_on_the_way(session, appeal, _name_worker(appeal), who=_worker(appeal), at=at)


def arrive(session: Session, appeal: Appeal, *, by: Actor, at: datetime) -> None:
    """Somebody is there and work begins. Raises WrongState."""
    appeal.state = next_state(appeal.state, AppealAction.ARRIVE)
    appeal.arrived_at = at
    session.flush()
    keep_promise(session, appeal, "arrival", at=at)
    note_update(session, appeal, at=at)
    record(session, appeal, "operator.arrived", actor=by, at=at)
    refresh_card(session, appeal, at=at)
    tell_arrived(
        session, appeal, _name_worker(appeal), who=_worker(appeal),
        set_out_at=appeal.on_the_way_at, at=at,
    )  # fmt: skip


def defer_appeal(
    session: Session, appeal: Appeal, *, until: datetime, reason: str, by: Actor, at: datetime
) -> None:
    """Put it off to a date, with a reason the owner reads. Raises WrongState, InThePast, MissingText."""
    reason = check_text("reason", reason, MAX_REASON)
    if until <= at:
        raise InThePast
    appeal.state = next_state(appeal.state, AppealAction.DEFER)
    appeal.deferred_until, appeal.deferred_reason, appeal.next_due_at = until, reason, until
    withdraw_offers(session, appeal, at=at)
    note_update(session, appeal, at=at, by_person=True)
    stop_clocks(session, appeal, reason="deferred", at=at)
    appeal.asked_owner_at = None
    session.flush()
    event = record(
        session, appeal, "appeal.deferred", actor=by, at=at, until=until.isoformat(), reason=reason
    )
    session.flush()
    enqueue(session, END_DEFERRAL, at=until, appeal_id=appeal.id, event_id=event.id)
    refresh_card(session, appeal, at=at)

    def write(heard: Appeal, _: Translate) -> str:
        language = heard.conversation.language
        when = format_when(until, timezone=appeal.project.timezone, language=language, now=at)
        return _("{number} is postponed until {when}: {reason}").format(
            number=heard.number, when=when, reason=reason
        )

    _push(session, appeal, write, "deferred", at=at)


def end_deferral(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """The return date has come: the same responsible person has it again, with a new promise. An appeal that
    moved on meanwhile, or was put off to a later date, is left alone."""
    if appeal.state != AppealState.DEFERRED or (appeal.deferred_until or at) > at:
        return
    appeal.state = next_state(appeal.state, AppealAction.RESUME)
    appeal.deferred_until = appeal.deferred_reason = None
    session.flush()
    record(session, appeal, "appeal.resumed", actor=BOT, at=at)
    start_clocks(session, appeal, at=at)
    if find_open_promise(session, appeal.id, "resolution") is None:
        due_at = due_from_now(appeal, at=at)
        make_promise(session, appeal, "resolution", due_at=due_at, actor=BOT, at=at)
    note_update(session, appeal, at=at)
    refresh_card(session, appeal, at=at)
    _push(
        session,
        appeal,
        lambda heard, _: _("{number}: I am going on with this today.").format(number=heard.number),
        "resumed",
        at=at,
        can_wait=True,
    )


def resolve_appeal(
    session: Session, appeal: Appeal, *, resolution: str, by: Actor, at: datetime
) -> None:
    """Say what was done, and ask the owner whether it is solved (S6); the owners of what was merged into it too.
    Raises WrongState, MissingText."""
    resolution = check_text("resolution", resolution, MAX_RESOLUTION)
    appeal.state = next_state(appeal.state, AppealAction.RESOLVE)
    finish(session, appeal, resolution=resolution, by=by, at=at)
    tell_owners(
        session,
        appeal,
        lambda heard, _: _("{number} is done: {what}\n\nIs it solved for you?").format(
            number=heard.number, what=resolution
        ),
        key=f"solved?:{appeal.id}:{appeal.reopened}",
        at=at,
        offer=closing_buttons,
        can_wait=appeal.severity != "emergency",
    )


def finish(session: Session, appeal: Appeal, *, resolution: str, by: Actor, at: datetime) -> None:
    """What resolving and answering share: the promise is kept, and the silence rule's clocks start."""
    policy = Policy.of(appeal.project.settings)
    appeal.resolution, appeal.resolved_at = resolution, at
    index_text(session, appeal.id, resolution)
    keep_promise(session, appeal, "resolution", at=at)
    withdraw_offers(session, appeal, at=at)
    appeal.asked_owner_at = None
    remind_at, close_at = silence_times(policy, at)
    appeal.next_due_at = remind_at
    session.flush()
    more = {name: getattr(appeal, name) for name in ("cause", "parts") if getattr(appeal, name)}
    event = record(
        session, appeal, "appeal.resolved", actor=by, at=at, resolution=resolution, **more
    )
    session.flush()
    for task, when in ((REMIND_TO_CONFIRM, remind_at), (CLOSE_IN_SILENCE, close_at)):
        enqueue(session, task, at=when, appeal_id=appeal.id, event_id=event.id)
    refresh_card(session, appeal, at=at)


def silence_times(policy: Policy, resolved_at: datetime) -> tuple[datetime, datetime]:
    """When the owner is reminded, and when silence closes (S6)."""
    return (
        resolved_at + timedelta(hours=policy.reminder_hours),
        resolved_at + timedelta(hours=policy.silence_hours),
    )


def check_text(field: str, text: str, limit: int) -> str:
    """The text without space around it. Raises MissingText or TooLong."""
    text = text.strip()
    if not text:
        raise MissingText(field)
    if len(text) > limit:
        raise TooLong(field, limit)
    return text


def _worker(appeal: Appeal) -> str:
    """Tells one who comes from another."""
    return f"staff{appeal.operator_id}" if appeal.operator_id else f"team{appeal.department_id}"


def _name_worker(appeal: Appeal) -> Callable[[str], str]:
    """Who comes, by language."""

    def name(language: str) -> str:
        if appeal.operator is not None:
            return appeal.operator.name
        if appeal.department is not None:
            return pick(appeal.department.names, language)
        return appeal.responsible.name if appeal.responsible else ""

    return name


def _push(
    session: Session,
    appeal: Appeal,
    write: Write,
    step: str,
    *,
    at: datetime,
    can_wait: bool = False,
) -> None:
    """Tell the owners of a step. The key holds the event's time, so that a repeated call sends nothing new.

    Owners may switch such pushes off; the card shows the step all the same.
    """
    key = f"{step}:{appeal.id}:{at.isoformat()}"
    tell_owners(session, appeal, write, key=key, at=at, can_wait=can_wait, is_push=True)
