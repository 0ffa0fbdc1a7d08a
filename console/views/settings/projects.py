"""Projects: their names, times and numbers; for whoever administers the company."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import BadForm, Form, path_id
from console.render import Desk
from console.settings_words import policy_groups, policy_names
from console.views.settings.common import (
    Build,
    add_form,
    check_in_all,
    lead_to,
    make_page,
)
from ownerdesk.model import Project, StaffMember
from ownerdesk.queries.projects import list_projects
from ownerdesk.rules.access import Right
from ownerdesk.rules.policy_fields import DEFAULTS, GROUPS
from ownerdesk.rules.refusals import NotFound
from ownerdesk.services.projects import edit_project, set_up_project, switch_project

FIELDS = ("code", "name", "timezone", "language", "phone", "emergency_number")


def _get(session: Session, member: StaffMember, project_id: int) -> Project:
    check_in_all(member, Right.ADMINISTER)
    project = session.get(Project, project_id)
    if project is None:
        raise NotFound
    return project


def build_list(_: web.Request) -> Build:
    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        check_in_all(desk.member, Right.ADMINISTER)
        sizes = sorted(list_projects(session), key=lambda size: not size.project.is_active)
        return {"sizes": sizes}

    return build


def build_one(request: web.Request) -> Build:
    project_id = path_id(request)

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        project = _get(session, desk.member, project_id)
        groups = policy_groups(desk.words._)
        return {
            "project": project,
            "defaults": DEFAULTS,
            "groups": [(groups[group][0], numbers) for group, numbers in GROUPS.items()],
            "number_names": policy_names(desk.words._),
        }

    return build


list_page = make_page("settings/projects.html", build_list)
one_page = make_page("settings/project.html", build_one)


async def show_list(request: web.Request) -> web.StreamResponse:
    return await list_page(request, refusal=None, kept=None)


async def show_one(request: web.Request) -> web.StreamResponse:
    return await one_page(request, refusal=None, kept=None)


async def add(request: web.Request) -> web.StreamResponse:
    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        check_in_all(by, Right.ADMINISTER)
        given = {name: form.get(name, "").strip() for name in FIELDS}
        project = set_up_project(session, at=at, policy={}, by=by, **given)
        return f"/settings/projects/{project.id}"

    return await acting.act(request, work, list_page)


async def save(request: web.Request) -> web.StreamResponse:
    project_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        project = _get(session, by, project_id)
        changes = {name: form[name].strip() for name in FIELDS if name in form}
        edit_project(
            session, project.code, at=at, changes=changes, policy=_parse_policy(form), by=by
        )
        return f"/settings/projects/{project_id}"

    return await acting.act(request, work, one_page)


def _parse_policy(form: Form) -> dict[str, int | None]:
    """An empty field stands for the usual number; so does the usual number itself."""
    policy: dict[str, int | None] = {}
    for name, usual in DEFAULTS.items():
        text = form.get(name, "").strip()
        if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise BadForm(name)
        number = int(text) if text else None
        policy[name] = None if number == usual else number
    return policy


async def switch(request: web.Request) -> web.StreamResponse:
    project_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        project = _get(session, by, project_id)
        switch_project(
            session, project, is_active=form.get("active") == "yes",
            ends_ties=form.get("ends_ties") == "yes", by=by, at=at,
        )  # fmt: skip
        return f"/settings/projects/{project_id}"

    return await acting.act(request, work, one_page)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/settings/projects", show_list)
    app.router.add_post("/settings/projects", add)
    app.router.add_get("/settings/projects/{id}", show_one)
    back = lead_to(lambda request: f"/settings/projects/{path_id(request)}")
    add_form(app, "/settings/projects/{id}/save", save, back)
    add_form(app, "/settings/projects/{id}/switch", switch, back)
