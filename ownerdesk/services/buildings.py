"""Buildings and units, as a company sets them up. Nothing with a history is removed; what nobody uses any more is
switched off, and with it nobody lives there and nothing is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Building, Project, Residency, StaffMember, Unit
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.buildings import count_people, count_unit_appeals
from ownerdesk.rules.imports import KINDS
from ownerdesk.rules.numbering import LONGEST_NAME, NewUnit, UnitPlan
from ownerdesk.rules.refusals import (
    AlreadyExists,
    HasHistory,
    InvalidField,
    MissingText,
    NumbersTaken,
    StillInUse,
    SwitchedOff,
    TooLong,
)
from ownerdesk.services.audit import record_change
from ownerdesk.services.changes import add_row, change_row, delete_row
from ownerdesk.services.owners import leave_ended_homes

MAX_ADDRESS = 200
SHOWN_NUMBERS = 20


def _check_name(name: str, limit: int = MAX_ADDRESS) -> str:
    name = name.strip()
    if not name:
        raise MissingText("name")
    if len(name) > limit:
        raise TooLong("name", limit)
    return name


def add_building(
    session: Session, project: Project, *, name: str, address: str, by: StaffMember, at: datetime
) -> Building:
    """Raises MissingText, TooLong, AlreadyExists, SwitchedOff."""
    if not project.is_active:
        raise SwitchedOff
    name = _check_name(name)
    _check_free(session, project.id, name)
    row = Building(project_id=project.id, name=name, address=address.strip()[:MAX_ADDRESS])
    add_row(session, row, "building", by=by, at=at)
    return row


def _check_free(session: Session, project_id: int, name: str, but: int | None = None) -> None:
    taken = session.scalar(
        select(Building.id).where(Building.project_id == project_id, Building.name == name)
    )
    if taken is not None and taken != but:
        raise AlreadyExists(name)


def edit_building(
    session: Session, building: Building, *, name: str, address: str, by: StaffMember, at: datetime
) -> None:
    """Appeals that were written keep the place they name. Raises MissingText, TooLong, AlreadyExists."""
    name = _check_name(name)
    _check_free(session, building.project_id, name, but=building.id)
    new = {"name": name, "address": address.strip()[:MAX_ADDRESS]}
    change_row(session, building, "building", new, by=by, at=at)


def switch_building(
    session: Session,
    building: Building,
    *,
    is_active: bool,
    ends_ties: bool = False,
    by: StaffMember,
    at: datetime,
) -> None:
    """Off or on again. Off it is nobody's home: people's ties are ended only where that is said. Raises StillInUse for
    open appeals, and for people."""
    if is_active:
        if not session.get_one(Project, building.project_id).is_active:
            raise SwitchedOff
    else:
        leave_units(
            session, Unit.building_id == building.id, ends_ties=ends_ties, by=by, at=at,
            appeals=Appeal.building_id == building.id,
        )  # fmt: skip
    action = "switched_on" if is_active else "switched_off"
    change_row(session, building, "building", {"is_active": is_active}, by=by, at=at, action=action)


def leave_units(
    session: Session,
    units: ColumnElement[bool],
    *,
    ends_ties: bool,
    by: StaffMember,
    at: datetime,
    appeals: ColumnElement[bool] | None = None,
) -> None:
    """Before homes are switched off: nothing may be open, and nobody live there, or (`ends_ties`) do so from now on.
    Raises StillInUse."""
    people = count_people(session, units)
    open_appeals = count_unit_appeals(session, units, appeals, OPEN_STATES)
    if open_appeals or (people and not ends_ties):
        raise StillInUse(appeals=open_appeals, people=0 if ends_ties else people)
    if not people:
        return
    chosen = select(Unit.id).join(Building, Building.id == Unit.building_id).where(units)
    ended = session.scalars(
        update(Residency)
        .where(Residency.unit_id.in_(chosen), Residency.ended_at.is_(None))
        .values(ended_at=at)
        .returning(Residency.id)
    ).all()
    for residency_id in ended:
        record_change(
            session, "residency.ended", subject="residency", subject_id=residency_id,
            before={"ended_at": None}, after={"ended_at": at.isoformat()}, staff_id=by.id, at=at,
        )  # fmt: skip
    session.expire_all()
    leave_ended_homes(session)


def remove_building(session: Session, building: Building, *, by: StaffMember, at: datetime) -> None:
    """A building that was a slip, with its units. Raises HasHistory once anybody lived there or anything refers to it."""
    units = session.scalars(select(Unit).where(Unit.building_id == building.id)).all()
    used = session.scalar(
        select(exists().where(Residency.unit_id.in_([unit.id for unit in units])))
    )
    if used:
        raise HasHistory
    try:
        with session.begin_nested():
            for unit in units:
                delete_row(session, unit, "unit", by=by, at=at)
            delete_row(session, building, "building", by=by, at=at)
    except IntegrityError:
        raise HasHistory from None


def add_unit(
    session: Session,
    building: Building,
    *,
    kind: str,
    entrance: str,
    floor: int | None,
    number: str,
    by: StaffMember,
    at: datetime,
) -> Unit:
    """Raises InvalidField, MissingText, NumbersTaken, SwitchedOff."""
    if not building.is_active:
        raise SwitchedOff
    values = _check_unit(kind, entrance, floor, number)
    unit = Unit(building_id=building.id, **values)
    _check_unit_free(session, unit)
    add_row(session, unit, "unit", by=by, at=at)
    return unit


def _check_unit(kind: str, entrance: str, floor: int | None, number: str) -> dict[str, object]:
    if kind not in KINDS:
        raise InvalidField("kind")
    if floor is not None and not -99 <= floor <= 999:
        raise InvalidField("floor")
    entrance = entrance.strip()
    if len(entrance) > LONGEST_NAME:
        raise TooLong("entrance", LONGEST_NAME)
    number = _check_name(number, LONGEST_NAME)
    return {"kind": kind, "entrance": entrance, "floor": floor, "number": number}


def _check_unit_free(session: Session, wanted: Unit, but: int | None = None) -> None:
    taken = session.scalar(
        select(Unit.id).where(
            Unit.building_id == wanted.building_id, Unit.kind == wanted.kind,
            Unit.entrance == wanted.entrance, Unit.number == wanted.number,
        )
    )  # fmt: skip
    if taken is not None and taken != but:
        raise NumbersTaken([wanted.number], 1)


def edit_unit(
    session: Session,
    unit: Unit,
    *,
    kind: str,
    entrance: str,
    floor: int | None,
    number: str,
    by: StaffMember,
    at: datetime,
) -> None:
    """Appeals that were written keep the place they name. Raises InvalidField, MissingText, NumbersTaken."""
    values = _check_unit(kind, entrance, floor, number)
    _check_unit_free(session, Unit(building_id=unit.building_id, **values), but=unit.id)
    change_row(session, unit, "unit", values, by=by, at=at)


def switch_unit(
    session: Session,
    unit: Unit,
    *,
    is_active: bool,
    ends_ties: bool = False,
    by: StaffMember,
    at: datetime,
) -> None:
    """Off or on again, as a building. Raises StillInUse, SwitchedOff."""
    if is_active:
        if not unit.building.is_active:
            raise SwitchedOff
    else:
        leave_units(
            session, Unit.id == unit.id, ends_ties=ends_ties, by=by, at=at,
            appeals=Appeal.unit_id == unit.id,
        )  # fmt: skip
    action = "switched_on" if is_active else "switched_off"
    change_row(session, unit, "unit", {"is_active": is_active}, by=by, at=at, action=action)


def remove_unit(session: Session, unit: Unit, *, by: StaffMember, at: datetime) -> None:
    """A unit that was a slip. Raises HasHistory."""
    try:
        with session.begin_nested():
            delete_row(session, unit, "unit", by=by, at=at)
    except IntegrityError:
        raise HasHistory from None


def list_clashes(session: Session, building: Building, plan: Sequence[NewUnit]) -> list[NewUnit]:
    """Those of a plan that are there already."""
    rows = session.execute(
        select(Unit.entrance, Unit.number).where(
            Unit.building_id == building.id, Unit.kind == "flat"
        )
    )
    known = {(entrance, number) for entrance, number in rows}
    return [unit for unit in plan if (unit.entrance, unit.number) in known]


def generate_units(
    session: Session, building: Building, plan: UnitPlan, *, by: StaffMember, at: datetime
) -> int:
    """Make the flats of a plan; none that is there is touched. Pressed twice, or by two people at once, the second is
    refused. Returns how many. Raises InvalidField, SwitchedOff, and NumbersTaken with the numbers that clash."""
    units = plan.list_units()
    session.refresh(building, with_for_update={"key_share": True})
    if not building.is_active:
        raise SwitchedOff
    clashes = list_clashes(session, building, units)
    if clashes:
        names = [" ".join(filter(None, (c.entrance, c.number))) for c in clashes[:SHOWN_NUMBERS]]
        raise NumbersTaken(names, len(clashes))
    session.add_all(
        Unit(building_id=building.id, entrance=u.entrance, floor=u.floor, number=u.number)
        for u in units
    )
    session.flush()
    record_change(
        session, "units.generated", subject="building", subject_id=building.id,
        after={
            "scheme": plan.scheme, "count": len(units),
            "units": [[u.entrance, u.floor, u.number] for u in units],
        },
        staff_id=by.id, at=at,
    )  # fmt: skip
    return len(units)


def rename_entrance(
    session: Session, building: Building, *, old: str, new: str, by: StaffMember, at: datetime
) -> None:
    """The same units under another entrance. Raises TooLong, and NumbersTaken where both have a number."""
    new = new.strip()
    if len(new) > LONGEST_NAME:
        raise TooLong("entrance", LONGEST_NAME)
    if new == old:
        return
    session.refresh(building, with_for_update={"key_share": True})
    there = select(Unit.kind, Unit.number).where(Unit.building_id == building.id)
    known = {(kind, number) for kind, number in session.execute(there.where(Unit.entrance == new))}
    moving = session.execute(there.where(Unit.entrance == old)).all()
    clashes = [number for kind, number in moving if (kind, number) in known]
    if clashes:
        raise NumbersTaken(clashes[:SHOWN_NUMBERS], len(clashes))
    session.execute(
        update(Unit)
        .where(Unit.building_id == building.id, Unit.entrance == old)
        .values(entrance=new)
    )
    record_change(
        session, "entrance.renamed", subject="building", subject_id=building.id,
        before={"entrance": old}, after={"entrance": new, "count": len(moving)},
        staff_id=by.id, at=at,
    )  # fmt: skip
