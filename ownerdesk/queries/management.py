"""Figures of managers, and the cases behind them.

A figure is a base (`queries.figure_bases`), or what a flag leaves of it. Counting and listing begin with the same
base and flag, so that a figure always opens as many cases as it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Subquery,
    cast,
    func,
    null,
    select,
    text,
)
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Project,
)
from ownerdesk.queries.figure_bases import BASES, Scope

DIMENSIONS = ("project", "department", "person", "category")


@dataclass(frozen=True)
class Figure:
    """A base, or what a flag leaves of it."""

    base: str
    flag: str = ""


FIGURES: Mapping[str, Figure] = {
    "open": Figure("open"),
    "new": Figure("open", "is_new"),
    "overdue": Figure("open", "is_overdue"),
    "open_emergencies": Figure("open", "is_emergency"),
    "jobs": Figure("jobs"),
    "received": Figure("received"),
    "answered": Figure("received", "is_answered"),
    "resolved": Figure("resolved"),
    "on_time": Figure("resolved", "is_on_time"),
    "late": Figure("resolved", "is_late"),
    "moved": Figure("resolved", "is_moved"),
    "reopened": Figure("reopened"),
    "rated": Figure("rated"),
    "low_rated": Figure("rated", "is_low"),
    "emergencies": Figure("emergencies"),
    "emergencies_in_time": Figure("emergencies", "is_in_time"),
    "emergencies_late": Figure("emergencies", "is_late"),
    "handoffs": Figure("handoffs"),
    "handoffs_waiting": Figure("handoffs", "is_waiting"),
    "visits": Figure("visits"),
    "visits_satisfied": Figure("visits", "is_satisfied"),
    "visits_unsatisfied": Figure("visits", "is_unsatisfied"),
}


@dataclass(frozen=True)
class Number:
    """How many cases, and of their values the mean, the middle and what nine of ten stay below."""

    count: int = 0
    average: float | None = None
    median: float | None = None
    p90: float | None = None


NONE = Number()
# Figures by what they are counted for: None for the whole, else the id of a project, department or person; and among
# those an id of None for cases that have none.
Numbers = Mapping[str, Number]


@dataclass(frozen=True)
class Table:
    """The whole, and a row for each key of the dimension (or category)."""

    whole: Numbers
    rows: Mapping[int | str | None, Numbers]


def cases_of(name: str, scope: Scope) -> Subquery:
    """The cases of a base, narrowed to the scope's department, person and category."""
    base = BASES[name](scope).subquery("cases")
    wanted = [
        column.is_(None) if value == 0 else column == value
        for column, value in (
            (base.c.department_id, scope.department_id),
            (base.c.person_id, scope.person_id),
            (base.c.category, scope.category or None),
        )
        if value is not None
    ]
    return select(base).where(*wanted).subquery("narrowed") if wanted else base


def draw_table(
    session: Session, scope: Scope, *, by: str = "", bases: Sequence[str] = tuple(BASES)
) -> Table:
    """Every figure of the bases, for the whole and for each row of a dimension: one query a base."""
    # A month out of a million appeals is found by index; priced for turning disks, PostgreSQL would read them all.
    session.execute(text("set local random_page_cost = 1.1"))
    whole: dict[str, Number] = {}
    rows: dict[int | str | None, dict[str, Number]] = {}
    for base in bases:
        # A conversation has neither.
        is_bare = base == "handoffs" and by in ("department", "category")
        for is_whole, key, numbers in _draw_base(session, base, scope, "" if is_bare else by):
            (whole if is_whole else rows.setdefault(key, {})).update(numbers)
    return Table(whole, rows)


def _draw_base(
    session: Session, base: str, scope: Scope, by: str
) -> list[tuple[bool, int | str | None, dict[str, Number]]]:
    cases = cases_of(base, scope)
    names = [name for name, figure in FIGURES.items() if figure.base == base]
    flags = [FIGURES[name].flag for name in names]
    counts = [func.count().filter(cases.c[flag]) if flag else func.count() for flag in flags]
    value = cases.c.value
    measures: list[ColumnElement[Any]] = [null(), null(), null()]
    if base not in ("open", "jobs", "reopened", "visits"):
        measures = [
            func.avg(value),
            func.percentile_cont(0.5).within_group(value),
            func.percentile_cont(0.9).within_group(value),
        ]
    if not by:
        row = session.execute(select(*counts, *measures).select_from(cases)).one()
        return [(True, None, _read(names, row))]
    key = cases.c[by if by == "category" else f"{by}_id"]
    found = session.execute(
        select(func.grouping(key), key, *counts, *measures)
        .select_from(cases)
        .group_by(func.rollup(key))
    )
    return [(bool(row[0]), row[1], _read(names, row[2:])) for row in found]


def _read(names: Sequence[str], row: Sequence[Any]) -> dict[str, Number]:
    average, median, p90 = (None if v is None else float(v) for v in row[len(names) :])
    return {
        name: Number(int(count), average, median, p90)
        for name, count in zip(names, row[: len(names)], strict=True)
    }


def _of_figure(figure: str, scope: Scope) -> Select[Any]:
    known = FIGURES[figure]
    cases = cases_of(known.base, scope)
    query = select(cases)
    return query.where(cases.c[known.flag]) if known.flag else query


def count_cases(session: Session, figure: str, scope: Scope) -> int:
    """How many cases a figure has."""
    cases = _of_figure(figure, scope).subquery()
    return session.scalar(select(func.count()).select_from(cases)) or 0


def list_case_ids(
    session: Session, figure: str, scope: Scope, *, before_id: int | None = None, limit: int
) -> list[int]:
    """The ids of appeals, or of handoffs, the latest first."""
    cases = _of_figure(figure, scope).subquery()
    query = select(cases.c.id).order_by(cases.c.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(cases.c.id < before_id)
    return list(session.scalars(query))


def count_by_day(session: Session, figure: str, scope: Scope) -> dict[Any, int]:
    """How many a day, by the clock of each case's project."""
    cases = _of_figure(figure, scope).subquery()
    day = cast(func.timezone(Project.timezone, cases.c.at), Date).label("day")
    rows = session.execute(
        select(day, func.count())
        .select_from(cases)
        .join(Project, Project.id == cases.c.project_id)
        .group_by(day)
    )
    return {row[0]: int(row[1]) for row in rows}
