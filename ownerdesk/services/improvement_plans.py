"""Plans for improvement (S7): made against a cause, carried out by a date, and checked whether they worked."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ownerdesk.model import ImprovementPlan, Project, StaffMember
from ownerdesk.queries.categories import check_category
from ownerdesk.queries.improvement_plans import list_plan_owners
from ownerdesk.queries.staff import check_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import InThePast, PlanOver, StaffNotFound
from ownerdesk.services.audit import record_change
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.progress import check_text
from ownerdesk.texts import translator

MAX_WORDS = 2000


def make_plan(
    session: Session,
    project: Project,
    *,
    category: str | None,
    cause: str,
    plan: str,
    owner: StaffMember,
    due_on: date,
    by: StaffMember,
    at: datetime,
) -> ImprovementPlan:
    """A new plan; its owner is told. Raises NotAllowed, InvalidField, MissingText, TooLong, InThePast, and StaffNotFound where the
    owner does not work in the project."""
    check_right(by, project.id, Right.SEE_FIGURES)
    if category is not None:
        check_category(session, category)
    if owner not in list_plan_owners(session, [project.id]):
        raise StaffNotFound
    if due_on < at.astimezone(ZoneInfo(project.timezone)).date():
        raise InThePast
    made = ImprovementPlan(
        project_id=project.id,
        category=category,
        cause=check_text("cause", cause, MAX_WORDS),
        plan=check_text("plan", plan, MAX_WORDS),
        staff_id=owner.id,
        due_on=due_on,
        made_at=at,
        made_by_id=by.id,
    )
    session.add(made)
    session.flush()
    _record(session, made, "made", by=by, at=at)
    _ = translator(owner.language)
    tell_staff(
        session,
        owner,
        _("You answer for a plan for improvement, to be done by {date}: {plan}").format(
            date=due_on.isoformat(), plan=made.plan
        ),
        topic="improvement_plan",
        key=f"improvement_plan:{made.id}",
        at=at,
    )
    return made


def finish_plan(
    session: Session, plan: ImprovementPlan, *, by: StaffMember, at: datetime
) -> ImprovementPlan:
    """It is carried out; what is left is to see whether it worked. Raises PlanOver."""
    if plan.done_at is not None:
        raise PlanOver
    plan.done_at = at
    _record(session, plan, "done", by=by, at=at)
    return plan


def check_plan(
    session: Session,
    plan: ImprovementPlan,
    *,
    has_worked: bool,
    finding: str,
    by: StaffMember,
    at: datetime,
) -> ImprovementPlan:
    """Somebody looked whether it worked. Raises PlanOver for one that is not carried out, or was checked already."""
    if plan.done_at is None or plan.checked_at is not None:
        raise PlanOver
    plan.finding = check_text("finding", finding, MAX_WORDS)
    plan.checked_at, plan.checked_by_id, plan.has_worked = at, by.id, has_worked
    _record(session, plan, "checked", by=by, at=at)
    return plan


def _record(
    session: Session, plan: ImprovementPlan, fact: str, *, by: StaffMember, at: datetime
) -> None:
    session.flush()
    record_change(
        session,
        f"improvement_plan.{fact}",
        subject="improvement_plan",
        subject_id=plan.id,
        at=at,
        staff_id=by.id,
        after={
            "project": plan.project_id,
            "category": plan.category,
            "owner": plan.staff_id,
            "due_on": plan.due_on.isoformat(),
            "has_worked": plan.has_worked,
        },
    )
