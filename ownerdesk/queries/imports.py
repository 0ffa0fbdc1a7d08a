"""Imports and their rows, as whoever brought the file looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, joinedload

from ownerdesk.model import Building, ImportRow, OwnerImport, Residency, Unit

PAGE = 100
CHANGES = ("new", "changed", "ended", "same")
SHOWN_LEAVING = 200


@dataclass(frozen=True)
class RowFilter:
    """Which rows: with `mistakes`, of one change, or (empty) all; and after which line."""

    show: str = ""
    after: int = 0

    @classmethod
    def parse(cls, show: str, after: str) -> RowFilter:
        is_number = after.isascii() and after.isdecimal() and len(after) < 10
        return cls(show if show in ("mistakes", *CHANGES) else "", int(after) if is_number else 0)


def list_own_imports(session: Session, staff_id: int) -> Sequence[OwnerImport]:
    """The latest."""
    return session.scalars(
        select(OwnerImport)
        .where(OwnerImport.staff_id == staff_id)
        .order_by(OwnerImport.id.desc())
        .limit(20)
    ).all()


def list_rows(session: Session, import_id: int, chosen: RowFilter) -> Sequence[ImportRow]:
    """A page in the order of the lines, and one more where there are more."""
    query = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.line > chosen.after)
    if chosen.show == "mistakes":
        query = query.where(ImportRow.mistakes != [])
    elif chosen.show:
        query = query.where(ImportRow.change == chosen.show)
    return session.scalars(query.order_by(ImportRow.line).limit(PAGE + 1)).all()


def count_rows(session: Session, import_id: int) -> dict[str, int]:
    """Rows by what they change, and those with `mistakes`."""
    counted = session.execute(
        select(ImportRow.change, func.count())
        .where(ImportRow.import_id == import_id, ImportRow.mistakes == [])
        .group_by(ImportRow.change)
    )
    numbers = {change: count for change, count in counted if change is not None}
    numbers["mistakes"] = (
        session.scalar(
            select(func.count())
            .select_from(ImportRow)
            .where(ImportRow.import_id == import_id, ImportRow.mistakes != [])
        )
        or 0
    )
    return numbers


def list_leaving(session: Session, import_id: int) -> Sequence[Residency]:
    """Of a complete list, the first of those who are missing in it and so would have moved out."""
    rows = select(ImportRow.building_id).where(ImportRow.import_id == import_id)
    listed = select(ImportRow.residency_id).where(
        ImportRow.import_id == import_id, ImportRow.residency_id.is_not(None)
    )
    return session.scalars(
        select(Residency)
        .join(Unit, Unit.id == Residency.unit_id)
        .join(Building, Building.id == Unit.building_id)
        .where(
            and_(Residency.ended_at.is_(None), Building.id.in_(rows)), Residency.id.not_in(listed)
        )
        .order_by(Building.name, Unit.id, Residency.id)
        .limit(SHOWN_LEAVING)
        .options(joinedload(Residency.owner), joinedload(Residency.unit).joinedload(Unit.building))
    ).all()
