"""Emergencies: who was rung how often, the neighbours at risk, the plans with their faults, and drills."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import Form, parse_choice, parse_id, read_form
from console.keys import CORE, get_viewer
from console.render import Desk, show
from console.words import Words
from ownerdesk.model import Appeal, NeighbourWarning, Project, StaffMember
from ownerdesk.model.emergencies import NEIGHBOUR_RULES
from ownerdesk.model.labels import KINDS
from ownerdesk.queries.alarms import (
    find_plan,
    find_plan_row,
    find_warning,
    get_warning,
    is_noted,
    list_alarms,
    list_drills,
    list_emergencies,
)
from ownerdesk.queries.staff import check_right, get_staff_member
from ownerdesk.rules.access import Right
from ownerdesk.rules.emergency_plans import Number
from ownerdesk.rules.refusals import NotAllowed, NotFound, Refusal
from ownerdesk.services.alarms import can_hear
from ownerdesk.services.drills import run_drill
from ownerdesk.services.emergency_plans import list_faults, save_plan
from ownerdesk.services.neighbours import (
    confirm_warning,
    dismiss_warning,
    find_reach,
    format_done,
    format_proposal,
    give_all_clear,
    is_open,
)
from ownerdesk.wording import fault_names, who_names

Work = Callable[[Session, StaffMember, Form, datetime], str]


async def show_emergencies(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def act(request: web.Request) -> web.StreamResponse:
    """One press on the page: done in one transaction, or refused with the page and the reason."""
    work = ACTIONS.get(request.match_info["action"])
    if work is None:
        raise web.HTTPNotFound
    core, viewer, form = request.app[CORE], get_viewer(request), await read_form(request)

    def run(session: Session) -> str:
        return work(session, get_staff_member(session, viewer.staff_id), form, core.clock())

    try:
        location = await core.transact(run)
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        return await _page(request, refusal=refusal, kept=form)
    raise web.HTTPSeeOther(location)


def _warn(session: Session, member: StaffMember, form: Form, at: datetime) -> str:
    warning = get_warning(session, member, parse_id(form.get("warning", ""), "warning"))
    confirm_warning(session, warning, by=member, at=at)
    return "/emergencies"


def _warn_nobody(session: Session, member: StaffMember, form: Form, at: datetime) -> str:
    warning = get_warning(session, member, parse_id(form.get("warning", ""), "warning"))
    dismiss_warning(session, warning, by=member, at=at)
    return "/emergencies"


def _all_clear(session: Session, member: StaffMember, form: Form, at: datetime) -> str:
    warning = get_warning(session, member, parse_id(form.get("warning", ""), "warning"))
    give_all_clear(session, warning, by=member, at=at)
    return "/emergencies"


def _drill(session: Session, member: StaffMember, form: Form, at: datetime) -> str:
    project = _get_project(session, member, form, Right.SEE_FIGURES)
    run_drill(session, project, parse_choice(form, "kind", KINDS), by=member, at=at)
    return "/emergencies#drills"


def _save_plan(session: Session, member: StaffMember, form: Form, at: datetime) -> str:
    project = _get_project(session, member, form, Right.MANAGE_STAFF)
    save_plan(
        session,
        project,
        parse_choice(form, "kind", KINDS),
        steps=form.get("steps", ""),
        numbers=form.get("numbers", ""),
        neighbours=parse_choice(form, "neighbours", NEIGHBOUR_RULES),
        by=member,
        at=at,
    )
    return "/emergencies#plans"


def _get_project(session: Session, member: StaffMember, form: Form, right: Right) -> Project:
    """Raises NotAllowed, also for one that does not exist."""
    project = session.get(Project, parse_id(form.get("project", ""), "project"))
    if project is None:
        raise NotAllowed
    check_right(member, project.id, right)
    return project


ACTIONS: Mapping[str, Work] = {
    "warn": _warn,
    "warn-nobody": _warn_nobody,
    "all-clear": _all_clear,
    "drill": _drill,
    "plan": _save_plan,
}


async def _page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        shown = [p for p in desk.projects if desk.may(p.id, Right.SEE_FIGURES)]
        return {
            "emergencies": [
                _read(session, desk, a) for a in list_emergencies(session, desk.member)
            ],
            "plans": [_read_plan(session, desk, p, kind) for p in shown for kind in KINDS],
            "drills": list_drills(session, [p.id for p in shown]),
            "drilled": shown,
            "kinds": KINDS,
            "neighbour_rules": neighbour_rules(desk.words),
            "who": who_names(desk.words._),
            "fault": lambda code: fault_names(desk.words._)[code],
            "notice": desk.words.refusal(refusal) if refusal else "",
            "kept": kept or {},
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "emergencies.html", build, status=status)


def _read(session: Session, desk: Desk, appeal: Appeal) -> dict[str, Any]:
    warning = find_warning(session, appeal.id)
    return {
        "appeal": appeal,
        "alarms": [(a, can_hear(session, a.member)) for a in list_alarms(session, appeal.id)],
        "warning": warning,
        "may_work": desk.may(appeal.project_id, Right.WORK_APPEALS),
        **(_read_warning(session, desk, warning) if warning else _NO_WARNING),
    }


_NO_WARNING: dict[str, Any] = {"question": "", "done": "", "can_clear": False}


def _read_warning(session: Session, desk: Desk, warning: NeighbourWarning) -> dict[str, Any]:
    language, reach = desk.words.language, find_reach(session, warning)
    is_cleared = is_noted(session, warning.appeal_id, "neighbours.cleared", kind=warning.kind)
    return {
        "question": format_proposal(warning, language) if is_open(warning) else "",
        "done": format_done(warning, reach, language) if warning.confirmed_at else "",
        "can_clear": warning.confirmed_at is not None and not is_cleared,
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
        "steps": "\n".join(f"{step.after_minutes} {step.who}" for step in plan.steps),
        "numbers": "\n".join(f"{_name(n, desk.words)}: {n.phone}" for n in plan.numbers),
    }


def _name(number: Number, words: Words) -> str:
    return number.name if isinstance(number.name, str) else words.pick(dict(number.name))


def neighbour_rules(words: Words) -> dict[str, str]:
    """Which homes a plan takes to be at risk."""
    _ = words._
    return {
        "none": _("nobody"),
        "above_and_below": _("above and below"),
        "entrance": _("the whole entrance"),
        "building": _("the whole building"),
    }


def add_routes(app: web.Application) -> None:
    app.router.add_get("/emergencies", show_emergencies)
    app.router.add_post("/emergencies/{action}", act)
    app.router.add_get("/emergencies/{action}", _back)


async def _back(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/emergencies")
