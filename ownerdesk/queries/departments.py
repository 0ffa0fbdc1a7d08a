"""Departments, as those who set them up see them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Department, StaffMember
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.staff import has_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotFound


def list_all_departments(session: Session, project_id: int | None = None) -> list[Department]:
    """Of a project or of all, those switched off at the end."""
    query = select(Department).order_by(
        Department.project_id, Department.is_active.desc(), Department.code
    )
    if project_id is not None:
        query = query.where(Department.project_id == project_id)
    return list(session.scalars(query))


def get_department(session: Session, member: StaffMember, department_id: int) -> Department:
    """One the member may set up. Raises NotFound."""
    department = session.get(Department, department_id)
    if department is None or not has_right(member, department.project_id, Right.MANAGE_STAFF):
        raise NotFound
    return department


def count_department_appeals(session: Session, department_id: int) -> int:
    """Open ones."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Appeal)
            .where(Appeal.department_id == department_id, Appeal.state.in_(OPEN_STATES))
        )
        or 0
    )


def list_department_codes(session: Session) -> dict[str, dict[str, Any]]:
    """Code → names of the departments at work, as the first project with it calls them."""
    found: dict[str, dict[str, Any]] = {}
    rows = select(Department).where(Department.is_active).order_by(Department.project_id)
    for department in session.scalars(rows.order_by(Department.id)):
        found.setdefault(department.code, department.names)
    return found
