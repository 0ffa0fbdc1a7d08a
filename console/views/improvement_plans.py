"""Plans for improvement: made against a cause, carried out, and checked whether they worked (S7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import BadForm, Form, parse_category, parse_choice, parse_id, path_id
from console.render import Desk, show
from ownerdesk.model import ImprovementPlan, Project, StaffMember
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.improvement_plans import (
    get_plan_for_staff,
    list_plan_owners,
    list_plans,
    measure_effect,
)
from ownerdesk.queries.staff import get_staff_member, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotAllowed, NotFound, Refusal, StaffNotFound
from ownerdesk.services.improvement_plans import check_plan, finish_plan, make_plan

PLANS = "/figures/plans"


async def show_plans(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def add_plan(request: web.Request) -> web.StreamResponse:
    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        project_id = parse_id(form.get("project", ""), "project")
        if project_id not in visible_project_ids(session, by, Right.SEE_FIGURES):
            raise NotAllowed
        plan = make_plan(
            session,
            session.get_one(Project, project_id),
            category=parse_category(session, form) if form.get("category") else None,
            cause=form.get("cause", ""),
            plan=form.get("plan", ""),
            owner=get_staff_member(session, parse_id(form.get("owner", ""), "owner")),
            due_on=_parse_day(form),
            by=by,
            at=at,
        )
        return f"{PLANS}#plan-{plan.id}"

    return await acting.act(
        request, work, _page, is_gone=lambda refusal: not isinstance(refusal, StaffNotFound)
    )


def _parse_day(form: Form) -> date:
    try:
        return date.fromisoformat(form.get("due", ""))
    except ValueError:
        raise BadForm("until") from None


async def finish(request: web.Request) -> web.StreamResponse:
    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        plan = get_plan_for_staff(session, by, path_id(request), lock=True)
        finish_plan(session, plan, by=by, at=at)
        return f"{PLANS}#plan-{plan.id}"

    return await acting.act(request, work, _page)


async def check(request: web.Request) -> web.StreamResponse:
    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        plan = get_plan_for_staff(session, by, path_id(request), lock=True)
        has_worked = parse_choice(form, "worked", ("yes", "no")) == "yes"
        finding = form.get("finding", "")
        check_plan(session, plan, has_worked=has_worked, finding=finding, by=by, at=at)
        return f"{PLANS}#plan-{plan.id}"

    return await acting.act(request, work, _page)


def state_of(plan: ImprovementPlan, today: date) -> str:
    if plan.checked_at is not None:
        return "worked" if plan.has_worked else "failed"
    if plan.done_at is not None:
        return "to_check"
    return "late" if plan.due_on < today else "open"


async def _page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        ids = visible_project_ids(session, desk.member, Right.SEE_FIGURES)
        if not ids:
            raise NotAllowed
        plans = list_plans(session, ids)
        today = desk.now.date()
        return {
            "plans": [(p, state_of(p, today), measure_effect(session, p, at=desk.now)) for p in plans],
            "states": _state_names(desk),
            "projects": [session.get_one(Project, i) for i in ids],
            "owners": list_plan_owners(session, ids),
            "category_groups": read_categories(session).groups,
            "notice": _words_of(refusal, desk),
            "kept": kept or _prefilled(request.query),
            "tried_id": int(request.match_info.get("id", "0")),
            "is_open": bool(kept or request.query),
        }  # fmt: skip

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "improvement_plans.html", build, status=status)


def _prefilled(query: Mapping[str, str]) -> dict[str, str]:
    """A link from the table of causes brings the project and the category along."""
    return {name: query[name] for name in ("project", "category", "cause") if name in query}


def _words_of(refusal: Refusal | None, desk: Desk) -> str:
    if refusal is None:
        return ""
    if isinstance(refusal, NotFound):
        return desk.words._("Choose somebody who works in this project.")
    return desk.words.refusal(refusal)


def _state_names(desk: Desk) -> dict[str, tuple[str, str]]:
    """Words and tone."""
    _ = desk.words._
    return {
        "open": (_("To be done"), ""),
        "late": (_("Past its date"), "red"),
        "to_check": (_("Done: has it worked?"), "amber"),
        "worked": (_("It worked"), "green"),
        "failed": (_("It did not work"), "red"),
    }


async def _back(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(PLANS)


def add_routes(app: web.Application) -> None:
    app.router.add_get(PLANS, show_plans)
    app.router.add_post(PLANS, add_plan)
    app.router.add_post(PLANS + "/{id}/finish", finish)
    app.router.add_post(PLANS + "/{id}/check", check)
    # A reload after a refusal asks for the address of the action.
    app.router.add_get(PLANS + "/{id}/finish", _back)
    app.router.add_get(PLANS + "/{id}/check", _back)
