"""Buildings and units, as those who set them up see them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Building, Residency, StaffMember, Unit
from ownerdesk.queries.staff import has_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotFound


@dataclass(frozen=True)
class BuildingSize:
    """A building with the number of its units and of the people who live there."""

    building: Building
    units: int
    people: int


def list_buildings(session: Session, project_id: int) -> list[BuildingSize]:
    """All of a project, by name, those switched off at the end."""
    rows = session.execute(
        select(Building, func.count(Unit.id.distinct()), func.count(Residency.owner_id.distinct()))
        .outerjoin(Unit, Unit.building_id == Building.id)
        .outerjoin(Residency, (Residency.unit_id == Unit.id) & Residency.ended_at.is_(None))
        .where(Building.project_id == project_id)
        .group_by(Building.id)
        .order_by(Building.is_active.desc(), Building.name)
    )
    return [BuildingSize(building, units, people) for building, units, people in rows]


def get_building(session: Session, member: StaffMember, building_id: int) -> Building:
    """One the member may set up. Raises NotFound."""
    building = session.get(Building, building_id)
    if building is None or not has_right(member, building.project_id, Right.MANAGE_ESTATE):
        raise NotFound
    return building


def get_unit(session: Session, member: StaffMember, unit_id: int) -> Unit:
    """One the member may set up. Raises NotFound."""
    unit = session.get(Unit, unit_id)
    if unit is None or not has_right(member, unit.building.project_id, Right.MANAGE_ESTATE):
        raise NotFound
    return unit


def list_units(session: Session, building_id: int) -> list[Unit]:
    """By entrance, from the top floor down, in the order of the numbers."""
    return list(
        session.scalars(
            select(Unit)
            .where(Unit.building_id == building_id)
            .order_by(
                Unit.kind != "flat",
                func.length(Unit.entrance),
                Unit.entrance,
                Unit.floor.desc().nulls_last(),
                func.length(Unit.number),
                Unit.number,
            )
        )
    )


def count_residents(session: Session, building_id: int) -> dict[int, int]:
    """How many people live in each unit of a building."""
    rows = session.execute(
        select(Residency.unit_id, func.count())
        .join(Unit, Unit.id == Residency.unit_id)
        .where(Unit.building_id == building_id, Residency.ended_at.is_(None))
        .group_by(Residency.unit_id)
    )
    return dict(rows.all())


def list_residencies(session: Session, unit_id: int) -> list[Residency]:
    """Ties to a unit, those that run first."""
    return list(
        session.scalars(
            select(Residency)
            .where(Residency.unit_id == unit_id)
            .order_by(Residency.ended_at.is_not(None), Residency.id)
        )
    )


def count_people(session: Session, units: ColumnElement[bool]) -> int:
    """Running ties to the units that a condition chooses."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Residency)
            .join(Unit, Unit.id == Residency.unit_id)
            .join(Building, Building.id == Unit.building_id)
            .where(units, Residency.ended_at.is_(None))
        )
        or 0
    )


def count_unit_appeals(
    session: Session,
    units: ColumnElement[bool],
    appeals: ColumnElement[bool] | None,
    states: Collection[str],
) -> int:
    """Appeals in one of the states about the units, or that another condition chooses."""
    chosen = select(Unit.id).join(Building, Building.id == Unit.building_id).where(units)
    return (
        session.scalar(
            select(func.count())
            .select_from(Appeal)
            .where(
                Appeal.state.in_(states),
                or_(Appeal.unit_id.in_(chosen), false() if appeals is None else appeals),
            )
        )
        or 0
    )
