"""Dispatch by the project's rules: department and operator are chosen without a person, where a rule says so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealEvent, Department
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.assignments import list_open_assignments
from ownerdesk.rules.dispatch import is_dispatched_by_rules
from ownerdesk.services.offers import find_rule, find_whom, say_nobody_takes
from ownerdesk.services.progress import dispatch_appeal


def dispatch_by_rules(session: Session, appeal: Appeal, *, at: datetime) -> bool:
    """Send an appeal where the project's rule wants it. Says whether it was sent.

    The receiver stays responsible (S8). Without a rule nothing happens; a rule that is not automatic only names the
    department. Called again, it changes something only where a rule had sent it elsewhere and nobody
    has taken the job yet. Where nobody can be asked, it stays with the receiver and people are told.
    """
    if not is_dispatched_by_rules(appeal.nature, appeal.state):
        return False
    rule = find_rule(session, appeal, at=at)
    if rule is None:
        return False
    department = session.get_one(Department, rule.department_id)
    if appeal.state == AppealState.DISPATCHED and not _may_move(session, appeal, department):
        return False
    if not rule.is_automatic:
        if appeal.state != AppealState.DISPATCHED:
            appeal.department_id = department.id
            session.flush()
            session.refresh(appeal, ["department"])
        return False
    whom = find_whom(session, appeal, department, asked=(), at=at)
    if whom is None:
        say_nobody_takes(session, appeal, department, at=at)
        return False
    supporting = [session.get_one(Department, int(other)) for other in rule.supporting_ids]
    dispatch_appeal(
        session,
        appeal,
        department=department,
        operator=whom.operator,
        supporting=supporting,
        by=None,
        at=at,
    )
    return True


def _may_move(session: Session, appeal: Appeal, department: Department) -> bool:
    """Whether a rule sent it, to another department, where nobody has taken it."""
    running = list_open_assignments(session, appeal.id)
    if any(row.role == "lead" and row.department_id == department.id for row in running):
        return False
    actor = session.scalar(
        select(AppealEvent.actor)
        .where(
            AppealEvent.appeal_id == appeal.id,
            AppealEvent.name == "appeal.dispatched",
            AppealEvent.undone_at.is_(None),
        )
        .order_by(AppealEvent.id.desc())
        .limit(1)
    )
    return actor == "bot" and all(row.state == "offered" for row in running)
