"""Projects, as head office lists them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Building, Project, Residency, Unit


@dataclass(frozen=True)
class ProjectSize:
    """A project with the number of its units and of the people with a running tie to one."""

    project: Project
    units: int
    people: int


def list_projects(session: Session) -> list[ProjectSize]:
    """All projects, by code."""
    rows = session.execute(
        select(Project, func.count(Unit.id.distinct()), func.count(Residency.owner_id.distinct()))
        .outerjoin(Building, Building.project_id == Project.id)
        .outerjoin(Unit, Unit.building_id == Building.id)
        .outerjoin(Residency, (Residency.unit_id == Unit.id) & Residency.ended_at.is_(None))
        .group_by(Project.id)
        .order_by(Project.code)
    )
    return [ProjectSize(project, units, people) for project, units, people in rows]


def find_project(session: Session, code: str) -> Project | None:
    return session.scalar(select(Project).where(Project.code == code))
