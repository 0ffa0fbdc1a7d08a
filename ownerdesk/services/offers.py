"""Offers: a part of an appeal is offered to one operator or to a department's group, and goes on to the next when
it is not taken: everybody on duty, then the head, then the managers hear of it."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    Assignment,
    Conversation,
    Department,
    DispatchRule,
    StaffMember,
)
from ownerdesk.queries.assignments import (
    find_group_chat,
    list_candidates,
    list_dispatch_rules,
    list_open_assignments,
    list_round,
)
from ownerdesk.queries.staff import list_supervisors
from ownerdesk.rules.appeals import is_worked_on
from ownerdesk.rules.assignments import JobAction, next_job_state
from ownerdesk.rules.dispatch import Case, choose_rule, rank
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.refusals import StaffNotFound, WrongState
from ownerdesk.services import outbox
from ownerdesk.services.events import BOT, record
from ownerdesk.services.job_cards import refresh_job_cards, send_job_card
from ownerdesk.services.jobs import CHECK_OFFER, enqueue
from ownerdesk.services.notices import find_staff_chat, tell_staff
from ownerdesk.texts import pick, supported, translator

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Whom:
    """Who is asked next, in which chat; without an operator it is the department's group."""

    chat: Conversation
    operator: StaffMember | None


def offer(
    session: Session,
    appeal: Appeal,
    department: Department,
    operator: StaffMember | None,
    *,
    role: str,
    at: datetime,
) -> Assignment | None:
    """Offer a department's part to an operator; without one to its group, else to whoever is on duty.

    A part that is out already stays where it is. None where nobody has a chat to offer it in: then staff tell
    them by other means, as they always could.
    """
    for running in list_open_assignments(session, appeal.id):
        if running.department_id == department.id:
            return running
    whom = (
        find_whom(session, appeal, department, asked=(), group_first=True, at=at)
        if operator is None
        else _reach(session, operator)
    )
    return None if whom is None else _send_offer(session, appeal, department, whom, role, at=at)


def _send_offer(
    session: Session, appeal: Appeal, department: Department, whom: Whom, role: str, *, at: datetime
) -> Assignment:
    policy = Policy.of(appeal.project.settings)
    minutes = policy.offer_minutes
    if appeal.severity == "emergency":
        minutes = min(minutes, policy.emergency_accept_minutes)
    assignment = Assignment(
        appeal=appeal,
        department=department,
        operator=whom.operator,
        role=role,
        state="offered",
        offered_at=at,
        respond_by=at + timedelta(minutes=minutes),
    )
    session.add(assignment)
    session.flush()
    record(
        session, appeal, "job.offered", actor=BOT, at=at, assignment_id=assignment.id,
        department_id=department.id, operator_id=assignment.operator_id, role=role,
    )  # fmt: skip
    enqueue(session, CHECK_OFFER, at=assignment.respond_by, assignment_id=assignment.id)
    send_job_card(session, assignment, whom.chat, at=at)
    return assignment


def find_rule(session: Session, appeal: Appeal, *, at: datetime) -> DispatchRule | None:
    """The project's rule for an appeal that comes at this time."""
    case = Case(
        category=appeal.category,
        severity=appeal.severity,
        language=supported(appeal.conversation.language),
        local=at.astimezone(ZoneInfo(appeal.project.timezone)),
    )
    return choose_rule(list_dispatch_rules(session, appeal.project_id), case)


def find_whom(
    session: Session,
    appeal: Appeal,
    department: Department,
    *,
    asked: Collection[int | None],
    at: datetime,
    group_first: bool = False,
) -> Whom | None:
    """Who is asked next. `asked` holds who was asked already, None among them for the group."""
    operator, group = (
        _next_operator(session, appeal, department, asked, at=at),
        _find_group(session, department, asked),
    )
    if group_first:
        operator, group = group, operator
    if operator or group:
        return operator or group
    if department.head_id is None or department.head_id in asked:
        return None
    head = session.get_one(StaffMember, department.head_id)
    return _reach(session, head) if head.is_active else None


def _next_operator(
    session: Session,
    appeal: Appeal,
    department: Department,
    asked: Collection[int | None],
    *,
    at: datetime,
) -> Whom | None:
    rule = find_rule(session, appeal, at=at)
    skill = rule.skill if rule is not None and rule.department_id == department.id else None
    language = supported(appeal.conversation.language)
    for candidate in rank(
        list_candidates(session, department, at=at), skill=skill, language=language
    ):
        if candidate.staff_id not in asked:
            return _reach(session, session.get_one(StaffMember, candidate.staff_id))
    return None


def _find_group(
    session: Session, department: Department, asked: Collection[int | None]
) -> Whom | None:
    group = find_group_chat(session, department.id)
    if group is None or group.blocked_at is not None or None in asked:
        return None
    return Whom(group, None)


def _reach(session: Session, member: StaffMember) -> Whom | None:
    chat = find_staff_chat(session, member.id)
    return None if chat is None or chat.blocked_at is not None else Whom(chat, member)


def offer_support(
    session: Session,
    appeal: Appeal,
    department: Department,
    operator: StaffMember | None,
    *,
    at: datetime,
) -> None:
    """A supporting department's part. One that nobody can be offered is told of: else it would be forgotten.

    Raises StaffNotFound for another project's department or operator.
    """
    if department.project_id != appeal.project_id:
        raise StaffNotFound
    if operator is not None and department.id not in {r.department_id for r in operator.roles}:
        raise StaffNotFound
    if not is_worked_on(appeal.state):
        raise WrongState(state=appeal.state, action="support")
    if offer(session, appeal, department, operator, role="support", at=at) is None:
        say_nobody_takes(session, appeal, department, at=at)


def warn_of_block(
    session: Session, appeal: Appeal, operator: StaffMember, *, by: StaffMember, at: datetime
) -> None:
    """Whoever sends a job to somebody who has blocked the bot has to tell them in another way."""
    chat = find_staff_chat(session, operator.id)
    if chat is None or chat.blocked_at is None:
        return
    _ = translator(by.language)
    words = _("{name} has blocked the bot and does not see {number}: please call.").format(
        name=operator.name, number=appeal.number
    )
    key = f"blocked:{appeal.id}:{at.isoformat()}"
    tell_staff(session, by, words, topic="operator.blocked", key=key, at=at, appeal=appeal)


def offer_to_next(
    session: Session, appeal: Appeal, department: Department, *, role: str, at: datetime
) -> Assignment | None:
    """Offer it to whoever has not been asked since the latest dispatch. With nobody left, the head, the managers and
    the responsible person are told that it is theirs to send somebody."""
    asked = {
        row.operator_id
        for row in list_round(session, appeal.id)
        if row.department_id == department.id
    }
    whom = find_whom(session, appeal, department, asked=asked, at=at)
    if whom is not None:
        return _send_offer(session, appeal, department, whom, role, at=at)
    say_nobody_takes(session, appeal, department, at=at)
    return None


def say_nobody_takes(
    session: Session, appeal: Appeal, department: Department, *, at: datetime
) -> None:
    """The roster is empty or used up: never in silence."""
    event = record(session, appeal, "job.unclaimed", actor=BOT, at=at, department_id=department.id)
    session.flush()
    told: dict[int, StaffMember] = {}
    for staff_id in (department.head_id, appeal.responsible_id):
        if staff_id is not None:
            told[staff_id] = session.get_one(StaffMember, staff_id)
    told |= {member.id: member for member in list_supervisors(session, appeal.project)}
    if not told:
        logger.warning("appeal %s: nobody takes the job, and there is nobody to tell", appeal.id)
    for member in told.values():
        _ = translator(member.language)
        words = _(
            "{number}: nobody of {department} has taken the job. Please send somebody: {place}"
        ).format(
            number=appeal.number,
            department=pick(department.names, member.language),
            place=appeal.place or _("the place is not known yet"),
        )
        tell_staff(
            session, member, words, topic="job.unclaimed", key=f"unclaimed:{event.id}", at=at,
            appeal=appeal,
        )  # fmt: skip


def withdraw_offers(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """The appeal went another way: its jobs are taken back, and whoever had accepted one hears it."""
    for assignment in list_open_assignments(session, appeal.id):
        had_it = assignment.state != "offered"
        assignment.state = next_job_state(assignment.state, JobAction.WITHDRAW)
        assignment.ended_at = at
        session.flush()
        refresh_job_cards(session, assignment, at=at)
        chat = find_staff_chat(session, assignment.operator_id) if assignment.operator_id else None
        if had_it and chat is not None:
            _ = translator(chat.language)
            outbox.send(
                session,
                chat,
                _("{number} was taken back: there is nothing more to do for you there.").format(
                    number=appeal.number
                ),
                key=f"job_off:{assignment.id}",
                at=at,
                appeal=appeal,
            )
