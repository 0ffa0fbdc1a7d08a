"""The manager's page: today at a glance, any period beside the one before, and every figure with its cases behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console.charts import Chart, draw_chart
from console.figure_query import (
    FigureQuery,
    dimension_names,
    figure_meanings,
    figure_names,
    figured_projects,
    period_names,
    scope_of,
)
from console.render import Desk, show
from console.words import Words
from ownerdesk.model import Department, Project
from ownerdesk.queries.cases import name_staff
from ownerdesk.queries.duty_load import list_duty
from ownerdesk.queries.figure_bases import BASES, PRESENT, Scope
from ownerdesk.queries.management import NONE, Number, Numbers, count_by_day, draw_table
from ownerdesk.queries.staff import list_departments, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.figures import change_of

PAST = tuple(base for base in BASES if base not in PRESENT)
# The columns of the table, in order; the rest is on the tiles.
COLUMNS = (
    "open", "overdue", "received", "answered", "resolved", "on_time", "late", "reopened", "rated",
    "emergencies", "emergencies_in_time", "handoffs", "visits",
)  # fmt: skip
TILES_NOW = ("open", "overdue", "new", "open_emergencies")


@dataclass(frozen=True)
class Row:
    """A row of the table: what it is called, what its links add to the address, and its figures."""

    name: str
    link: Mapping[str, object]
    numbers: Numbers

    def number(self, figure: str) -> Number:
        return self.numbers.get(figure, NONE)


@dataclass(frozen=True)
class Report:
    """Everything drawn for one address: also what an export writes down."""

    whole: Numbers
    before: Numbers
    rows: list[Row]


def draw_report(session: Session, desk: Desk, query: FigureQuery) -> Report:
    """Raises NotAllowed."""
    table = draw_table(session, scope_of(session, desk, query), by=query.by)
    before = draw_table(session, scope_of(session, desk, query, before=True), bases=PAST)
    keys = [key for key in table.rows if key not in (None, "")]
    names = _names_of(session, desk, query.by, keys)
    rows = [
        Row(
            names.get(key) or nobody_names(desk.words)[query.by],
            {query.by: key or (0 if query.by != "category" else "")},
            numbers,
        )
        for key, numbers in table.rows.items()
    ]
    return Report(table.whole, before.whole, sorted(rows, key=lambda row: row.name.casefold()))


def nobody_names(words: Words) -> dict[str, str]:
    """The row of those cases that have none."""
    _ = words._
    return {
        "project": _("People of no project yet"),
        "department": _("No department"),
        "person": _("Nobody yet"),
        "category": _("No category"),
    }


def _names_of(session: Session, desk: Desk, by: str, keys: list[Any]) -> dict[Any, str]:
    if by == "category":
        return dict(desk.words.categories)
    if by == "person":
        return dict(name_staff(session, keys))
    if by == "project":
        return {key: session.get_one(Project, key).name for key in keys}
    found = {key: session.get_one(Department, key) for key in keys}
    projects = {d.project_id for d in found.values()}
    several = len(projects) > 1
    return {
        key: desk.words.pick(d.names)
        + (f" · {session.get_one(Project, d.project_id).name}" if several else "")
        for key, d in found.items()
    }


def _charts(session: Session, scope: Scope, query: FigureQuery, zone: str) -> list[Chart]:
    first, last = query.as_period().days(zone, scope.at)
    counts = {
        name: count_by_day(session, name, scope)
        for name in ("received", "resolved", "on_time", "late")
    }
    return [
        draw_chart(first, last, [counts["received"], counts["resolved"]]),
        draw_chart(first, last, [counts["on_time"], counts["late"]], stacked=True),
    ]


def format_change(now: float | None, before: float | None) -> str:
    """`+12 %`, `−3 %`, or nothing."""
    change = change_of(now, before)
    if change is None:
        return ""
    return f"{'+' if change >= 0 else '−'}{abs(change):.0%}"


def share(part: int, whole: int) -> str:
    """`87%`; a dash where there is nothing to share."""
    return f"{part / whole:.0%}" if whole else "–"


async def show_figures(request: web.Request) -> web.StreamResponse:
    query = FigureQuery.parse(request.query)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        projects = figured_projects(session, desk, query)
        seen = visible_project_ids(session, desk.member, Right.SEE_FIGURES)
        zone = projects[0].timezone if projects else desk.zone_of(None)
        scope = scope_of(session, desk, query)
        departments = list_departments(session, projects[0].id) if query.project else []
        return {
            "query": query,
            "report": draw_report(session, desk, query),
            "charts": _charts(session, scope, query, zone),
            "days": query.as_period().days(zone, desk.now),
            "zone": zone,
            "zones": sorted({p.timezone for p in projects}),
            "duty": list_duty(session, projects, at=desk.now),
            "choices": [session.get_one(Project, i) for i in seen],
            "departments": departments,
            "names": figure_names(desk.words),
            "meanings": figure_meanings(desk.words),
            "dimensions": dimension_names(desk.words),
            "periods": period_names(desk.words),
            "columns": COLUMNS,
            "tiles_now": TILES_NOW,
            "no_number": NONE,
            "share": share,
            "change": format_change,
        }

    return await show(request, "figures.html", build)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/figures", show_figures)
