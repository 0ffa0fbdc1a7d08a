"""Plans for emergencies and drills, as sections of the page of emergencies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from console.forms import Form, parse_choice, parse_id
from console.render import Desk
from ownerdesk.model import Project, StaffMember
from ownerdesk.model.labels import KINDS
from ownerdesk.queries.alarms import find_plan, find_plan_row, list_drills
from ownerdesk.queries.staff import check_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotAllowed
from ownerdesk.services.drills import run_drill
from ownerdesk.services.emergency_plans import list_faults
from ownerdesk.wording import fault_names, neighbour_rule_names, who_names

Work = Callable[[Session, StaffMember, Form, datetime], str]


def _drill(session: Session, member: StaffMember, form: Form, at: datetime) -> str:
    project = _get_project(session, member, form, Right.SEE_FIGURES)
    run_drill(session, project, parse_choice(form, "kind", KINDS), by=member, at=at)
    return "/emergencies#drills"


def _get_project(session: Session, member: StaffMember, form: Form, right: Right) -> Project:
    """Raises NotAllowed, also for one that does not exist."""
    project = session.get(Project, parse_id(form.get("project", ""), "project"))
    if project is None:
        raise NotAllowed
    check_right(member, project.id, right)
    return project


PLAN_ACTIONS: Mapping[str, Work] = {"drill": _drill}


def read_plans(session: Session, desk: Desk) -> dict[str, object]:
    """The plans of the projects whose figures the person sees, and their latest drills."""
    shown = [p for p in desk.projects if desk.may(p.id, Right.SEE_FIGURES)]
    return {
        "plans": [_read_plan(session, desk, p, kind) for p in shown for kind in KINDS],
        "drills": list_drills(session, [p.id for p in shown]),
        "drilled": shown,
        "kinds": KINDS,
        "neighbour_rules": neighbour_rule_names(desk.words._),
        "who": who_names(desk.words._),
        "fault": lambda code: fault_names(desk.words._)[code],
    }


def _read_plan(session: Session, desk: Desk, project: Project, kind: str) -> dict[str, Any]:
    row = find_plan_row(session, project.id, kind)
    plan = find_plan(session, project, kind)
    return {
        "project": project,
        "kind": kind,
        "plan": plan,
        "is_own": row is not None and row.project_id is not None,
        "faults": list_faults(session, project, kind, at=desk.now),
        "may_change": desk.may(project.id, Right.MANAGE_STAFF),
    }
