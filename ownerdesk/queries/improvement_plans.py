"""Plans for improvement: who may see which, and what appeals were like before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from ownerdesk.model import Appeal, ImprovementPlan, StaffMember, StaffRole
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.figures import EFFECT_DAYS
from ownerdesk.rules.refusals import PlanNotFound

LIST_SIZE = 200


@dataclass(frozen=True)
class Effect:
    """Appeals a day of what a plan is about: in the days before it was made, and since it was carried out."""

    before: float
    after: float | None
    days_after: int


def get_plan_for_staff(
    session: Session, member: StaffMember, plan_id: int, *, lock: bool = False
) -> ImprovementPlan:
    """Raises PlanNotFound, also where the member sees no figures of its project."""
    query = select(ImprovementPlan).where(ImprovementPlan.id == plan_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    plan = session.scalar(query)
    seen = visible_project_ids(session, member, Right.SEE_FIGURES)
    if plan is None or plan.project_id not in seen:
        raise PlanNotFound
    return plan


def list_plans(session: Session, project_ids: Sequence[int]) -> Sequence[ImprovementPlan]:
    """Those still to be done by their date, then those to be checked, then what is over."""
    return session.scalars(
        select(ImprovementPlan)
        .where(ImprovementPlan.project_id.in_(project_ids))
        .order_by(
            ImprovementPlan.checked_at.is_not(None),
            ImprovementPlan.done_at.is_not(None),
            ImprovementPlan.due_on,
            ImprovementPlan.id.desc(),
        )
        .limit(LIST_SIZE)
        .options(
            joinedload(ImprovementPlan.project),
            joinedload(ImprovementPlan.staff_member),
            joinedload(ImprovementPlan.checked_by),
        )
    ).all()


def list_plan_owners(session: Session, project_ids: Sequence[int]) -> Sequence[StaffMember]:
    """Whoever works in one of the projects may answer for a plan, by name."""
    return session.scalars(
        select(StaffMember)
        .where(
            StaffMember.is_active,
            select(StaffRole.id)
            .where(
                StaffRole.staff_id == StaffMember.id,
                or_(StaffRole.project_id.in_(project_ids), StaffRole.project_id.is_(None)),
            )
            .exists(),
        )
        .order_by(StaffMember.name)
    ).all()


def measure_effect(session: Session, plan: ImprovementPlan, *, at: datetime) -> Effect:
    """Counted as many days before the plan as, at most, after it."""
    days = timedelta(days=EFFECT_DAYS)
    before = _count(session, plan, plan.made_at - days, plan.made_at)
    if plan.done_at is None or at <= plan.done_at:
        return Effect(before / EFFECT_DAYS, None, 0)
    until = min(at, plan.done_at + days)
    passed = (until - plan.done_at) / timedelta(days=1)
    after = _count(session, plan, plan.done_at, until)
    return Effect(before / EFFECT_DAYS, after / passed if passed >= 1 else None, int(passed))


def _count(session: Session, plan: ImprovementPlan, start: datetime, end: datetime) -> int:
    query = select(func.count()).where(
        Appeal.project_id == plan.project_id,
        Appeal.received_at >= start,
        Appeal.received_at < end,
    )
    if plan.category:
        query = query.where(Appeal.category == plan.category)
    return session.scalar(query) or 0
