"""Somebody leaves: all they answer for goes to a named successor, in one transaction, and owners hear the new name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    Assignment,
    Conversation,
    Department,
    Handoff,
    ReturnVisit,
    StaffMember,
)
from ownerdesk.model.dispatch import OPEN_ASSIGNMENT_STATES
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.queries.assignments import get_assignment
from ownerdesk.queries.staff import has_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.appeals import is_worked_on
from ownerdesk.rules.assignments import JobAction, next_job_state
from ownerdesk.rules.refusals import StaffNotFound
from ownerdesk.services.events import Actor, record
from ownerdesk.services.handovers import make_responsible
from ownerdesk.services.job_cards import refresh_job_cards
from ownerdesk.services.live import announce
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.offers import offer_to_next
from ownerdesk.texts import translator


def hand_over_all(
    session: Session, member: StaffMember, successor: StaffMember, *, by: StaffMember, at: datetime
) -> int:
    """Appeals, conversations, return visits and jobs. Nobody is asked: whoever runs the staff has decided. Returns how
    many appeals went over. Raises StaffNotFound for a successor who has no right in one of their projects."""
    handed = _hand_over_appeals(session, member, successor, by=by, at=at)
    _hand_over_conversations(session, member, successor)
    session.execute(
        update(ReturnVisit)
        .where(ReturnVisit.staff_id == member.id, ReturnVisit.ended_at.is_(None))
        .values(staff_id=successor.id)
    )
    session.execute(
        update(Department).where(Department.head_id == member.id).values(head_id=successor.id)
    )
    _pass_on_jobs(session, member, by=by, at=at)
    if handed:
        _ = translator(successor.language)
        words = _("{name} has left: {count} open appeals are yours now.").format(
            name=member.name, count=handed
        )
        tell_staff(
            session, successor, words, topic="staff.left", key=f"left:{member.id}:{at.isoformat()}",
            at=at,
        )  # fmt: skip
    return handed


def _hand_over_appeals(
    session: Session, member: StaffMember, successor: StaffMember, *, by: StaffMember, at: datetime
) -> int:
    ids = session.scalars(
        select(Appeal.id)
        .where(Appeal.responsible_id == member.id, Appeal.state.in_(OPEN_STATES))
        .order_by(Appeal.id)
    ).all()
    for appeal_id in ids:
        appeal = get_appeal(session, appeal_id)
        if not has_right(successor, appeal.project_id, Right.WORK_APPEALS):
            raise StaffNotFound
        event = record(
            session, appeal, "appeal.handed_over", actor=Actor.staff(by.id), at=at,
            before=member.id, after=successor.id,
        )  # fmt: skip
        session.flush()  # the number of the fact is part of the message's key
        make_responsible(session, appeal, successor, key=f"handed_over:{event.id}", at=at)
    return len(ids)


def _hand_over_conversations(session: Session, member: StaffMember, successor: StaffMember) -> None:
    held = session.scalars(
        select(Conversation).where(Conversation.assignee_id == member.id).with_for_update()
    ).all()
    for conversation in held:
        if not has_right(successor, conversation.project_id, Right.ANSWER_OWNERS):
            raise StaffNotFound
        conversation.assignee_id = successor.id
        session.execute(
            update(Handoff)
            .where(Handoff.conversation_id == conversation.id, Handoff.returned_at.is_(None))
            .values(accepted_by_id=successor.id)
        )
        announce(session, "conversation", conversation=conversation.id)
    session.flush()


def _pass_on_jobs(session: Session, member: StaffMember, *, by: StaffMember, at: datetime) -> None:
    """An operator's jobs are offered to the next of the department, as if they had been taken back."""
    ids = session.scalars(
        select(Assignment.id)
        .where(Assignment.operator_id == member.id, Assignment.state.in_(OPEN_ASSIGNMENT_STATES))
        .order_by(Assignment.id)
    ).all()
    for assignment_id in ids:
        assignment = get_assignment(session, assignment_id)
        appeal = assignment.appeal
        assignment.state = next_job_state(assignment.state, JobAction.WITHDRAW)
        assignment.ended_at = at
        if appeal.operator_id == member.id:
            appeal.operator_id = appeal.on_the_way_at = None
        session.flush()
        session.refresh(appeal, ["operator"])
        refresh_job_cards(session, assignment, at=at)
        record(
            session, appeal, "job.expired", actor=Actor.staff(by.id), at=at,
            assignment_id=assignment.id, department_id=assignment.department_id,
            operator_id=member.id, reason="",
        )  # fmt: skip
        if is_worked_on(appeal.state):
            offer_to_next(session, appeal, assignment.department, role=assignment.role, at=at)
