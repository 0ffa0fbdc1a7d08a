"""Calendars, days that differ, and terms: set by whoever runs a project."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form, parse_id
from console.problems import list_problems
from console.render import Desk, show
from console.views.settings.scope import open_scope, read_scope, wanted_scope
from ownerdesk.model import Calendar, Project, StaffMember
from ownerdesk.model.labels import NATURES, SEVERITIES
from ownerdesk.model.promises import PROMISE_KINDS
from ownerdesk.queries.calendars import (
    CalendarNotFound,
    get_calendar,
    list_calendars,
    list_special_days,
    list_terms,
)
from ownerdesk.queries.categories import read_categories
from ownerdesk.rules.access import Right
from ownerdesk.rules.calendars import InvalidCalendar, format_spans, load_spans, parse_periods
from ownerdesk.rules.fields import Problem, Unusable, Whole
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.refusals import AlreadyExists, NotAllowed, Refusal
from ownerdesk.rules.terms import default_minutes
from ownerdesk.services import calendars as service

BASE = "/settings/calendars"
RIGHT = Right.MANAGE_STAFF
WEEK = 7

Do = Callable[[Session, Project, StaffMember, Form, datetime], None]


async def show_calendars(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        projects = [p for p in desk.projects if desk.may(p.id, RIGHT)]
        wanted = (kept or {}).get("project") or wanted_scope(request)
        wanted = wanted or (str(projects[0].id) if projects else "")
        scope = open_scope(session, desk, wanted, RIGHT)
        project = scope.project
        if project is None:
            raise NotAllowed
        policy = Policy.of(project.settings)
        calendars = list_calendars(session, project.id)
        return {
            "scope": scope,
            "base": BASE,
            "here": BASE,
            "project": project,
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
            "category_groups": read_categories(session).groups,
            "defaults": {
                kind: default_minutes(policy, kind=kind, severity="general") for kind in PROMISE_KINDS
            },
            "weekdays": desk.words.weekdays,
            "today": desk.now.date().isoformat(),
            "problems": list_problems(refusal, kept, {}, desk.words),
            "notice": desk.words.refusal(refusal) if refusal else "",
            "kept": kept or {},
        }  # fmt: skip

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "settings/calendars.html", build, status=status)


def save_calendar(
    session: Session, project: Project, by: StaffMember, form: Form, at: datetime
) -> None:
    calendar = _own_calendar(session, project, form) if form.get("calendar") else None
    week = [form.get(f"day{weekday}", "") for weekday in range(WEEK)]
    problems = [
        Problem(f"day{weekday}", "hours")
        for weekday, text in enumerate(week)
        if not _is_hours(text)
    ]
    if not form.get("name", "").strip():
        problems.append(Problem("name", "missing"))
    if problems:
        raise Unusable(*problems)
    try:
        service.save_calendar(
            session, project, name=form.get("name", ""), week=week,
            feed_url=form.get("feed_url", ""), calendar=calendar, by=by, at=at,
        )  # fmt: skip
    except AlreadyExists:
        raise Unusable(Problem("name", "taken")) from None
    except service.InvalidAddress:
        raise Unusable(Problem("feed_url", "address")) from None


def _is_hours(text: str) -> bool:
    try:
        parse_periods(text)
    except InvalidCalendar:
        return False
    return True


def drop_calendar(
    session: Session, project: Project, by: StaffMember, form: Form, at: datetime
) -> None:
    service.drop_calendar(session, _own_calendar(session, project, form), by=by, at=at)


def set_day(session: Session, project: Project, by: StaffMember, form: Form, at: datetime) -> None:
    calendar = _own_calendar(session, project, form)
    name, hours, day = form.get("name", ""), form.get("hours", ""), _parse_day(form)
    problems = [] if _is_hours(hours) else [Problem("hours", "hours")]
    if not name.strip():
        problems.append(Problem("name", "missing"))
    if problems:
        raise Unusable(*problems)
    service.set_special_day(session, calendar, day=day, name=name, hours=hours, by=by, at=at)


def drop_day(session: Session, project: Project, by: StaffMember, form: Form, at: datetime) -> None:
    calendar = _own_calendar(session, project, form)
    service.drop_special_day(session, calendar, _parse_day(form), by=by, at=at)


def save_term(
    session: Session, project: Project, by: StaffMember, form: Form, at: datetime
) -> None:
    calendar_id = form.get("calendar", "")
    minutes = Whole("minutes", 1, service.LONGEST_TERM).parse(form)
    assert minutes is not None, "it has to be there"
    service.save_term(
        session,
        project,
        kind=form.get("kind", ""),
        minutes=minutes,
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
        raise Unusable(Problem("day", "day")) from None


ACTIONS: dict[str, Do] = {
    "calendar": save_calendar,
    "day": set_day,
    "drop-day": drop_day,
    "term": save_term,
    "drop-term": drop_term,
    "drop-calendar": drop_calendar,
}


async def act(request: web.Request) -> web.StreamResponse:
    do = ACTIONS.get(request.match_info["action"])
    if do is None:
        raise web.HTTPNotFound

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        project_id = read_scope(session, by, form.get("project", ""), RIGHT)
        if project_id is None:
            raise NotAllowed
        do(session, session.get_one(Project, project_id), by, form, at)
        return f"{BASE}?project={project_id}"

    return await acting.act(request, work, _page)


async def lead_back(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(BASE)


def add_routes(app: web.Application) -> None:
    app.router.add_get(BASE, show_calendars)
    app.router.add_post(f"{BASE}/{{action}}", act)
    app.router.add_get(f"{BASE}/{{action}}", lead_back)
