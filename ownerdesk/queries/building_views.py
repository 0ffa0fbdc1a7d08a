"""Buildings: what is open where, and one unit with its people and its history. So many queries however many units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from ownerdesk.model import (
    Appeal,
    AppealEvent,
    Building,
    Incident,
    NeighbourWarning,
    Residency,
    StaffMember,
    Unit,
)
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import BuildingNotFound

MOST_UNITS = 5000
MOST_OPEN = 2000
HISTORY = 50


def get_building_for_staff(session: Session, member: StaffMember, building_id: int) -> Building:
    """Raises BuildingNotFound, also where the member sees no appeals of its project."""
    building = session.get(Building, building_id)
    seen = visible_project_ids(session, member, Right.SEE_APPEALS)
    if building is None or building.project_id not in seen:
        raise BuildingNotFound
    return building


def get_unit_for_staff(session: Session, member: StaffMember, unit_id: int) -> Unit:
    """The same for a unit."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise BuildingNotFound
    get_building_for_staff(session, member, unit.building_id)
    return unit


@dataclass(frozen=True)
class BuildingRow:
    """A building in the list, with how many units it has and what is open in it."""

    building: Building
    units: int
    open: int
    emergencies: int
    major: int


def list_buildings_at_work(session: Session, member: StaffMember) -> list[BuildingRow]:
    """Those of the member's projects, by project and name."""
    project_ids = visible_project_ids(session, member, Right.SEE_APPEALS)
    units = (
        select(Unit.building_id, func.count().label("units"))
        .join(Building, Building.id == Unit.building_id)
        .where(Building.project_id.in_(project_ids))
        .group_by(Unit.building_id)
        .subquery()
    )
    work = (
        select(
            Appeal.building_id,
            func.count().label("open"),
            func.count().filter(Appeal.severity == "emergency").label("emergencies"),
            func.count().filter(Appeal.severity == "major").label("major"),
        )
        .where(Appeal.project_id.in_(project_ids), Appeal.state.in_(OPEN_STATES))
        .group_by(Appeal.building_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Building,
            *(func.coalesce(column, 0) for column in (
                units.c.units, work.c.open, work.c.emergencies, work.c.major
            )),
        )
        .outerjoin(units, units.c.building_id == Building.id)
        .outerjoin(work, work.c.building_id == Building.id)
        .where(Building.project_id.in_(project_ids))
        .order_by(Building.project_id, Building.name)
        .options(joinedload(Building.project))
    )  # fmt: skip
    return [BuildingRow(*row) for row in rows]


def list_doors(session: Session, building_id: int) -> Sequence[Any]:
    """The units of a building: their columns alone, there may be thousands."""
    return session.execute(
        select(Unit.id, Unit.kind, Unit.entrance, Unit.floor, Unit.number)
        .where(Unit.building_id == building_id)
        .order_by(Unit.id)
        .limit(MOST_UNITS)
    ).all()


def list_open_in(session: Session, building_id: int) -> Sequence[Any]:
    """What is open in a building, the most urgent first, with the entrance of the home it came from."""
    return session.execute(
        select(
            Appeal.id, Appeal.number, Appeal.nature, Appeal.category, Appeal.kind,
            Appeal.severity, Appeal.state, Appeal.incident_id, Appeal.unit_id, Appeal.next_due_at,
            func.coalesce(Unit.entrance, "").label("entrance"),
        )
        .outerjoin(Unit, Unit.id == Appeal.unit_id)
        .where(Appeal.building_id == building_id, Appeal.state.in_(OPEN_STATES))
        .order_by(
            Appeal.severity != "emergency", Appeal.severity != "major", Appeal.next_due_at,
        )
        .limit(MOST_OPEN)
    ).all()  # fmt: skip


def list_incidents_in(session: Session, building: Building, *, at: datetime) -> Sequence[Incident]:
    """Incidents that are not over, and works still to come or going on, of the building or of the whole project."""
    return session.scalars(
        select(Incident)
        .where(
            Incident.project_id == building.project_id,
            or_(Incident.building_id == building.id, Incident.building_id.is_(None)),
            Incident.state.in_(["proposed", "confirmed"]),
            or_(Incident.kind == "fault", Incident.ends_at > at),
        )
        .order_by(Incident.kind, Incident.starts_at, Incident.id)
        .limit(100)
        .options(joinedload(Incident.building), joinedload(Incident.project))
    ).all()


def list_warned_units(session: Session, building_id: int) -> dict[int, list[int]]:
    """Homes whose people were warned of an emergency in this building that is not over yet, with its appeals."""
    cleared = select(AppealEvent.id).where(
        AppealEvent.appeal_id == NeighbourWarning.appeal_id,
        AppealEvent.name == "neighbours.cleared",
        AppealEvent.at >= NeighbourWarning.confirmed_at,
    )
    rows = session.execute(
        select(NeighbourWarning.appeal_id, NeighbourWarning.unit_ids)
        .join(Appeal, Appeal.id == NeighbourWarning.appeal_id)
        .where(
            Appeal.building_id == building_id,
            Appeal.state.in_(OPEN_STATES),
            NeighbourWarning.confirmed_at.is_not(None),
            ~cleared.exists(),
        )
    )
    warned: dict[int, list[int]] = {}
    for appeal_id, unit_ids in rows:
        for unit_id in unit_ids:
            warned.setdefault(int(unit_id), []).append(appeal_id)
    return warned


def list_people(session: Session, unit_id: int) -> Sequence[Residency]:
    """Who lives in or owns it now."""
    return session.scalars(
        select(Residency)
        .where(Residency.unit_id == unit_id, Residency.ended_at.is_(None))
        .order_by(Residency.id)
        .options(joinedload(Residency.owner))
    ).all()


def list_appeals_of_unit(session: Session, unit_id: int, *, only_open: bool) -> Sequence[Appeal]:
    """The open ones, the most urgent first; or the latest that are over."""
    is_open = Appeal.state.in_(OPEN_STATES)
    query = select(Appeal).where(Appeal.unit_id == unit_id)
    if only_open:
        query = query.where(is_open).order_by(Appeal.next_due_at, Appeal.id)
    else:
        query = query.where(~is_open).order_by(Appeal.id.desc())
    return session.scalars(query.limit(HISTORY).options(joinedload(Appeal.responsible))).all()
