"""The duty roster: a week of a project, who is there now, what nobody has, and what differs on dates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form, parse_id, path_id
from console.render import Desk
from console.views.settings.common import (
    Build,
    add_form,
    choose_project,
    get_project,
    lead_to,
    make_page,
    parse_clock,
    parse_day,
)
from ownerdesk.model import DutyException, DutyShift, Project, StaffMember
from ownerdesk.queries.duty import list_duties, list_present, list_week
from ownerdesk.queries.staff import get_staff_member, has_right, list_receiving, list_staff
from ownerdesk.queries.staff_members import may_edit
from ownerdesk.rules.access import Right
from ownerdesk.rules.duty import Span, find_gaps
from ownerdesk.rules.refusals import NotAllowed, NotFound, StaffNotFound
from ownerdesk.services import duty as service

Do = Callable[[Session, Project, StaffMember, Form, datetime], None]
WEEK = timedelta(days=7)
FIRST_WEEK, LAST_WEEK = date(2000, 1, 3), date(2100, 1, 4)


def build_roster(wanted: str, week: str) -> Build:
    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        project, projects = choose_project(desk, Right.MANAGE_STAFF, wanted)
        today = desk.now.astimezone(ZoneInfo(project.timezone)).date()
        monday = _parse_week(week, today)
        days = [monday + timedelta(days=number) for number in range(7)]
        duties = list_duties(session, project.id, monday - timedelta(days=1), days[-1])
        receiving = set(list_receiving(session, project.id))
        spans = list_week(duties.values(), monday, receiving)
        begins = datetime.combine(monday, time(0))
        staff = [
            member
            for member in list_staff(session)
            if member.is_active and has_right(member, project.id, Right.SEE_APPEALS)
        ]
        return {
            "project": project,
            "projects": projects,
            "days": days,
            "today": today,
            "duties": list(duties.values()),
            "gaps": split_by_day(find_gaps(begins, begins + WEEK, spans), days),
            "present": list_present(session, project, desk.now),
            "receiving": receiving,
            "staff": staff,
            "monday": monday,
            "earlier": monday - WEEK,
            "later": monday + WEEK,
        }

    return build


def _parse_week(text: str, today: date) -> date:
    """The Monday of the week that a day lies in; of this week without a sensible day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    if not FIRST_WEEK <= day <= LAST_WEEK:
        day = today
    return day - timedelta(days=day.weekday())


def split_by_day(gaps: list[Span], days: list[date]) -> dict[date, list[Span]]:
    """The part of each gap that lies in each day."""
    parts: dict[date, list[Span]] = {day: [] for day in days}
    for day in days:
        begins = datetime.combine(day, time(0))
        ends = begins + timedelta(days=1)
        for gap in gaps:
            if gap.begins < ends and gap.ends > begins:
                parts[day].append(Span(max(gap.begins, begins), min(gap.ends, ends)))
    return parts


def _build_here(request: web.Request) -> Build:
    return build_roster(request.query.get("project", ""), request.query.get("week", ""))


def _build_of_form(request: web.Request) -> Build:
    """The roster of the project and the week that the form's address names."""
    return build_roster(str(path_id(request)), request.query.get("week", ""))


page = make_page("settings/roster.html", _build_here)
form_page = make_page("settings/roster.html", _build_of_form)


async def show_roster(request: web.Request) -> web.StreamResponse:
    return await page(request, refusal=None, kept=None)


def _member(session: Session, form: Form, field: str = "staff") -> StaffMember:
    return get_staff_member(session, parse_id(form.get(field, ""), field))


def _shift(session: Session, project: Project, form: Form) -> DutyShift:
    shift = session.get(DutyShift, parse_id(form.get("shift", ""), "shift"))
    if shift is None or shift.project_id != project.id:
        raise NotFound
    return shift


def _add(session: Session, project: Project, by: StaffMember, form: Form, at: datetime) -> None:
    service.add_shifts(
        session,
        project,
        _member(session, form),
        weekdays=[number for number in range(7) if form.get(f"day{number}") == "yes"],
        starts=parse_clock(form, "starts"),
        ends=parse_clock(form, "ends"),
        by=by,
        at=at,
    )


def _remove(session: Session, project: Project, by: StaffMember, form: Form, at: datetime) -> None:
    service.remove_shift(session, _shift(session, project, form), by=by, at=at)


def _absent(session: Session, project: Project, by: StaffMember, form: Form, at: datetime) -> None:
    member = _member(session, form)
    # An absence holds in every project: whoever runs one of them may enter it.
    if not has_right(member, project.id, Right.SEE_APPEALS):
        raise StaffNotFound
    service.add_absence(
        session,
        member,
        first_day=parse_day(form, "first_day"),
        last_day=parse_day(form, "last_day"),
        reason=form.get("reason", ""),
        by=by,
        at=at,
    )


def _extra(session: Session, project: Project, by: StaffMember, form: Form, at: datetime) -> None:
    service.add_extra_shift(
        session,
        project,
        _member(session, form),
        day=parse_day(form, "day"),
        starts=parse_clock(form, "starts"),
        ends=parse_clock(form, "ends"),
        reason=form.get("reason", ""),
        by=by,
        at=at,
    )


def _swap(session: Session, project: Project, by: StaffMember, form: Form, at: datetime) -> None:
    service.swap_shift(
        session,
        project,
        _shift(session, project, form),
        _member(session, form),
        day=parse_day(form, "day"),
        reason=form.get("reason", ""),
        by=by,
        at=at,
    )


def _undo(session: Session, project: Project, by: StaffMember, form: Form, at: datetime) -> None:
    exception = session.get(DutyException, parse_id(form.get("exception", ""), "exception"))
    if exception is None:
        raise NotFound
    if exception.project_id is None:
        member = session.get_one(StaffMember, exception.staff_id)
        if not has_right(member, project.id, Right.SEE_APPEALS) and not may_edit(by, member):
            raise NotAllowed
    elif exception.project_id != project.id:
        raise NotFound
    service.remove_exception(session, exception, by=by, at=at)


ACTIONS: dict[str, Do] = {
    "add": _add,
    "remove": _remove,
    "absent": _absent,
    "extra": _extra,
    "swap": _swap,
    "undo": _undo,
}


async def act(request: web.Request) -> web.StreamResponse:
    project_id, do = path_id(request), ACTIONS[request.match_info["action"]]

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        do(session, get_project(session, by, project_id, Right.MANAGE_STAFF), by, form, at)
        return _location(project_id, request.query.get("week", ""))

    return await acting.act(
        request, work, form_page, is_gone=lambda r: not isinstance(r, StaffNotFound)
    )


def _location(project_id: int, week: str) -> str:
    """A week that the address names wrongly is left out."""
    try:
        day = date.fromisoformat(week)
    except ValueError:
        return f"/settings/roster?project={project_id}"
    return f"/settings/roster?project={project_id}&week={day}"


def add_routes(app: web.Application) -> None:
    app.router.add_get("/settings/roster", show_roster)
    back = lead_to(lambda request: _location(path_id(request), request.query.get("week", "")))
    add_form(app, "/settings/roster/{id}/{action:" + "|".join(ACTIONS) + "}", act, back)
