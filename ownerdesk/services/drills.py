"""Drills (S12): a plan is walked through minute by minute, and nobody is alarmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ownerdesk.model import Department, Drill, Project, StaffMember
from ownerdesk.queries.alarms import Scene, find_plan, list_alarmed_by
from ownerdesk.queries.staff import find_department_for, list_supervisors
from ownerdesk.rules.emergency_plans import Plan, due_steps
from ownerdesk.services.alarms import can_hear
from ownerdesk.services.emergencies import KIND_CATEGORIES
from ownerdesk.services.emergency_plans import list_faults
from ownerdesk.services.notices import find_staff_chat


@dataclass(frozen=True)
class Rehearsal:
    """Walks a plan as the alarm does, and lists who would be rung in which minute. It writes and sends nothing."""

    session: Session
    project: Project
    plan: Plan
    department: Department | None
    began_at: datetime

    def list_rings(self) -> list[dict[str, Any]]:
        """One entry for every person and minute, from the raising to the last step."""
        rung: set[int] = set()
        log: list[dict[str, Any]] = []
        for minute in range(max((s.after_minutes for s in self.plan.steps), default=0) + 1):
            log += self._ring(minute, rung)
        if not any(entry["reach"] != "blocked" for entry in log):
            everybody = list_supervisors(self.session, self.project)
            log += [self._entry(0, 0, "", m) for m in everybody if m.id not in rung]
        return log

    def _ring(self, minute: int, rung: set[int]) -> list[dict[str, Any]]:
        scene = Scene(self.project, self.department, self.began_at + timedelta(minutes=minute))
        log = []
        for due in due_steps(
            self.plan,
            minute,
            lambda step: list_alarmed_by(self.session, step, scene),
            lambda member: can_hear(self.session, member),
        ):
            new = [m for m in due.people if m.id not in rung]
            rung |= {m.id for m in new}
            log += [self._entry(minute, due.step.index + 1, due.step.who, m) for m in new]
        return log

    def _entry(self, minute: int, step: int, who: str, member: StaffMember) -> dict[str, Any]:
        chat = find_staff_chat(self.session, member.id)
        reach = "console" if chat is None else "blocked" if chat.blocked_at else "telegram"
        return {
            "minute": minute, "step": step, "who": who, "staff_id": member.id,
            "name": member.name, "reach": reach,
        }  # fmt: skip


def run_drill(
    session: Session, project: Project, kind: str, *, by: StaffMember, at: datetime
) -> Drill:
    """Keep what would have happened, and what is wrong with the plan. Nobody real is alarmed."""
    plan = find_plan(session, project, kind)
    department = find_department_for(session, project.id, KIND_CATEGORIES.get(kind, "other"))
    log = Rehearsal(session, project, plan, department, at).list_rings()
    drill = Drill(
        project_id=project.id,
        kind=kind,
        started_by_id=by.id,
        started_at=at,
        log=log,
        faults=[fault.as_row() for fault in list_faults(session, project, kind, at=at)],
    )
    session.add(drill)
    session.flush()
    return drill
