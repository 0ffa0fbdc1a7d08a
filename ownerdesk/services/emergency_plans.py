"""Emergency plans: what is wrong with one as things stand, and a project's own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import EmergencyPlan, Project, StaffMember
from ownerdesk.model.emergencies import NEIGHBOUR_RULES
from ownerdesk.model.labels import KINDS
from ownerdesk.queries.alarms import Scene, find_plan_row, list_alarmed_by
from ownerdesk.queries.staff import find_department_for
from ownerdesk.rules.emergency_plans import (
    Fault,
    Plan,
    Step,
    check_plan,
    fill_phone,
    parse_numbers,
    parse_steps,
)
from ownerdesk.rules.refusals import BadPlan
from ownerdesk.services.alarms import can_hear
from ownerdesk.services.audit import record_change
from ownerdesk.services.emergencies import KIND_CATEGORIES


def list_faults(session: Session, project: Project, kind: str, *, at: datetime) -> list[Fault]:
    """What is wrong with the plan that counts, with the people who are there at that moment."""
    row = find_plan_row(session, project.id, kind)
    if row is None:
        return [Fault("no_plan")]
    plan = Plan.of(row.steps, row.numbers, row.neighbours)
    department = find_department_for(session, project.id, KIND_CATEGORIES.get(kind, "other"))
    scene = Scene(project, department, at)

    def count(step: Step) -> int:
        return sum(can_hear(session, m) for m in list_alarmed_by(session, step, scene))

    phones = [
        fill_phone(n.phone, duty_phone=project.phone, emergency_number=project.emergency_number)
        for n in plan.numbers
    ]
    return check_plan(plan, count=count, phones=phones)


def save_plan(
    session: Session,
    project: Project,
    kind: str,
    *,
    steps: str,
    numbers: str,
    neighbours: str,
    by: StaffMember,
    at: datetime,
) -> EmergencyPlan:
    """The project's own plan, from what was typed. Raises BadPlan with the line that cannot be used."""
    if kind not in KINDS or neighbours not in NEIGHBOUR_RULES:
        raise BadPlan(f"{kind} {neighbours}")
    parsed_steps, parsed_numbers = parse_steps(steps), parse_numbers(numbers)
    row = find_plan_row(session, project.id, kind)
    before = _values(row) if row else None
    if row is None or row.project_id is None:
        row = EmergencyPlan(project_id=project.id, kind=kind)
        session.add(row)
    row.steps, row.numbers, row.neighbours = parsed_steps, parsed_numbers, neighbours
    session.flush()
    record_change(
        session, "emergency_plan.saved", subject="emergency_plan", subject_id=row.id, at=at,
        before=before, after=_values(row), staff_id=by.id,
    )  # fmt: skip
    return row


def _values(row: EmergencyPlan) -> dict[str, object]:
    return {
        "project_id": row.project_id, "kind": row.kind, "steps": row.steps,
        "numbers": row.numbers, "neighbours": row.neighbours,
    }  # fmt: skip
