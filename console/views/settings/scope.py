"""Where a setting holds: in one project, or in all of them. Asked of every page of the settings that has both."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import BadForm, parse_id
from console.render import Desk
from ownerdesk.model import Project, StaffMember
from ownerdesk.queries.staff import has_right, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotAllowed

ALL = "all"


@dataclass(frozen=True)
class Scope:
    """The project that is set up (None: all), and those one may go to instead."""

    project: Project | None
    projects: list[Project]
    may_all: bool

    @property
    def project_id(self) -> int | None:
        return self.project.id if self.project is not None else None

    @property
    def code(self) -> str:
        """How addresses and forms name it."""
        return str(self.project.id) if self.project is not None else ALL


def open_scope(session: Session, desk: Desk, wanted: str, right: Right) -> Scope:
    """The scope an address asks for; without any, all projects where that is allowed, else the first project. Raises
    NotAllowed where the person may not set it up, and for one that does not exist."""
    may_all = may_change_all(desk.member, right)
    projects = [project for project in desk.projects if desk.may(project.id, right)]
    if not wanted:
        wanted = ALL if may_all or not projects else str(projects[0].id)
    project_id = read_scope(session, desk.member, wanted, right)
    return Scope(next((p for p in projects if p.id == project_id), None), projects, may_all)


def read_scope(session: Session, member: StaffMember, wanted: str, right: Right) -> int | None:
    """The project a form is about, None for all. What holds for all projects is the admins' to change. Raises
    NotAllowed."""
    if wanted == ALL:
        if not may_change_all(member, right):
            raise NotAllowed
        return None
    try:
        project_id = parse_id(wanted, "project")
    except BadForm:
        raise NotAllowed from None
    if project_id not in visible_project_ids(session, member, right):
        raise NotAllowed
    if session.get(Project, project_id) is None:
        raise NotAllowed
    return project_id


def may_change_all(member: StaffMember, right: Right) -> bool:
    return has_right(member, None, Right.ADMINISTER) and has_right(member, None, right)


def wanted_scope(request: web.Request) -> str:
    return request.query.get("project", "")
