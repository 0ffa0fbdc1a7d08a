"""Emergency plans and instructions: what is wrong with a plan as things stand, and how staff change both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ownerdesk.model import EmergencyInstruction, EmergencyPlan, Project, StaffMember
from ownerdesk.queries.alarms import Scene, find_plan_row, list_alarmed_by
from ownerdesk.queries.staff import find_department_for
from ownerdesk.rules.emergency_plans import (
    Fault,
    Plan,
    Step,
    check_plan,
    fill_phone,
)
from ownerdesk.rules.fields import Problem, Unusable
from ownerdesk.rules.refusals import ChangedMeanwhile
from ownerdesk.services.alarms import can_hear
from ownerdesk.services.audit import record_change
from ownerdesk.services.content_edits import lock_code, record_difference, version_of
from ownerdesk.services.emergencies import KIND_CATEGORIES
from ownerdesk.texts import DEFAULT_LANGUAGE, LANGUAGES

SUBJECT = "emergency_plan"
INSTRUCTION = "emergency_instruction"


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
    project_id: int | None,
    kind: str,
    *,
    steps: Sequence[Mapping[str, Any]],
    numbers: Sequence[Mapping[str, Any]],
    neighbours: str,
    seen: str = "",
    by: StaffMember,
    at: datetime,
) -> EmergencyPlan:
    """The project's own plan, or (without a project) that of all. Steps and numbers as `rules.emergency_plans` reads
    them. Emergencies that run already follow it from their next step on. Raises ChangedMeanwhile."""
    lock_code(session, SUBJECT, project_id, kind)
    row = find_plan_row(session, project_id, kind)
    before = plan_values(row) if row else {}
    if seen and seen != version_of(before):
        raise ChangedMeanwhile
    if row is None or row.project_id != project_id:
        row = EmergencyPlan(project_id=project_id, kind=kind)
        session.add(row)
    row.steps, row.numbers = [dict(s) for s in steps], [dict(n) for n in numbers]
    row.neighbours = neighbours
    session.flush()
    record_difference(
        session, SUBJECT, row.id, before, plan_values(row), code=kind, project_id=project_id,
        by=by, at=at,
    )  # fmt: skip
    return row


def drop_plan(
    session: Session, project_id: int, kind: str, *, by: StaffMember, at: datetime
) -> None:
    """Back to the plan of all projects. Without one of its own nothing happens."""
    row = find_plan_row(session, project_id, kind)
    if row is None or row.project_id != project_id:
        return
    record_change(
        session, "emergency_plan.dropped", subject=SUBJECT, subject_id=row.id, at=at,
        before={"code": kind, **plan_values(row)}, staff_id=by.id, project_id=project_id,
    )  # fmt: skip
    session.delete(row)
    session.flush()


def plan_values(row: EmergencyPlan) -> dict[str, Any]:
    """What is set of a plan, as it is audited."""
    return {"steps": row.steps, "numbers": row.numbers, "neighbours": row.neighbours}


def list_instructions(session: Session, project_id: int | None, kind: str) -> dict[str, str]:
    """What owners are told to do now, by language: exactly what is set for this project, or (None) for all."""
    rows = session.scalars(
        select(EmergencyInstruction).where(
            EmergencyInstruction.kind == kind,
            EmergencyInstruction.project_id.is_not_distinct_from(project_id),
        )
    )
    return {row.language: row.body for row in rows}


def save_instructions(
    session: Session,
    project_id: int | None,
    kind: str,
    bodies: Mapping[str, str],
    *,
    seen: str = "",
    by: StaffMember,
    at: datetime,
) -> None:
    """Say this instead, by language; a language left out goes back to what all projects say. Raises ChangedMeanwhile,
    and Unusable where nothing would be left to say to anybody."""
    lock_code(session, INSTRUCTION, project_id, kind)
    before = list_instructions(session, project_id, kind)
    if seen and seen != version_of(before):
        raise ChangedMeanwhile
    if project_id is None and DEFAULT_LANGUAGE not in bodies:
        raise Unusable(Problem(f"bodies.{DEFAULT_LANGUAGE}", "missing"))
    session.execute(
        delete(EmergencyInstruction).where(
            EmergencyInstruction.kind == kind,
            EmergencyInstruction.project_id.is_not_distinct_from(project_id),
        )
    )
    for language, body in bodies.items():
        session.add(
            EmergencyInstruction(project_id=project_id, kind=kind, language=language, body=body)
        )
    session.flush()
    record_difference(
        session, INSTRUCTION, None, {lang: before.get(lang, "") for lang in LANGUAGES},
        {lang: bodies.get(lang, "") for lang in LANGUAGES}, code=kind, project_id=project_id,
        by=by, at=at,
    )  # fmt: skip
