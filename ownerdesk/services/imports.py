"""Imports: the company's own list of buildings, units, owners and their ties, written as a whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from ownerdesk.model import Building, Owner, Project, Residency, Unit
from ownerdesk.rules.imports import OwnerRow, RowError, parse_owners
from ownerdesk.rules.refusals import Refusal
from ownerdesk.services.audit import record_change
from ownerdesk.texts import LANGUAGES

Row = TypeVar("Row", Building, Unit, Owner, Residency)


class ImportRefused(Refusal):
    """The file has mistakes; nothing was written. `errors` names them all, in the order of the lines."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(f"{len(errors)} mistakes in the file")
        self.errors = list(errors)


@dataclass
class ImportCounts:
    """What an import made and changed. An unchanged row counts nowhere but in `rows`."""

    rows: int = 0
    buildings_made: int = 0
    units_made: int = 0
    owners_made: int = 0
    owners_updated: int = 0
    residencies_made: int = 0
    residencies_updated: int = 0


def import_owners(
    session: Session, data: bytes, *, at: datetime, project_code: str = ""
) -> ImportCounts:
    """Bring the tables up to a CSV file. The same file again changes nothing; people who are not in it stay.

    Raises ImportRefused before anything is written.
    """
    rows, errors = parse_owners(data, languages=LANGUAGES, project=project_code)
    # Two imports at once would both find a building missing.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("import_owners"))))
    projects = {project.code: project for project in session.scalars(select(Project))}
    errors += [
        RowError(
            row.line, f"there is no project {row.project!r}; `ownerdesk project list` names them"
        )
        for row in rows
        if row.project not in projects
    ]
    if errors:
        raise ImportRefused(sorted(errors, key=lambda error: error.line))
    return _Import(session, projects, rows, at=at).write()


class _Import:
    """One run over the rows, with what is stored already at hand."""

    def __init__(
        self, session: Session, projects: dict[str, Project], rows: list[OwnerRow], *, at: datetime
    ) -> None:
        self._session = session
        self._projects = projects
        self._rows = rows
        self._at = at
        self.counts = ImportCounts(rows=len(rows))
        self._new: list[tuple[Building | Unit | Owner | Residency, str]] = []
        concerned = {projects[row.project].id for row in rows}
        self._buildings = {
            (b.project_id, b.name): b
            for b in session.scalars(select(Building).where(Building.project_id.in_(concerned)))
        }
        self._units = {
            (u.building_id, u.kind, u.entrance, u.number): u
            for u in session.scalars(
                select(Unit).join(Building).where(Building.project_id.in_(concerned))
            )
        }
        self._owners = {
            owner.phone: owner
            for owner in session.scalars(select(Owner).where(Owner.phone.is_not(None)))
        }
        self._residencies: dict[tuple[int, int], Residency] = {}
        self._nameless: dict[tuple[int, str], Owner] = {}
        ties = session.scalars(
            select(Residency)
            .join(Unit)
            .join(Building)
            .where(Building.project_id.in_(concerned))
            .options(joinedload(Residency.owner))
        )
        for tie in ties:
            self._residencies[tie.owner_id, tie.unit_id] = tie
            if tie.owner.phone is None:
                self._nameless[tie.unit_id, tie.owner.name.casefold()] = tie.owner

    def write(self) -> ImportCounts:
        """Table by table, so that each needs one statement for many rows and finds the ids of the one before."""
        buildings = [self._bring_building(row) for row in self._rows]
        self._store()
        units = [self._bring_unit(row, b) for row, b in zip(self._rows, buildings, strict=True)]
        self._store()
        owners = [self._bring_owner(row, unit) for row, unit in zip(self._rows, units, strict=True)]
        self._store()
        for row, owner, unit in zip(self._rows, owners, units, strict=True):
            self._bring_residency(row, owner, unit)
        self._store()
        return self.counts

    def _bring_building(self, row: OwnerRow) -> Building:
        project = self._projects[row.project]
        building = self._buildings.get((project.id, row.building))
        if building is None:
            building = self._add(Building(project_id=project.id, name=row.building), "building")
            self._buildings[project.id, row.building] = building
            self.counts.buildings_made += 1
        return building

    def _bring_unit(self, row: OwnerRow, building: Building) -> Unit:
        key = (building.id, row.kind, row.entrance, row.number)
        unit = self._units.get(key)
        if unit is None:
            unit = self._add(
                Unit(
                    building_id=building.id, kind=row.kind, entrance=row.entrance,
                    floor=row.floor, number=row.number,
                ),
                "unit",
            )  # fmt: skip
            self._units[key] = unit
            self.counts.units_made += 1
        elif row.floor is not None:
            self._change(unit, "unit", floor=row.floor)
        return unit

    def _bring_owner(self, row: OwnerRow, unit: Unit) -> Owner:
        """By phone; else by name in the unit, where a number that was missing so far is filled in."""
        by_name = (unit.id, row.name.casefold())
        owner = self._owners.get(row.phone) if row.phone else None
        owner = owner or self._nameless.get(by_name)
        if owner is None:
            owner = self._add(Owner(name=row.name, phone=row.phone, language=row.language), "owner")
            self.counts.owners_made += 1
        else:
            new: dict[str, Any] = {"name": row.name}
            if row.phone:
                new["phone"] = row.phone
            if row.language:
                new["language"] = row.language
            self.counts.owners_updated += self._change(owner, "owner", **new)
        if owner.phone:
            self._owners[owner.phone] = owner
            self._nameless.pop(by_name, None)
        else:
            self._nameless[by_name] = owner
        return owner

    def _bring_residency(self, row: OwnerRow, owner: Owner, unit: Unit) -> None:
        tie = self._residencies.get((owner.id, unit.id))
        if tie is None:
            tie = self._add(
                Residency(owner_id=owner.id, unit_id=unit.id, role=row.role), "residency"
            )
            self._residencies[owner.id, unit.id] = tie
            self.counts.residencies_made += 1
            return
        new: dict[str, Any] = {"role": row.role}
        if tie.ended_at is not None:
            # Whoever moved out and is back proves again who they are.
            new |= {"ended_at": None, "verified_by": None, "verified_at": None}
        self.counts.residencies_updated += self._change(tie, "residency", **new)

    def _add(self, row: Row, subject: str) -> Row:
        self._new.append((row, subject))
        self._session.add(row)
        return row

    def _store(self) -> None:
        """Write what was added since the last time, and one line of the audit log for each."""
        given = [
            {name: value for name, value in vars(row).items() if name in row.__table__.columns}
            for row, _ in self._new
        ]
        self._session.flush()
        for (row, subject), after in zip(self._new, given, strict=True):
            record_change(
                self._session,
                f"{subject}.created",
                subject=subject,
                subject_id=row.id,
                after=after,
                at=self._at,
            )
        self._new.clear()
        self._session.flush()

    def _change(self, row: Row, subject: str, **new: Any) -> bool:
        """Whether anything differed. Times are written to the audit log as text."""
        before = {
            name: getattr(row, name) for name, value in new.items() if getattr(row, name) != value
        }
        for name in before:
            setattr(row, name, new[name])
        if not before or row.id is None:  # nothing new, or a row of this very file
            return False
        record_change(
            self._session,
            f"{subject}.updated",
            subject=subject,
            subject_id=row.id,
            before={name: _plain(value) for name, value in before.items()},
            after={name: new[name] for name in before},
            at=self._at,
        )
        return True


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
