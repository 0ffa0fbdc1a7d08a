"""What the pages of the estate and the staff have in common: the chosen project, typed fields, forms and their way back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, time
from http import HTTPStatus
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import BadForm, Form, parse_id
from console.render import Desk, show
from console.settings_words import role_names, tie_names, unit_kind_names
from ownerdesk.model import Project, StaffMember
from ownerdesk.queries.staff import has_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotFound, Refusal

Build = Callable[[Session, Desk], Mapping[str, Any]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def show_sheet(
    request: web.Request,
    template: str,
    build: Build,
    refusal: Refusal | None,
    kept: Form | None,
) -> web.Response:
    """A page, or the same page with why its form was refused and what was typed."""

    def whole(session: Session, desk: Desk) -> Mapping[str, Any]:
        _ = desk.words._
        return {
            "role_names": role_names(_),
            "tie_names": tie_names(_),
            "kind_names": unit_kind_names(_),
            **build(session, desk),
            "notice": desk.words.refusal(refusal) if refusal else "",
            "kept": kept or {},
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, template, whole, status=status)


def make_page(template: str, build_for: Callable[[web.Request], Build]) -> acting.Page:
    """A page that forms come back to."""

    async def page(
        request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
    ) -> web.Response:
        return await show_sheet(request, template, build_for(request), refusal, kept)

    return page


def managed_projects(desk: Desk, right: Right) -> list[Project]:
    """Those in which the person has the right, the ones switched off at the end. Raises NotFound without any."""
    projects = [project for project in desk.projects if desk.may(project.id, right)]
    if not projects:
        raise NotFound
    return sorted(projects, key=lambda project: (not project.is_active, project.code))


def choose_project(desk: Desk, right: Right, wanted: str) -> tuple[Project, list[Project]]:
    """The project that an address names, else the first; and all there are to choose from. One that is not among
    them is not found."""
    projects = managed_projects(desk, right)
    if not wanted:
        return projects[0], projects
    found = [project for project in projects if str(project.id) == wanted]
    if not found:
        raise NotFound
    return found[0], projects


def get_project(session: Session, member: StaffMember, project_id: int, right: Right) -> Project:
    """Raises NotFound."""
    project = session.get(Project, project_id)
    if project is None or not has_right(member, project_id, right):
        raise NotFound
    return project


def check_in_all(member: StaffMember, right: Right) -> None:
    """For what belongs to the whole company. Raises NotFound."""
    if not has_right(member, None, right):
        raise NotFound


def optional_id(form: Form, field: str) -> int | None:
    return parse_id(form[field], field) if form.get(field) else None


def whole_number(form: Form, field: str) -> int:
    """Raises BadForm."""
    number = optional_number(form, field)
    if number is None:
        raise BadForm(field)
    return number


def optional_number(form: Form, field: str) -> int | None:
    """With a sign, if any: floors lie below the ground too. Raises BadForm."""
    text = form.get(field, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.lstrip("-").isdecimal() or len(text) > 9:
        raise BadForm(field)
    try:
        return int(text)
    except ValueError:
        raise BadForm(field) from None


def parse_day(form: Form, field: str) -> date:
    """Raises BadForm."""
    try:
        return date.fromisoformat(form.get(field, ""))
    except ValueError:
        raise BadForm(field) from None


def optional_day(form: Form, field: str) -> date | None:
    return parse_day(form, field) if form.get(field) else None


def parse_clock(form: Form, field: str) -> time:
    """Raises BadForm."""
    try:
        return time.fromisoformat(form.get(field, "")).replace(tzinfo=None)
    except ValueError:
        raise BadForm(field) from None


def add_form(app: web.Application, path: str, act: Handler, back: Handler) -> None:
    """A form's address. Somebody led back to it by the log-in, or by reloading, sees the page it stands on."""
    app.router.add_post(path, act)
    app.router.add_get(path, back)


def lead_to(location: Callable[[web.Request], str]) -> Handler:
    async def back(request: web.Request) -> web.StreamResponse:
        raise web.HTTPSeeOther(location(request))

    return back
