"""Dispatch rules as a project's management sets them; every change is kept in the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, time

from sqlalchemy.orm import Session

from ownerdesk.model import Department, DispatchRule, StaffMember
from ownerdesk.queries.categories import check_category
from ownerdesk.rules.refusals import StaffNotFound
from ownerdesk.services.audit import record_change


@dataclass(frozen=True)
class NewRule:
    """What a rule looks at, and what follows; what is None fits anything."""

    position: int
    category: str | None = None
    severity: str | None = None
    language: str | None = None
    starts: time | None = None
    ends: time | None = None
    skill: str | None = None
    is_automatic: bool = True
    supporting: Sequence[Department] = field(default_factory=list)


def add_rule(
    session: Session, lead: Department, new: NewRule, *, by: StaffMember, at: datetime
) -> DispatchRule:
    """Raises StaffNotFound for a supporting department of another project, or one that leads already, and InvalidField
    for a category that cannot be chosen."""
    if any(d.project_id != lead.project_id or d.id == lead.id for d in new.supporting):
        raise StaffNotFound
    if new.category is not None:
        check_category(session, new.category)
    values = {k: v for k, v in asdict(new).items() if k != "supporting"}
    rule = DispatchRule(
        project_id=lead.project_id,
        department_id=lead.id,
        supporting_ids=[d.id for d in new.supporting],
        **values,
    )
    session.add(rule)
    session.flush()
    after = {k: str(v) for k, v in values.items() if v is not None}
    record_change(
        session, "dispatch_rule.created", subject="dispatch_rule", subject_id=rule.id, after=after,
        staff_id=by.id, at=at,
    )  # fmt: skip
    return rule


def remove_rule(session: Session, rule: DispatchRule, *, by: StaffMember, at: datetime) -> None:
    """What was sent by it stays sent."""
    record_change(
        session, "dispatch_rule.deleted", subject="dispatch_rule", subject_id=rule.id,
        before={"position": rule.position, "department_id": rule.department_id},
        staff_id=by.id, at=at,
    )  # fmt: skip
    session.delete(rule)
    session.flush()
