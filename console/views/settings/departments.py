"""Departments of a project: codes, names in every language, categories, head."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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
    optional_id,
)
from ownerdesk.model import Department, Project, StaffMember
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.departments import get_department, list_all_departments
from ownerdesk.queries.staff import has_right, list_operators_by_department, list_staff
from ownerdesk.rules.access import Right
from ownerdesk.rules.categories import OTHER
from ownerdesk.rules.refusals import StaffNotFound
from ownerdesk.services.departments import save_department, switch_department
from ownerdesk.texts import LANGUAGES


def _choices(session: Session, project: Project) -> dict[str, Any]:
    departments = list_all_departments(session, project.id)
    heads = [
        member
        for member in list_staff(session)
        if member.is_active and has_right(member, project.id, Right.SEE_APPEALS)
    ]
    categories = read_categories(session)
    taken = {c: d for d in departments if d.is_active for c in d.categories}
    return {
        "departments": departments,
        "heads": heads,
        "names_of_staff": {member.id: member.name for member in list_staff(session)},
        "taken": taken,
        "loose": [c for c in categories.in_use if c not in taken],
        "category_groups": {**categories.groups, "": (OTHER,)},
        "languages_written": LANGUAGES,
    }


def build_list(request: web.Request) -> Build:
    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        project, projects = choose_project(
            desk, Right.MANAGE_STAFF, request.query.get("project", "")
        )
        choices = _choices(session, project)
        numbers = [d.id for d in choices["departments"]]
        operators = list_operators_by_department(session, numbers)
        return {"project": project, "projects": projects, "operators": operators, **choices}

    return build


def build_one(request: web.Request) -> Build:
    department_id = path_id(request)

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        department = get_department(session, desk.member, department_id)
        project = session.get_one(Project, department.project_id)
        return {"department": department, "project": project, **_choices(session, project)}

    return build


list_page = make_page("settings/departments.html", build_list)
one_page = make_page("settings/department.html", build_one)


async def show_list(request: web.Request) -> web.StreamResponse:
    return await list_page(request, refusal=None, kept=None)


async def show_one(request: web.Request) -> web.StreamResponse:
    return await one_page(request, refusal=None, kept=None)


def _save(
    session: Session,
    project: Project,
    department: Department | None,
    by: StaffMember,
    form: Form,
    at: datetime,
) -> Department:
    return save_department(
        session,
        project,
        code=form.get("code", ""),
        names={code: form.get(f"name_{code}", "") for code in LANGUAGES},
        categories=[
            c for c in read_categories(session).in_use if form.get(f"category_{c}") == "yes"
        ],
        head_id=optional_id(form, "head"),
        by=by,
        at=at,
        department=department,
    )


async def add(request: web.Request) -> web.StreamResponse:
    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        project_id = parse_id(form.get("project", ""), "project")
        project = get_project(session, by, project_id, Right.MANAGE_STAFF)
        return f"/settings/departments/{_save(session, project, None, by, form, at).id}"

    return await acting.act(
        request, work, list_page, is_gone=lambda r: not isinstance(r, StaffNotFound)
    )


async def save(request: web.Request) -> web.StreamResponse:
    department_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        department = get_department(session, by, department_id)
        project = session.get_one(Project, department.project_id)
        _save(session, project, department, by, form, at)
        return f"/settings/departments/{department_id}"

    return await acting.act(
        request, work, one_page, is_gone=lambda r: not isinstance(r, StaffNotFound)
    )


async def switch(request: web.Request) -> web.StreamResponse:
    department_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        department = get_department(session, by, department_id)
        switch_department(session, department, is_active=form.get("active") == "yes", by=by, at=at)
        return f"/settings/departments/{department_id}"

    return await acting.act(request, work, one_page)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/settings/departments", show_list)
    app.router.add_post("/settings/departments", add)
    app.router.add_get("/settings/departments/{id}", show_one)
    back = lead_to(lambda request: f"/settings/departments/{path_id(request)}")
    add_form(app, "/settings/departments/{id}/save", save, back)
    add_form(app, "/settings/departments/{id}/switch", switch, back)
