"""The cases behind a figure: as a list, and as files; and the table of figures as a file. Files are recorded."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.orm import Session

from console.case_rows import head_of, is_of_handoffs, read_rows
from console.figure_query import FigureQuery, figure_meanings, figure_names, scope_of
from console.keys import CORE, get_viewer
from console.render import Desk, open_desk, show
from console.tables import Sheet, Value, format_csv
from console.views.figures import draw_report
from console.words import Words
from ownerdesk.model import Department, Project
from ownerdesk.queries.cases import (
    CASES_SHOWN,
    list_appeals_by_id,
    list_handoffs_by_id,
    list_stars,
    name_staff,
)
from ownerdesk.queries.figure_bases import Scope
from ownerdesk.queries.management import FIGURES, NONE, count_cases, list_case_ids
from ownerdesk.services.exports import record_export

PAGE = 2000
CHUNK = 256 * 1024
MOST_WATCHED = 200
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Rows = Sequence[Sequence[Value]]
# How far the files that are being written are, by the key their page chose: rows done, rows in all.
PROGRESS = web.AppKey("export_progress", dict[str, tuple[int, int]])


@dataclass(frozen=True)
class Export:
    """What is written: its name, its first row, how many rows follow, and where they come from."""

    title: str
    head: Sequence[Value]
    total: int
    scope: Scope
    words: Words
    rows: Rows = ()


def _wanted(request: web.Request) -> FigureQuery:
    query = FigureQuery.parse(request.query)
    if not query.figure:
        raise web.HTTPNotFound
    return query


async def show_cases(request: web.Request) -> web.StreamResponse:
    query = _wanted(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        scope = scope_of(session, desk, query)
        ids = list_case_ids(session, query.figure, scope, before_id=query.before, limit=CASES_SHOWN)
        is_handoffs = is_of_handoffs(query.figure)
        appeals = [] if is_handoffs else list_appeals_by_id(session, ids)
        handoffs = list_handoffs_by_id(session, ids) if is_handoffs else []
        return {
            "query": query,
            "name": figure_names(desk.words)[query.figure],
            "meaning": figure_meanings(desk.words)[query.figure],
            "total": count_cases(session, query.figure, scope),
            "narrowed": _narrowed(session, desk, query),
            "appeals": appeals,
            "stars": list_stars(session, [a.id for a in appeals]),
            "handoffs": handoffs,
            "takers": name_staff(session, [h.accepted_by_id for h in handoffs if h.accepted_by_id]),
            "older": query.as_query(before=ids[-1]) if len(ids) == CASES_SHOWN else None,
        }

    return await show(request, "figure_cases.html", build)


def _narrowed(session: Session, desk: Desk, query: FigureQuery) -> list[str]:
    """What the list is narrowed by, in words."""
    _ = desk.words._
    found = []
    if query.project:
        found.append(session.get_one(Project, query.project).name)
    if query.department is not None:
        department = session.get(Department, query.department)
        found.append(desk.words.pick(department.names) if department else _("No department"))
    if query.person is not None:
        names = name_staff(session, [query.person])
        found.append(names.get(query.person, _("Nobody yet")))
    if query.category:
        found.append(desk.words.categories.get(query.category, query.category))
    return found


def _describe(query: FigureQuery, form: str) -> dict[str, str]:
    return {**query.as_query(before=None), "format": form}


async def export_cases(request: web.Request) -> web.StreamResponse:
    query, form = _wanted(request), request.match_info["form"]
    core, viewer = request.app[CORE], get_viewer(request)

    def begin(session: Session) -> Export:
        desk = open_desk(session, viewer, core.clock())
        scope = scope_of(session, desk, query)
        total = count_cases(session, query.figure, scope)
        what = _describe(query, form)
        record_export(session, what, rows=total, by=desk.member, at=desk.now)
        return Export(query.figure, head_of(query.figure, desk.words), total, scope, desk.words)

    export = await core.transact(begin)

    async def pages() -> AsyncIterator[Rows]:
        """Each in a transaction of its own: a long one would hold up the database's cleaning."""

        def read(session: Session, before_id: int | None) -> tuple[Rows, int | None]:
            ids = list_case_ids(
                session, query.figure, export.scope, before_id=before_id, limit=PAGE
            )
            rows = read_rows(session, query.figure, ids, export.words)
            return rows, ids[-1] if len(ids) == PAGE else None

        last: int | None = None
        while True:
            rows, last = await core.transact(read, last)
            yield rows
            if last is None:
                return

    return await _send(request, export, pages, form)


async def export_table(request: web.Request) -> web.StreamResponse:
    query, form = FigureQuery.parse(request.query), request.match_info["form"]
    core, viewer = request.app[CORE], get_viewer(request)

    def begin(session: Session) -> Export:
        desk = open_desk(session, viewer, core.clock())
        rows = _table_rows(session, desk, query)
        what = _describe(query, form)
        record_export(session, what, rows=len(rows) - 1, by=desk.member, at=desk.now)
        scope = scope_of(session, desk, query)
        return Export("figures", rows[0], len(rows) - 1, scope, desk.words, rows[1:])

    export = await core.transact(begin)

    async def pages() -> AsyncIterator[Rows]:
        yield export.rows

    return await _send(request, export, pages, form)


def _table_rows(session: Session, desk: Desk, query: FigureQuery) -> list[list[Value]]:
    """The figures of the whole, of the period before, and of each row; times in minutes."""
    _ = desk.words._
    names, report = figure_names(desk.words), draw_report(session, desk, query)
    head: list[Value] = [_("Row")]
    for figure in FIGURES:
        head.append(names[figure])
        if figure in _MEASURED:
            head += [f"{names[figure]}: {word}" for word in (_("mean"), _("median"), _("90 %"))]
    wholes = [(_("All"), report.whole), (_("All, the period before"), report.before)]
    rows: list[list[Value]] = [head]
    for name, numbers in [*wholes, *((row.name, row.numbers) for row in report.rows)]:
        row: list[Value] = [name]
        for figure in FIGURES:
            number = numbers.get(figure, NONE)
            row.append(number.count)
            if figure in _MEASURED:
                divisor = _MEASURED[figure]
                row += [
                    None if value is None else value / divisor
                    for value in (number.average, number.median, number.p90)
                ]
        rows.append(row)
    return rows


# Figures whose values are worth writing down, and by what they are divided: seconds become minutes.
_MEASURED = {"answered": 60, "resolved": 60, "rated": 1, "emergencies": 60, "handoffs": 60}


async def _send(
    request: web.Request, export: Export, pages: Callable[[], AsyncIterator[Rows]], form: str
) -> web.StreamResponse:
    """The file, row by row as CSV; an XLSX is written to a temporary file first, which is then sent."""
    response = web.StreamResponse(
        headers={
            "Content-Type": TYPES[form],
            "Content-Disposition": f'attachment; filename="ownerdesk-{export.title}.{form}"',
        }
    )
    note = _note_progress(request, export.total)
    if form == "csv":
        await response.prepare(request)
        await response.write(format_csv([export.head], first=True))
        async for rows in pages():
            await response.write(format_csv(rows))
            note(len(rows))
        await response.write_eof()
        return response
    sheet = Sheet(export.title)
    await asyncio.to_thread(sheet.add, [export.head])
    async for rows in pages():
        await asyncio.to_thread(sheet.add, rows)
        note(len(rows))
    with tempfile.TemporaryFile() as file:
        await asyncio.to_thread(sheet.save, file)
        response.content_length = file.tell()
        file.seek(0)
        await response.prepare(request)
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            await response.write(chunk)
    await response.write_eof()
    return response


def _note_progress(request: web.Request, total: int) -> Callable[[int], None]:
    key = f"{get_viewer(request).staff_id}:{request.query.get('key', '')}"
    kept = request.app[PROGRESS]
    while len(kept) >= MOST_WATCHED:
        kept.pop(next(iter(kept)))
    kept[key] = (0, total)

    def note(count: int) -> None:
        kept[key] = (kept.get(key, (0, 0))[0] + count, total)

    return note


async def show_progress(request: web.Request) -> web.StreamResponse:
    """How far a file is that the asker is waiting for. Another process, or a file long done, knows nothing."""
    key = f"{get_viewer(request).staff_id}:{request.match_info['key']}"
    done, total = request.app[PROGRESS].get(key, (0, 0))
    return web.json_response({"done": done, "total": total})


def add_routes(app: web.Application) -> None:
    app[PROGRESS] = {}
    app.router.add_get("/figures/cases", show_cases)
    app.router.add_get("/figures/cases.{form:csv|xlsx}", export_cases)
    app.router.add_get("/figures/table.{form:csv|xlsx}", export_table)
    app.router.add_get("/figures/progress/{key}", show_progress)
