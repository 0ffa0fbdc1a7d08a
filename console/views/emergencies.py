"""Emergencies: those that are open with who was rung, a page for each with what comes next, and those that are over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form, path_id
from console.render import Desk, show
from console.views.emergency_plans import PLAN_ACTIONS, read_plans
from console.words import Words
from ownerdesk.model import Appeal, NeighbourWarning, StaffMember
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.alarms import (
    find_plan,
    find_warning,
    get_alarmed_appeal,
    get_warning,
    is_noted,
    list_alarms,
    list_emergencies,
    list_numbers,
    list_past_emergencies,
)
from ownerdesk.queries.appeals import get_appeal_for_staff, list_promises
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import AppealNotFound, Refusal
from ownerdesk.services.alarms import can_hear
from ownerdesk.services.emergencies import take_on
from ownerdesk.services.neighbours import (
    confirm_warning,
    dismiss_warning,
    find_reach,
    format_done,
    format_proposal,
    give_all_clear,
    is_open,
)
from ownerdesk.wording import who_names

Do = Callable[[Session, StaffMember, int, datetime], None]
TABS = ("open", "over")


def _accept(session: Session, member: StaffMember, appeal_id: int, at: datetime) -> None:
    take_on(session, get_alarmed_appeal(session, member, appeal_id), by=member, at=at)


def _get_warning(session: Session, member: StaffMember, appeal_id: int) -> NeighbourWarning:
    """Raises AppealNotFound, also where nobody is at risk."""
    warning = find_warning(session, appeal_id)
    if warning is None:
        raise AppealNotFound
    return get_warning(session, member, warning.id)


def _warn(session: Session, member: StaffMember, appeal_id: int, at: datetime) -> None:
    confirm_warning(session, _get_warning(session, member, appeal_id), by=member, at=at)


def _warn_nobody(session: Session, member: StaffMember, appeal_id: int, at: datetime) -> None:
    dismiss_warning(session, _get_warning(session, member, appeal_id), by=member, at=at)


def _all_clear(session: Session, member: StaffMember, appeal_id: int, at: datetime) -> None:
    give_all_clear(session, _get_warning(session, member, appeal_id), by=member, at=at)


ACTIONS: Mapping[str, Do] = {
    "accept": _accept,
    "warn": _warn,
    "warn-nobody": _warn_nobody,
    "all-clear": _all_clear,
}


@dataclass(frozen=True)
class Step:
    """One thing to do in an emergency, and whether it is done."""

    words: str
    is_done: bool


def list_steps(
    appeal: Appeal, warning: NeighbourWarning | None, read: Mapping[str, Any], words: Words
) -> list[Step]:
    """In their order; the first that is not done is next."""
    _ = words._
    is_over = appeal.state not in OPEN_STATES
    steps = [
        Step(
            _("Accept it, so that the ringing stops and the owner knows who comes"),
            appeal.state != "received",
        ),
    ]
    if warning is not None and warning.unit_ids:
        is_answered = warning.confirmed_at is not None or warning.dismissed_at is not None
        steps.append(Step(_("Say whether the neighbours at risk are warned"), is_answered))
    is_sent = (
        is_over or appeal.state in ("in_progress", "resolved") or appeal.operator_id is not None
    )
    steps.append(Step(_("Send somebody there"), is_sent or appeal.state == "dispatched"))
    if warning is not None and warning.confirmed_at is not None:
        steps.append(Step(_("Tell the neighbours when it is over"), not read["can_clear"]))
    steps.append(
        Step(_("Resolve it, and say what was done"), is_over or appeal.state == "resolved")
    )
    return steps  # fmt: skip


async def show_emergencies(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def show_emergency(request: web.Request) -> web.StreamResponse:
    return await _emergency_page(request)


async def act(request: web.Request) -> web.StreamResponse:
    """One press about one emergency."""
    do = ACTIONS.get(request.match_info["action"])
    if do is None:
        raise web.HTTPNotFound
    appeal_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        do(session, by, appeal_id, at)
        return f"/emergencies/{appeal_id}"

    return await acting.act(request, work, _emergency_page)


async def act_on_plans(request: web.Request) -> web.StreamResponse:
    """A drill, or a plan to be saved."""
    work = PLAN_ACTIONS.get(request.match_info["action"])
    if work is None:
        raise web.HTTPNotFound
    return await acting.act(request, work, _page)


async def _page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    tab = request.query.get("tab", "open")

    def build(session: Session, desk: Desk) -> dict[str, object]:
        return {
            "tab": tab if tab in TABS else "open",
            "emergencies": [
                read_emergency(session, desk, a) for a in list_emergencies(session, desk.member)
            ],
            "past": list_past_emergencies(session, desk.member) if tab == "over" else [],
            **read_plans(session, desk),
            "notice": desk.words.refusal(refusal) if refusal else "",
            "kept": kept or {},
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "emergencies.html", build, status=status)


async def _emergency_page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    appeal_id = path_id(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        appeal = get_appeal_for_staff(session, desk.member, appeal_id, Right.SEE_APPEALS)
        if appeal.severity != "emergency":
            raise AppealNotFound
        promises = [p for p in list_promises(session, appeal.id) if p.kind == "acceptance"]
        return {
            "e": read_emergency(session, desk, appeal),
            "appeal": appeal,
            "zone": appeal.project.timezone,
            "plan": find_plan(session, appeal.project, appeal.kind),
            "numbers": list_numbers(session, appeal.project, appeal.kind, desk.words.language),
            "who": who_names(desk.words._),
            "promise": promises[-1] if promises else None,
            "notice": desk.words.refusal(refusal) if refusal else "",
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "emergency.html", build, status=status)


def read_emergency(session: Session, desk: Desk, appeal: Appeal) -> dict[str, Any]:
    """What the list and the page show of one."""
    warning = find_warning(session, appeal.id)
    read = _read_warning(session, desk, warning) if warning else _NO_WARNING
    return {
        "appeal": appeal,
        "alarms": [(a, can_hear(session, a.member)) for a in list_alarms(session, appeal.id)],
        "warning": warning,
        "may_work": desk.may(appeal.project_id, Right.WORK_APPEALS),
        "steps": list_steps(appeal, warning, read, desk.words),
        **read,
    }


_NO_WARNING: dict[str, Any] = {"question": "", "done": "", "can_clear": False, "unreached": []}


def _read_warning(session: Session, desk: Desk, warning: NeighbourWarning) -> dict[str, Any]:
    language, reach = desk.words.language, find_reach(session, warning)
    is_cleared = is_noted(session, warning.appeal_id, "neighbours.cleared", kind=warning.kind)
    return {
        "question": format_proposal(warning, language) if is_open(warning) else "",
        "done": format_done(warning, reach, language) if warning.confirmed_at else "",
        "can_clear": warning.confirmed_at is not None and not is_cleared,
        "unreached": reach.unreached,
    }


def add_routes(app: web.Application) -> None:
    app.router.add_get("/emergencies", show_emergencies)
    app.router.add_get(r"/emergencies/{id:\d+}", show_emergency)
    app.router.add_post(r"/emergencies/{id:\d+}/{action}", act)
    app.router.add_get(r"/emergencies/{id:\d+}/{action}", _back_to_emergency)
    app.router.add_post("/emergencies/{action}", act_on_plans)
    app.router.add_get("/emergencies/{action}", _back)


async def _back(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/emergencies")


async def _back_to_emergency(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(f"/emergencies/{path_id(request)}")
