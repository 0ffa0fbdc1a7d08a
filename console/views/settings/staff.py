"""Staff: who works here, with which roles in which projects, what they can do, and that they leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form, parse_choice, parse_id, path_id
from console.render import Desk
from console.views.settings.common import (
    Build,
    add_form,
    choose_project,
    lead_to,
    make_page,
    managed_projects,
    optional_id,
)
from ownerdesk.model import Department, Project, StaffMember, StaffRole
from ownerdesk.model.staff import ROLES
from ownerdesk.queries.departments import list_all_departments
from ownerdesk.queries.staff import get_staff_member, has_right
from ownerdesk.queries.staff_members import (
    count_open_work,
    get_managed_member,
    list_managed_staff,
    list_skills,
    may_edit,
)
from ownerdesk.rules.access import Right
from ownerdesk.rules.granting import may_grant
from ownerdesk.rules.refusals import GrantBeyondOwn, NotFound, StaffNotFound
from ownerdesk.services import staff_members as service
from ownerdesk.services.staff import Role

Do = Callable[[Session, StaffMember, StaffMember, Form, datetime], None]


def _choices(session: Session, desk: Desk) -> dict[str, Any]:
    own = [(role.role, role.project_id) for role in desk.member.roles]
    projects = [p for p in managed_projects(desk, Right.MANAGE_STAFF) if p.is_active]
    departments = [
        (project, [d for d in list_all_departments(session, project.id) if d.is_active])
        for project in projects
    ]
    grants: list[tuple[str, int | None, str]] = [
        (role, project.id, project.name)
        for project in projects
        for role in ROLES
        if role != "operator" and may_grant(own, role, project.id)
    ]
    grants += [
        (role, None, "") for role in ROLES if role != "operator" and may_grant(own, role, None)
    ]
    return {
        "projects": projects,
        "departments": departments,
        "grants": grants,
        "project_names": {p.id: p.name for p in desk.projects},
        "department_names": {d.id: desk.words.pick(d.names) for d in list_all_departments(session)},
        "may_grant": lambda row: may_grant(own, row.role, row.project_id),
    }


def build_list(request: web.Request) -> Build:
    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        wanted = request.query.get("project", "")
        project = choose_project(desk, Right.MANAGE_STAFF, wanted)[0] if wanted else None
        staff = list_managed_staff(session, desk.member, project.id if project else None)
        return {
            "staff": staff,
            "project": project,
            "skills": list_skills(staff),
            **_choices(session, desk),
        }

    return build


def build_one(request: web.Request) -> Build:
    staff_id = path_id(request)

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        managed_projects(desk, Right.MANAGE_STAFF)
        member = get_managed_member(session, desk.member, staff_id)
        staff = list_managed_staff(session, desk.member)
        return {
            "member": member,
            "may_edit": may_edit(desk.member, member),
            "open_work": count_open_work(session, member.id),
            "successors": [
                m
                for m in staff
                if m.is_active
                and m.id != member.id
                and any(Right.WORK_APPEALS in _rights(m, r.project_id) for r in member.roles)
            ],
            "skills": list_skills(staff),
            **_choices(session, desk),
        }

    return build


def _rights(member: StaffMember, project_id: int | None) -> set[Right]:
    return {right for right in Right if has_right(member, project_id, right)}


list_page = make_page("settings/staff.html", build_list)
one_page = make_page("settings/staff_member.html", build_one)


async def show_list(request: web.Request) -> web.StreamResponse:
    return await list_page(request, refusal=None, kept=None)


async def show_one(request: web.Request) -> web.StreamResponse:
    return await one_page(request, refusal=None, kept=None)


def _parse_role(session: Session, by: StaffMember, form: Form) -> Role:
    """`agent:3`, `agent:` for every project, or `operator::7` with the department. What lies elsewhere is not found."""
    name, _, rest = form.get("role", "").partition(":")
    project, _, department = rest.partition(":")
    parse_choice({"role": name}, "role", ROLES)
    project_id = parse_id(project, "role") if project else None
    department_id = parse_id(department, "role") if department else None
    if department_id is not None:
        row = session.get(Department, department_id)
        if row is None or not has_right(by, row.project_id, Right.MANAGE_STAFF):
            raise NotFound
        project_id = row.project_id
    if project_id is not None and session.get(Project, project_id) is None:
        raise NotFound
    return Role(name, project_id, department_id)


async def add(request: web.Request) -> web.StreamResponse:
    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        if not any(has_right(by, r.project_id, Right.MANAGE_STAFF) for r in by.roles):
            raise NotFound
        member = service.add_member(
            session,
            name=form.get("name", ""),
            email=form.get("email", ""),
            phone=form.get("phone", ""),
            language=form.get("language", ""),
            role=_parse_role(session, by, form),
            by=by,
            at=at,
        )
        return f"/settings/staff/{member.id}"

    return await acting.act(request, work, list_page)


def _check_edit(by: StaffMember, member: StaffMember) -> None:
    if not may_edit(by, member):
        raise GrantBeyondOwn


def _save(session: Session, member: StaffMember, by: StaffMember, form: Form, at: datetime) -> None:
    _check_edit(by, member)
    service.edit_member(
        session,
        member,
        name=form.get("name", ""),
        email=form.get("email", ""),
        phone=form.get("phone", ""),
        language=form.get("language", ""),
        skills=re.split(r"[,，;\n]", form.get("skills", "")),
        by=by,
        at=at,
    )


def _give(session: Session, member: StaffMember, by: StaffMember, form: Form, at: datetime) -> None:
    service.give_role(session, member, _parse_role(session, by, form), by=by, at=at)


def _take(session: Session, member: StaffMember, by: StaffMember, form: Form, at: datetime) -> None:
    row = session.get(StaffRole, parse_id(form.get("role", ""), "role"))
    if row is None or row.staff_id != member.id:
        raise NotFound
    service.take_role(session, member, row, by=by, at=at)


def _off(session: Session, member: StaffMember, by: StaffMember, form: Form, at: datetime) -> None:
    successor_id = optional_id(form, "successor")
    successor = get_staff_member(session, successor_id) if successor_id else None
    service.switch_off_member(session, member, successor=successor, by=by, at=at)


def _on(session: Session, member: StaffMember, by: StaffMember, form: Form, at: datetime) -> None:
    service.switch_on_member(session, member, by=by, at=at)


ACTIONS: dict[str, Do] = {"save": _save, "give": _give, "take": _take, "off": _off, "on": _on}


async def act(request: web.Request) -> web.StreamResponse:
    staff_id, do = path_id(request), ACTIONS[request.match_info["action"]]

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        do(session, get_managed_member(session, by, staff_id), by, form, at)
        return f"/settings/staff/{staff_id}"

    return await acting.act(
        request, work, one_page, is_gone=lambda r: not isinstance(r, StaffNotFound)
    )


def add_routes(app: web.Application) -> None:
    app.router.add_get("/settings/staff", show_list)
    app.router.add_post("/settings/staff", add)
    app.router.add_get("/settings/staff/{id}", show_one)
    back = lead_to(lambda request: f"/settings/staff/{path_id(request)}")
    add_form(app, "/settings/staff/{id}/{action:" + "|".join(ACTIONS) + "}", act, back)
