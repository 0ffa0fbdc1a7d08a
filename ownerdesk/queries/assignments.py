"""Jobs: who was asked, who has one, and who could be asked next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    AppealEvent,
    Assignment,
    Conversation,
    Department,
    DispatchRule,
    OutsideParty,
)
from ownerdesk.model.dispatch import OPEN_ASSIGNMENT_STATES
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.queries.content import list_offered
from ownerdesk.queries.staff import list_operators_on_duty
from ownerdesk.rules.dispatch import Candidate
from ownerdesk.rules.refusals import NotFound


def get_assignment(session: Session, assignment_id: int) -> Assignment:
    """Locked for change, its appeal first, as everything does that changes either. Raises NotFound."""
    appeal_id = session.scalar(select(Assignment.appeal_id).where(Assignment.id == assignment_id))
    if appeal_id is None:
        raise NotFound
    get_appeal(session, appeal_id)
    return session.get_one(Assignment, assignment_id, with_for_update=True, populate_existing=True)


def list_assignments(session: Session, appeal_id: int) -> Sequence[Assignment]:
    """Everybody who was ever asked, in order."""
    return session.scalars(
        select(Assignment).where(Assignment.appeal_id == appeal_id).order_by(Assignment.id)
    ).all()


def list_open_assignments(session: Session, appeal_id: int) -> Sequence[Assignment]:
    """The leading part first."""
    return session.scalars(
        select(Assignment)
        .where(Assignment.appeal_id == appeal_id, Assignment.state.in_(OPEN_ASSIGNMENT_STATES))
        .order_by(Assignment.role, Assignment.id)
    ).all()


def list_round(session: Session, appeal_id: int) -> Sequence[Assignment]:
    """What came of the latest dispatch: who was asked before it does not count any more."""
    since = session.scalar(
        select(func.max(AppealEvent.at)).where(
            AppealEvent.appeal_id == appeal_id,
            AppealEvent.name == "appeal.dispatched",
            AppealEvent.undone_at.is_(None),
        )
    )
    return [
        row
        for row in list_assignments(session, appeal_id)
        if since is None or row.offered_at >= since
    ]


def list_jobs_of(session: Session, staff_id: int) -> Sequence[Assignment]:
    """What an operator has in hand, the one touched last at the end."""
    return session.scalars(
        select(Assignment)
        .where(Assignment.operator_id == staff_id, Assignment.state.in_(OPEN_ASSIGNMENT_STATES))
        .order_by(Assignment.accepted_at.nulls_first(), Assignment.id)
    ).all()


def count_load(session: Session, staff_ids: Sequence[int]) -> dict[int, int]:
    """Jobs in hand or on offer, by operator."""
    rows = session.execute(
        select(Assignment.operator_id, func.count())
        .where(Assignment.operator_id.in_(staff_ids), Assignment.state.in_(OPEN_ASSIGNMENT_STATES))
        .group_by(Assignment.operator_id)
    )
    return {staff_id: count for staff_id, count in rows if staff_id is not None}


def list_candidates(session: Session, department: Department, *, at: datetime) -> list[Candidate]:
    """The operators of a department who are on duty and have a chat that has not blocked the bot."""
    members = list_operators_on_duty(session, department, at)
    ids = [member.id for member in members]
    reachable = set(
        session.scalars(
            select(Conversation.staff_id).where(
                Conversation.staff_id.in_(ids), Conversation.blocked_at.is_(None)
            )
        )
    )
    load = count_load(session, ids)
    return [
        Candidate(m.id, frozenset(m.skills), frozenset({m.language}), load.get(m.id, 0))
        for m in members
        if m.id in reachable
    ]


def find_group_chat(session: Session, department_id: int) -> Conversation | None:
    """The group a department has linked."""
    return session.scalar(select(Conversation).where(Conversation.department_id == department_id))


def list_dispatch_rules(session: Session, project_id: int) -> Sequence[DispatchRule]:
    return session.scalars(
        select(DispatchRule)
        .where(DispatchRule.project_id == project_id)
        .order_by(DispatchRule.position, DispatchRule.id)
    ).all()


def list_outside_parties(session: Session, appeal: Appeal) -> Sequence[OutsideParty]:
    """Who may be named to the owner: those for the appeal's category first, the project's own before the common."""
    rows = list_offered(session, OutsideParty, "code", appeal.project_id)
    return sorted(
        rows,
        key=lambda p: (appeal.category not in p.categories, p.project_id is None, p.code),
    )
