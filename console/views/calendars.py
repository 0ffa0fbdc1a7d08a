"""Calendars, days that differ, and terms: set by whoever runs a project."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import BadForm, Form, parse_id, path_id, read_form
from console.keys import CORE, get_viewer
from console.render import Desk, show
from ownerdesk.model import Calendar, Project, StaffMember
from ownerdesk.model.labels import CATEGORY_GROUPS, NATURES, SEVERITIES
from ownerdesk.model.promises import PROMISE_KINDS
from ownerdesk.queries.calendars import (
    CalendarNotFound,
    get_calendar,
    list_calendars,
    list_special_days,
    list_terms,
)
from ownerdesk.queries.staff import get_staff_member, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.calendars import format_spans, load_spans
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.refusals import NotFound, Refusal
from ownerdesk.rules.terms import default_minutes
from ownerdesk.services import calendars as service

WEEK = 7

Do = Callable[[Session, Project, StaffMember, Form, datetime], None]


def _get_project(session: Session, member: StaffMember, project_id: int) -> Project:
    """Raises NotFound where the member may not set it up."""
    if project_id not in visible_project_ids(session, member, Right.MANAGE_STAFF):
        raise NotFound
    return session.get_one(Project, project_id)


async def show_first(request: web.Request) -> web.StreamResponse:
    """To the first project the person may set up."""
    core, viewer = request.app[CORE], get_viewer(request)

    def find(session: Session) -> list[int]:
        member = get_staff_member(session, viewer.staff_id)
        return visible_project_ids(session, member, Right.MANAGE_STAFF)

    found = await core.transact(find)
    if not found:
        raise web.HTTPNotFound
    raise web.HTTPSeeOther(f"/projects/{found[0]}/calendars")


async def show_calendars(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    project_id = path_id(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        project = _get_project(session, desk.member, project_id)
        policy = Policy.of(project.settings)
        calendars = list_calendars(session, project.id)
        return {
            "project": project,
            "projects": [p for p in desk.projects if desk.may(p.id, Right.MANAGE_STAFF)],
            "calendars": [
                (c, [format_spans(load_spans(p)) for p in c.periods],
                 [(day, format_spans(load_spans(day.periods)))
                  for day in list_special_days(session, c.id)])
                for c in calendars
            ],
            "names": {c.id: c.name for c in calendars},
            "terms": list_terms(session, project.id),
            "kinds": PROMISE_KINDS,
            "natures": NATURES,
            "severities": SEVERITIES,
            "category_groups": CATEGORY_GROUPS,
            "defaults": {
                kind: default_minutes(policy, kind=kind, severity="general") for kind in PROMISE_KINDS
            },
            "weekdays": desk.words.weekdays,
            "notice": desk.words.refusal(refusal) if refusal else "",
            "kept": kept or {},
        }  # fmt: skip

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "calendars.html", build, status=status)


def save_calendar(
    session: Session, project: Project, by: StaffMember, form: Form, at: datetime
) -> None:
    calendar = None
    if form.get("calendar"):
        calendar = _own_calendar(session, project, form)
    service.save_calendar(
        session,
        project,
        name=form.get("name", ""),
        week=[form.get(f"day{weekday}", "") for weekday in range(WEEK)],
        feed_url=form.get("feed_url", ""),
        calendar=calendar,
        by=by,
        at=at,
    )


def set_day(session: Session, project: Project, by: StaffMember, form: Form, at: datetime) -> None:
    calendar = _own_calendar(session, project, form)
    name, hours = form.get("name", ""), form.get("hours", "")
    service.set_special_day(session, calendar, day=_parse_day(form), name=name, hours=hours)


def drop_day(session: Session, project: Project, by: StaffMember, form: Form, at: datetime) -> None:
    service.drop_special_day(session, _own_calendar(session, project, form), _parse_day(form))


def save_term(
    session: Session, project: Project, by: StaffMember, form: Form, at: datetime
) -> None:
    calendar_id = form.get("calendar", "")
    service.save_term(
        session,
        project,
        kind=form.get("kind", ""),
        minutes=parse_id(form.get("minutes", ""), "minutes"),
        nature=form.get("nature") or None,
        category=form.get("category") or None,
        severity=form.get("severity") or None,
        calendar_id=parse_id(calendar_id, "calendar") if calendar_id else None,
        by=by,
        at=at,
    )


def drop_term(
    session: Session, project: Project, by: StaffMember, form: Form, at: datetime
) -> None:
    term_id = parse_id(form.get("term", ""), "term")
    service.drop_term(session, project, term_id, by=by, at=at)


def _own_calendar(session: Session, project: Project, form: Form) -> Calendar:
    """A common calendar is not one project's to change."""
    calendar = get_calendar(session, project.id, parse_id(form.get("calendar", ""), "calendar"))
    if calendar.project_id != project.id:
        raise CalendarNotFound
    return calendar


def _parse_day(form: Form) -> date:
    try:
        return date.fromisoformat(form.get("day", ""))
    except ValueError:
        raise BadForm("day") from None


ACTIONS: dict[str, Do] = {
    "calendar": save_calendar,
    "day": set_day,
    "drop-day": drop_day,
    "term": save_term,
    "drop-term": drop_term,
}


async def act(request: web.Request) -> web.StreamResponse:
    do = ACTIONS.get(request.match_info["action"])
    if do is None:
        raise web.HTTPNotFound
    core, viewer, project_id = request.app[CORE], get_viewer(request), path_id(request)
    form = await read_form(request)

    def work(session: Session) -> None:
        member = get_staff_member(session, viewer.staff_id)
        project = _get_project(session, member, project_id)
        do(session, project, member, form, core.clock())

    try:
        await core.transact(work)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _page(request, refusal=refusal, kept=form)
    raise web.HTTPSeeOther(f"/projects/{project_id}/calendars")


async def _back(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(f"/projects/{path_id(request)}/calendars")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/calendars", show_first)
    app.router.add_get("/projects/{id}/calendars", show_calendars)
    app.router.add_post("/projects/{id}/calendars/{action}", act)
    app.router.add_get("/projects/{id}/calendars/{action}", _back)
