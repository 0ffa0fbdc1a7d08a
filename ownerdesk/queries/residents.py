"""Owners and their homes, as those who keep the estate see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from ownerdesk.model import Building, Conversation, Owner, Project, Residency, StaffMember, Unit
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.phones import normalise_phone
from ownerdesk.rules.refusals import NotFound

PAGE = 50


@dataclass(frozen=True)
class OwnerFilter:
    """Words of a name, a number of a phone, or a unit's number; and a project or a building."""

    q: str = ""
    project: int | None = None
    building: int | None = None
    ended: bool = False
    after: int | None = None


def _ties(projects: Sequence[int], chosen: OwnerFilter) -> Select[int]:
    ties = (
        select(Residency.owner_id)
        .join(Unit, Unit.id == Residency.unit_id)
        .join(Building, Building.id == Unit.building_id)
        .where(Building.project_id.in_(projects))
    )
    if not chosen.ended:
        ties = ties.where(Residency.ended_at.is_(None))
    if chosen.project is not None:
        ties = ties.where(Building.project_id == chosen.project)
    if chosen.building is not None:
        ties = ties.where(Building.id == chosen.building)
    return ties


def find_owners(session: Session, member: StaffMember, chosen: OwnerFilter) -> list[Owner]:
    """A page, in the order they were entered, with their homes; one more than `PAGE` where there are more."""
    projects = visible_project_ids(session, member, Right.MANAGE_ESTATE)
    query = select(Owner).where(Owner.id.in_(_ties(projects, chosen)))
    if chosen.q:
        digits = normalise_phone(chosen.q) if any(c.isdigit() for c in chosen.q) else None
        number = _ties(projects, chosen).where(Unit.number == chosen.q)
        query = query.where(
            or_(
                Owner.name.icontains(chosen.q, autoescape=True),
                Owner.phone.contains(digits[1:]) if digits else Owner.phone == chosen.q,
                Owner.id.in_(number),
            )
        )
    if chosen.after is not None:
        query = query.where(Owner.id > chosen.after)
    return list(
        session.scalars(
            query.order_by(Owner.id)
            .limit(PAGE + 1)
            .options(
                selectinload(Owner.residencies)
                .joinedload(Residency.unit)
                .joinedload(Unit.building)
                .joinedload(Building.project)
            )
        )
    )


def get_owner(session: Session, member: StaffMember, owner_id: int) -> Owner:
    """One who has or had a home where the member keeps the estate. Raises NotFound."""
    projects = visible_project_ids(session, member, Right.MANAGE_ESTATE)
    owner = session.scalar(
        select(Owner).where(
            Owner.id == owner_id, Owner.id.in_(_ties(projects, OwnerFilter(ended=True)))
        )
    )
    if owner is None:
        raise NotFound
    return owner


def list_ties(session: Session, member: StaffMember, owner_id: int) -> list[Residency]:
    """All homes of a person that the member may see, those that run first."""
    projects = visible_project_ids(session, member, Right.MANAGE_ESTATE)
    return list(
        session.scalars(
            select(Residency)
            .join(Unit, Unit.id == Residency.unit_id)
            .join(Building, Building.id == Unit.building_id)
            .where(Residency.owner_id == owner_id, Building.project_id.in_(projects))
            .order_by(Residency.ended_at.is_not(None), Residency.id)
            .options(joinedload(Residency.unit).joinedload(Unit.building))
        )
    )


def get_tie(session: Session, member: StaffMember, residency_id: int) -> Residency:
    """Raises NotFound."""
    projects = visible_project_ids(session, member, Right.MANAGE_ESTATE)
    tie = session.scalar(
        select(Residency)
        .join(Unit, Unit.id == Residency.unit_id)
        .join(Building, Building.id == Unit.building_id)
        .where(Residency.id == residency_id, Building.project_id.in_(projects))
    )
    if tie is None:
        raise NotFound
    return tie


def find_unit_by_words(
    session: Session, building_id: int, *, entrance: str, number: str
) -> Unit | None:
    """The one unit of a building that this can mean; a flat before a parking place. None where it is not clear."""
    query = select(Unit).where(
        Unit.building_id == building_id, Unit.number == number.strip(), Unit.is_active
    )
    if entrance.strip():
        query = query.where(Unit.entrance == entrance.strip())
    units = session.scalars(query).all()
    flats = [unit for unit in units if unit.kind == "flat"]
    found = flats or units
    return found[0] if len(found) == 1 else None


def has_chat(session: Session, owner_id: int) -> bool:
    return bool(session.scalar(select(exists().where(Conversation.owner_id == owner_id))))


def stream_ties(session: Session, project_ids: Sequence[int]) -> Iterator[list[str]]:
    """All running ties of some projects, as an import reads them, in the order of the homes."""
    rows = session.execute(
        select(Project.code, Building.name, Unit, Owner, Residency)
        .join(Building, Building.project_id == Project.id)
        .join(Unit, Unit.building_id == Building.id)
        .join(Residency, and_(Residency.unit_id == Unit.id, Residency.ended_at.is_(None)))
        .join(Owner, Owner.id == Residency.owner_id)
        .where(Project.id.in_(project_ids))
        .order_by(Project.code, Building.name, Unit.id, Residency.id)
        .execution_options(yield_per=1000)
    )
    for code, building, unit, owner, tie in rows:
        yield [
            code, building, unit.entrance, "" if unit.floor is None else str(unit.floor),
            unit.number, unit.kind, owner.name, owner.phone or "", owner.language or "", tie.role,
            "" if tie.share is None else f"{tie.share.normalize():f}",
            tie.since.isoformat() if tie.since else "", "",
        ]  # fmt: skip
