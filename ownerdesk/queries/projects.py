"""Projects, as head office lists them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Building, Project, Residency, Unit
from ownerdesk.rules.policy import Policy


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


def list_projects_by_soon(session: Session, project_ids: Sequence[int]) -> dict[int, list[int]]:
    """Ids by the minutes that the project's policy calls soon."""
    rows = session.execute(
        select(Project.id, Project.settings["due_soon_minutes"].as_string()).where(
            Project.id.in_(project_ids)
        )
    )
    by_minutes: dict[int, list[int]] = defaultdict(list)
    for project_id, minutes in rows:
        by_minutes[int(minutes or Policy.due_soon_minutes)].append(project_id)
    return dict(by_minutes)


def list_buildings(session: Session, project_id: int) -> list[Building]:
    """The buildings of a project, by name."""
    return list(
        session.scalars(
            select(Building).where(Building.project_id == project_id).order_by(Building.name)
        )
    )
