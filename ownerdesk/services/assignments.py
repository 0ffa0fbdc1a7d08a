"""Jobs in the hands of operators: accepted, declined, on the way, there, done, in need of help, or passed on.

Each press is a fact of the appeal, and the leading part moves the appeal itself, so that its owner sees every step
(S3). `ownerdesk.services.offers` offers them. Everything here wants the assignment locked, as
`queries.assignments.get_assignment` gives it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Assignment, Conversation, Department, StaffMember
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.assignments import get_assignment, list_open_assignments, list_round
from ownerdesk.queries.staff import list_supervisors
from ownerdesk.rules.appeals import AppealAction, is_allowed, is_worked_on
from ownerdesk.rules.assignments import JobAction, next_job_state
from ownerdesk.rules.refusals import JobOver, JobTaken, NotFound, WrongState
from ownerdesk.services import progress
from ownerdesk.services.cards import refresh_card
from ownerdesk.services.coming import tell_arrived, tell_on_the_way
from ownerdesk.services.events import BOT, Actor, record
from ownerdesk.services.job_cards import refresh_job_cards, refresh_jobs, send_job_card
from ownerdesk.services.notices import find_staff_chat, tell_staff
from ownerdesk.services.offers import offer_to_next
from ownerdesk.services.progress import MAX_REASON, MAX_RESOLUTION, check_text
from ownerdesk.services.promises import keep_promise
from ownerdesk.texts import pick, translator

BLOCKED = "blocked"


def accept_job(session: Session, assignment: Assignment, *, by: StaffMember, at: datetime) -> None:
    """Take a job; one offered to a group belongs to whoever is first. Taking one's own again changes nothing.

    Raises JobTaken with the name of whoever has it, JobOver, WrongState, and NotFound for somebody who was not asked.
    """
    _check_asked(assignment, by)
    if assignment.operator_id == by.id and assignment.state in (
        "accepted",
        "on_the_way",
        "arrived",
    ):
        return
    _check_worked_on(assignment.appeal)
    was_for_all = assignment.operator_id is None
    assignment.state = next_job_state(assignment.state, JobAction.ACCEPT)
    assignment.operator_id, assignment.accepted_at = by.id, at
    session.flush()
    session.refresh(assignment, ["operator"])
    appeal = assignment.appeal
    if assignment.role == "lead":
        appeal.operator_id = by.id
        appeal.accepted_at = appeal.accepted_at or at
        session.flush()
        session.refresh(appeal, ["operator"])
        keep_promise(session, appeal, "acceptance", at=at)
        keep_promise(session, appeal, "first_answer", at=at)  # a person has it, whoever sent it
    record(
        session,
        assignment.appeal,
        "job.accepted",
        actor=Actor.staff(by.id),
        at=at,
        **_part(assignment),
    )
    chat = find_staff_chat(session, by.id)
    if was_for_all and chat is not None:
        send_job_card(session, assignment, chat, at=at)
    _show(session, assignment, at=at)


def _check_asked(assignment: Assignment, by: StaffMember) -> None:
    if assignment.operator_id == by.id:
        return
    is_colleague = by.id == assignment.department.head_id or assignment.department_id in {
        role.department_id for role in by.roles
    }
    if not is_colleague:
        raise NotFound
    if assignment.operator is not None:
        raise JobTaken(assignment.operator.name)


def _check_own(assignment: Assignment, by: StaffMember) -> None:
    if assignment.operator_id != by.id:
        raise NotFound


def _check_worked_on(appeal: Appeal) -> None:
    if not is_worked_on(appeal.state):
        raise WrongState(state=appeal.state, action="job")


def _part(assignment: Assignment) -> dict[str, Any]:
    """Which part of the appeal a fact is about."""
    return {
        "assignment_id": assignment.id,
        "department_id": assignment.department_id,
        "role": assignment.role,
    }


def _show(session: Session, assignment: Assignment, *, at: datetime) -> None:
    """Operator, colleagues and owner see the step."""
    session.flush()
    refresh_job_cards(session, assignment, at=at)
    refresh_jobs(session, assignment.appeal, at=at)
    refresh_card(session, assignment.appeal, at=at)


def decline_job(
    session: Session, assignment: Assignment, *, reason: str, by: StaffMember, at: datetime
) -> None:
    """Not this one, for a reason; the next is asked at once. Raises JobOver, MissingText, NotFound."""
    _check_own(assignment, by)
    if assignment.state == "declined":
        return
    reason = check_text("reason", reason, MAX_REASON)
    assignment.state = next_job_state(assignment.state, JobAction.DECLINE)
    _end(session, assignment, reason, at=at)
    record(
        session,
        assignment.appeal,
        "job.declined",
        actor=Actor.staff(by.id),
        at=at,
        **_part(assignment),
        reason=reason,
    )
    _pass_on(session, assignment, at=at)


def _end(session: Session, assignment: Assignment, reason: str, *, at: datetime) -> None:
    assignment.ended_at, assignment.reason = at, reason
    appeal = assignment.appeal
    if assignment.role == "lead" and appeal.operator_id is not None:
        appeal.operator_id = appeal.on_the_way_at = None
        session.flush()
        session.refresh(appeal, ["operator"])
    session.flush()


def _pass_on(session: Session, assignment: Assignment, *, at: datetime) -> None:
    appeal = assignment.appeal
    if is_worked_on(appeal.state):
        offer_to_next(session, appeal, assignment.department, role=assignment.role, at=at)
    _show(session, assignment, at=at)


def expire_offer(session: Session, assignment_id: int, *, at: datetime) -> None:
    """The time to answer is over. Called early, late or twice, it does what is still to be done, once."""
    assignment = get_assignment(session, assignment_id)
    if assignment.state != "offered" or assignment.respond_by is None:
        return
    if at < assignment.respond_by:
        return
    _expire(session, assignment, "", at=at)


def _expire(session: Session, assignment: Assignment, reason: str, *, at: datetime) -> None:
    assignment.state = next_job_state(assignment.state, JobAction.EXPIRE)
    _end(session, assignment, reason, at=at)
    record(
        session, assignment.appeal, "job.expired", actor=BOT, at=at, assignment_id=assignment.id,
        department_id=assignment.department_id, operator_id=assignment.operator_id, reason=reason,
    )  # fmt: skip
    _pass_on(session, assignment, at=at)


def pass_on_jobs(session: Session, conversation_id: int, *, at: datetime) -> None:
    """The chat has blocked the bot: what was offered in it goes to the next at once; of what its holder
    has accepted, the responsible person is told. A chat that is back meanwhile keeps its jobs."""
    chat = session.get_one(Conversation, conversation_id)
    if chat.blocked_at is None:
        return
    for assignment_id, operator_id in _list_jobs_in(session, chat):
        assignment = get_assignment(session, assignment_id)
        if assignment.operator_id != operator_id:
            continue
        if assignment.state == "offered":
            _expire(session, assignment, BLOCKED, at=at)
        elif assignment.operator is not None and assignment.state != "done":
            _tell_of_block(session, assignment, assignment.operator, at=at)


def _list_jobs_in(session: Session, chat: Conversation) -> list[tuple[int, int | None]]:
    query = select(Assignment.id, Assignment.operator_id).where(
        Assignment.state.in_(("offered", "accepted", "on_the_way", "arrived"))
    )
    if chat.kind == "department":
        query = query.where(
            Assignment.department_id == chat.department_id, Assignment.operator_id.is_(None)
        )
    else:
        query = query.where(Assignment.operator_id == chat.staff_id)
    return [(row.id, row.operator_id) for row in session.execute(query.order_by(Assignment.id))]


def _tell_of_block(
    session: Session, assignment: Assignment, operator: StaffMember, *, at: datetime
) -> None:
    appeal = assignment.appeal
    for member in _list_responsible(session, appeal):
        _ = translator(member.language)
        words = _("{name} has blocked the bot and has {number}: please call.").format(
            name=operator.name, number=appeal.number
        )
        tell_staff(
            session, member, words, topic="operator.blocked", key=f"blocked:{assignment.id}", at=at,
            appeal=appeal,
        )  # fmt: skip


def _list_responsible(session: Session, appeal: Appeal) -> list[StaffMember]:
    """Whoever answers for the appeal; without anybody, its managers."""
    if appeal.responsible is not None:
        return [appeal.responsible]
    return list_supervisors(session, appeal.project)


def set_out(session: Session, assignment: Assignment, *, by: StaffMember, at: datetime) -> None:
    """On the way. Pressed twice it is one step. Raises JobOver, WrongState, NotFound."""
    if not _begin_step(assignment, JobAction.SET_OUT, "on_the_way", by=by):
        return
    assignment.on_the_way_at = at
    appeal = assignment.appeal
    if assignment.role == "lead" and is_allowed(appeal.state, AppealAction.SET_OUT):
        progress.set_out(session, appeal, by=Actor.staff(by.id), at=at)
    else:
        _record_step(session, assignment, "job.set_out", by=by, at=at)
        if not _is_known(assignment):
            tell_on_the_way(session, appeal, lambda _: by.name, who=f"staff{by.id}", at=at)
    _show(session, assignment, at=at)


def arrive(session: Session, assignment: Assignment, *, by: StaffMember, at: datetime) -> None:
    """At the place. Pressed twice it is one step. Raises JobOver, WrongState, NotFound."""
    if not _begin_step(assignment, JobAction.ARRIVE, "arrived", by=by):
        return
    assignment.arrived_at = at
    appeal = assignment.appeal
    if assignment.role == "lead" and is_allowed(appeal.state, AppealAction.ARRIVE):
        progress.arrive(session, appeal, by=Actor.staff(by.id), at=at)
    else:
        _record_step(session, assignment, "job.arrived", by=by, at=at)
        if not _is_known(assignment):
            tell_arrived(
                session, appeal, lambda _: by.name, who=f"staff{by.id}",
                set_out_at=assignment.on_the_way_at, at=at,
            )  # fmt: skip
    _show(session, assignment, at=at)


def _begin_step(
    assignment: Assignment, action: JobAction, reached: str, *, by: StaffMember
) -> bool:
    """Move a job one step on, by whoever has it; says whether it was not there already."""
    _check_own(assignment, by)
    if assignment.state == reached:
        return False
    _check_worked_on(assignment.appeal)
    assignment.state = next_job_state(assignment.state, action)
    return True


def _record_step(
    session: Session, assignment: Assignment, name: str, *, by: StaffMember, at: datetime
) -> None:
    actor = Actor.staff(by.id)
    record(session, assignment.appeal, name, actor=actor, at=at, **_part(assignment))


def _is_known(assignment: Assignment) -> bool:
    """A step that the desk has entered already; those of a supporting part are news."""
    return assignment.role == "lead" and assignment.appeal.arrived_at is not None


def check_unfinished(assignment: Assignment, *, by: StaffMember) -> None:
    """Before the operator is asked what was done. Raises JobOver, WrongState, NotFound."""
    _check_own(assignment, by)
    next_job_state(assignment.state, JobAction.FINISH)
    _check_worked_on(assignment.appeal)


def finish_job(
    session: Session,
    assignment: Assignment,
    *,
    done: str,
    by: StaffMember,
    at: datetime,
    parts: str = "",
) -> bool:
    """Done, and what was done. With the last part the appeal is resolved and its owner asked (S6); says whether it
    was. Raises JobOver, WrongState, MissingText, TooLong, NotFound."""
    _check_own(assignment, by)
    next_job_state(assignment.state, JobAction.FINISH)
    _check_worked_on(assignment.appeal)
    done = check_text("resolution", done, MAX_RESOLUTION)
    assignment.state = next_job_state(assignment.state, JobAction.FINISH)
    assignment.ended_at, assignment.done = at, done
    assignment.parts = parts.strip() or None
    session.flush()
    record(
        session,
        assignment.appeal,
        "job.done",
        actor=Actor.staff(by.id),
        at=at,
        **_part(assignment),
        done=done,
    )
    is_resolved = _is_all_done(session, assignment.appeal)
    if is_resolved:
        _resolve(session, assignment, by=by, at=at)
    _show(session, assignment, at=at)
    return is_resolved


def _is_all_done(session: Session, appeal: Appeal) -> bool:
    """Every department that was sent has done its part or was taken back, the leading one done."""
    latest = {row.department_id: row for row in list_round(session, appeal.id)}
    lead = [row for row in latest.values() if row.role == "lead"]
    return any(row.state == "done" for row in lead) and all(
        row.state in ("done", "withdrawn") for row in latest.values()
    )


def say_all_done(
    session: Session, assignment: Assignment, *, by: StaffMember, at: datetime
) -> None:
    """Whoever led says that the whole is done, whatever others still have: their parts are taken back. Pressed
    again it changes nothing. Raises JobOver, NotFound."""
    _check_own(assignment, by)
    if assignment.role != "lead" or assignment.state != "done":
        raise JobOver(assignment.state)
    if not is_worked_on(assignment.appeal.state):
        return
    _resolve(session, assignment, by=by, at=at)
    _show(session, assignment, at=at)


def _resolve(session: Session, assignment: Assignment, *, by: StaffMember, at: datetime) -> None:
    """What the owner reads: the leading part's words, then the others'."""
    appeal = assignment.appeal
    rows = [row for row in list_round(session, appeal.id) if row.state == "done" and row.done]
    rows.sort(key=lambda row: (row.role != "lead", row.id))
    words = "\n".join(dict.fromkeys(str(row.done) for row in rows))[:MAX_RESOLUTION]
    if appeal.state == AppealState.RECEIVED:
        raise WrongState(state=appeal.state, action="job")
    progress.resolve_appeal(session, appeal, resolution=words, by=Actor.staff(by.id), at=at)


def name_parts(
    session: Session, assignment: Assignment, parts: str, *, by: StaffMember, at: datetime
) -> None:
    """Which parts were used; for the company, not for the owner. Raises NotFound, MissingText, TooLong."""
    _check_own(assignment, by)
    assignment.parts = check_text("parts", parts, MAX_REASON)
    record(
        session,
        assignment.appeal,
        "job.parts_named",
        actor=Actor.staff(by.id),
        at=at,
        **_part(assignment),
        parts=assignment.parts,
    )
    session.flush()


def ask_for_help(
    session: Session, assignment: Assignment, *, by: StaffMember, key: str, at: datetime
) -> list[StaffMember]:
    """Call whoever is responsible, and the head of the department. `key` tells a repeated delivery from a new call.

    Returns who was told. Raises JobOver, NotFound.
    """
    _check_own(assignment, by)
    next_job_state(assignment.state, JobAction.ASK_FOR_HELP)
    appeal = assignment.appeal
    told = {member.id: member for member in _list_responsible(session, appeal)}
    department = session.get_one(Department, assignment.department_id)
    if department.head_id is not None:
        told[department.head_id] = session.get_one(StaffMember, department.head_id)
    told.pop(by.id, None)
    if not told:
        told = {m.id: m for m in list_supervisors(session, appeal.project) if m.id != by.id}
    record(
        session,
        assignment.appeal,
        "job.help_asked",
        actor=Actor.staff(by.id),
        at=at,
        **_part(assignment),
    )
    for member in told.values():
        _ = translator(member.language)
        words = _("{name} needs help with {number}: {place} ({department})").format(
            name=by.name,
            number=appeal.number,
            place=appeal.place,
            department=pick(department.names, member.language),
        )
        tell_staff(
            session, member, words, topic="job.help", key=f"help:{assignment.id}:{key}", at=at,
            appeal=appeal,
        )  # fmt: skip
    return list(told.values())


def has_open_parts(session: Session, appeal: Appeal) -> bool:
    return bool(list_open_assignments(session, appeal.id))
