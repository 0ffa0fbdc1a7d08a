"""Import of owners: the file is streamed to a place of its own, read and checked by the worker, looked at, and applied."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, web
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form, path_id
from console.keys import CORE, get_viewer
from console.render import Desk
from console.views.settings.common import (
    Build,
    add_form,
    lead_to,
    make_page,
    managed_projects,
)
from ownerdesk.mistakes import format_mistake
from ownerdesk.model import ImportRow, OwnerImport, Project, StaffMember
from ownerdesk.queries.imports import (
    PAGE,
    RowFilter,
    count_rows,
    list_leaving,
    list_own_imports,
    list_rows,
)
from ownerdesk.queries.staff import get_staff_member, has_right, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.imports import COLUMNS, REQUIRED, Mistake
from ownerdesk.rules.refusals import InvalidField, NotFound, Refusal, TooLong
from ownerdesk.services import imports as service

CHUNK = 1 << 16
MAX_UPLOAD = 64 * 1024 * 1024
MAX_FIELD = 1000
WORKING = ("reading", "applying")


def build_list(_: web.Request) -> Build:
    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        projects = managed_projects(desk, Right.MANAGE_ESTATE)
        return {
            "projects": [project for project in projects if project.is_active],
            "imports": list_own_imports(session, desk.member.id),
            "columns": COLUMNS,
            "required": REQUIRED,
            "most": MAX_UPLOAD // (1024 * 1024),
        }

    return build


def build_one(request: web.Request) -> Build:
    import_id = path_id(request)
    chosen = RowFilter.parse(request.query.get("show", ""), request.query.get("after", ""))

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        managed_projects(desk, Right.MANAGE_ESTATE)
        row = service.get_own_import(session, import_id, by=desk.member)
        rows = list_rows(session, row.id, chosen)
        _ = desk.words._
        return {
            "row": row,
            "is_working": row.state in WORKING,
            "mistake": _file_mistake(row, _),
            "counts": row.counts or {},
            "numbers": count_rows(session, row.id),
            "rows": [(r, _row_mistakes(r, _)) for r in rows[:PAGE]],
            "next": rows[PAGE - 1].line if len(rows) > PAGE else None,
            "leaving": list_leaving(session, row.id)
            if row.is_complete and row.state == "checked"
            else [],
            "filter": chosen,
        }

    return build


def _file_mistake(row: OwnerImport, _: Any) -> str:
    if row.mistake is None:
        return ""
    words = format_mistake(Mistake.from_json(row.mistake), _)
    return str(_("Line {line}: {mistake}").format(line=row.mistake["line"], mistake=words))


def _row_mistakes(row: ImportRow, _: Any) -> list[str]:
    return [format_mistake(Mistake.from_json(stored), _) for stored in row.mistakes]


list_page = make_page("settings/imports.html", build_list)
one_page = make_page("settings/import.html", build_one)


async def show_list(request: web.Request) -> web.StreamResponse:
    return await list_page(request, refusal=None, kept=None)


async def show_one(request: web.Request) -> web.StreamResponse:
    return await one_page(request, refusal=None, kept=None)


async def upload(request: web.Request) -> web.StreamResponse:
    """Take the file chunk by chunk: it is never whole in memory, and nobody without the right sends one."""
    core, viewer = request.app[CORE], get_viewer(request)
    if not await core.transact(_may_import, viewer.staff_id):
        raise web.HTTPNotFound
    folder = core.settings.data_dir / "imports"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
    path = folder / secrets.token_hex(16)
    try:
        form, name = await _receive(request, path)
        if not name:
            raise InvalidField("file")

        def start(session: Session) -> int:
            by = get_staff_member(session, viewer.staff_id)
            code = form.get("project", "")
            _check_code(session, by, code)
            return service.start_import(
                session, path=str(path), file_name=name, project_code=code,
                is_complete=form.get("complete") == "yes", by=by, at=core.clock(),
            ).id  # fmt: skip

        import_id = await core.transact(start)
    except NotFound:
        path.unlink(missing_ok=True)
        raise
    except Refusal as refusal:
        path.unlink(missing_ok=True)
        return await list_page(request, refusal=refusal, kept=None)
    except BaseException:
        path.unlink(missing_ok=True)  # the browser left, or we stop: half a file is nobody's
        raise
    raise web.HTTPSeeOther(f"/settings/imports/{import_id}")


def _may_import(session: Session, staff_id: int) -> bool:
    member = get_staff_member(session, staff_id)
    return bool(visible_project_ids(session, member, Right.MANAGE_ESTATE))


def _check_code(session: Session, by: StaffMember, code: str) -> None:
    if not code:
        return
    project_id = session.scalar(select(Project.id).where(Project.code == code))
    if project_id is None or not has_right(by, project_id, Right.MANAGE_ESTATE):
        raise NotFound


async def _receive(request: web.Request, path: Path) -> tuple[dict[str, str], str]:
    """The small fields, and the name of the file that now lies at `path`. Raises TooLong, InvalidField."""
    if not request.content_type.startswith("multipart/"):
        raise InvalidField("file")
    form: dict[str, str] = {}
    name = ""
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise InvalidField("file")
            if part.filename is None:
                form[part.name or ""] = await _read_field(part)
            elif part.name == "file" and not name:
                name = part.filename.replace("\x00", "")[:200]
                await _save_part(part, path)
    except ValueError:
        raise InvalidField("file") from None
    return form, name


async def _read_field(part: BodyPartReader) -> str:
    data = b""
    while chunk := await part.read_chunk(CHUNK):
        data += chunk
        if len(data) > MAX_FIELD:
            raise InvalidField("file")
    return data.decode("utf-8", "replace").replace("\x00", "").strip()


async def _save_part(part: BodyPartReader, path: Path) -> None:
    size = 0
    with path.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        while chunk := await part.read_chunk(CHUNK):
            size += len(chunk)
            if size > MAX_UPLOAD:
                raise TooLong("file", MAX_UPLOAD)
            await asyncio.to_thread(file.write, chunk)


async def apply(request: web.Request) -> web.StreamResponse:
    import_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        if not visible_project_ids(session, by, Right.MANAGE_ESTATE):
            raise NotFound
        service.ask_to_apply(session, import_id, by=by, at=at)
        return f"/settings/imports/{import_id}"

    return await acting.act(request, work, one_page)


async def drop(request: web.Request) -> web.StreamResponse:
    import_id = path_id(request)
    dropped: list[str] = []

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        path = service.drop_import(session, import_id, by=by)
        dropped.extend([path] if path else [])
        return "/settings/imports"

    try:
        return await acting.act(request, work, one_page)
    finally:
        for path in dropped:
            await asyncio.to_thread(Path(path).unlink, missing_ok=True)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/settings/imports", show_list)
    app.router.add_post("/settings/imports", upload)
    app.router.add_get("/settings/imports/{id}", show_one)
    back = lead_to(lambda request: f"/settings/imports/{path_id(request)}")
    add_form(app, "/settings/imports/{id}/apply", apply, back)
    add_form(app, "/settings/imports/{id}/drop", drop, back)
