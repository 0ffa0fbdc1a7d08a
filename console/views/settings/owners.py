"""Owners and their homes: found, edited, given another home, moved out; what they agreed to have kept; and exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import BadForm, Form, parse_id, path_id
from console.keys import CORE, get_viewer
from console.render import Desk
from console.views.settings.common import (
    Build,
    add_form,
    lead_to,
    make_page,
    managed_projects,
    optional_day,
)
from ownerdesk.adapters.tables import write_csv, write_xlsx
from ownerdesk.model import Building, Owner, StaffMember, Unit
from ownerdesk.queries.buildings import get_building, list_buildings
from ownerdesk.queries.residents import (
    PAGE,
    OwnerFilter,
    find_owners,
    find_unit_by_words,
    get_owner,
    get_tie,
    has_chat,
    list_ties,
    stream_ties,
)
from ownerdesk.queries.staff import get_staff_member, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.imports import COLUMNS, parse_share
from ownerdesk.rules.refusals import InvalidField, NotFound
from ownerdesk.services import residencies as service

Do = Callable[[Session, Owner, StaffMember, Form, datetime], None]
FREE_FACTS = 3
KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip


def _parse_filter(request: web.Request) -> OwnerFilter:
    """What an address says wrongly is left out: a list with a filter less shows that filter empty."""

    def whole(name: str) -> int | None:
        try:
            return parse_id(request.query.get(name, ""), name)
        except BadForm:
            return None

    return OwnerFilter(
        q=request.query.get("q", "").replace("\x00", "").strip()[:100],
        project=whole("project"),
        building=whole("building"),
        ended=request.query.get("ended") == "yes",
        after=whole("after"),
    )


def _buildings(session: Session, desk: Desk) -> list[tuple[str, list[Building]]]:
    return [
        (project.name, [s.building for s in list_buildings(session, project.id) if s.building.is_active])
        for project in managed_projects(desk, Right.MANAGE_ESTATE)
        if project.is_active
    ]  # fmt: skip


def build_list(request: web.Request) -> Build:
    chosen = _parse_filter(request)

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        projects = managed_projects(desk, Right.MANAGE_ESTATE)
        owners = find_owners(session, desk.member, chosen)
        allowed = {project.id for project in projects}
        return {
            "filter": chosen,
            "projects": projects,
            "buildings": _buildings(session, desk),
            "owners": [
                (
                    owner,
                    [t for t in owner.residencies
                     if t.unit.building.project_id in allowed and t.ended_at is None],
                )
                for owner in owners[:PAGE]
            ],
            "next": owners[PAGE - 1].id if len(owners) > PAGE else None,
        }  # fmt: skip

    return build


def build_one(request: web.Request) -> Build:
    owner_id = path_id(request)

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        owner = get_owner(session, desk.member, owner_id)
        facts = [(str(k), str(v)) for k, v in owner.facts.items()]
        return {
            "owner": owner,
            "ties": list_ties(session, desk.member, owner.id),
            "has_chat": has_chat(session, owner.id),
            "facts": facts + [("", "")] * FREE_FACTS,
            "buildings": _buildings(session, desk),
        }

    return build


list_page = make_page("settings/owners.html", build_list)
one_page = make_page("settings/owner.html", build_one)


async def show_list(request: web.Request) -> web.StreamResponse:
    return await list_page(request, refusal=None, kept=None)


async def show_one(request: web.Request) -> web.StreamResponse:
    return await one_page(request, refusal=None, kept=None)


async def add(request: web.Request) -> web.StreamResponse:
    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        owner = service.add_owner(
            session, _unit_of(session, by, form), role=form.get("role", ""), by=by, at=at,
            **_person(form),
        )  # fmt: skip
        return f"/settings/owners/{owner.id}"

    return await acting.act(request, work, list_page)


def _person(form: Form) -> dict[str, str]:
    return {name: form.get(name, "") for name in ("name", "phone", "language")}


def _unit_of(session: Session, by: StaffMember, form: Form) -> Unit:
    building = get_building(session, by, parse_id(form.get("building", ""), "building"))
    unit = find_unit_by_words(
        session, building.id, entrance=form.get("entrance", ""), number=form.get("number", "")
    )
    if unit is None:
        raise InvalidField("number")
    return unit


def _save(session: Session, owner: Owner, by: StaffMember, form: Form, at: datetime) -> None:
    service.edit_owner(session, owner, by=by, at=at, **_person(form))


def _facts(session: Session, owner: Owner, by: StaffMember, form: Form, at: datetime) -> None:
    facts = {
        form.get(f"word{n}", ""): form.get(f"fact{n}", "")
        for n in range(service.MAX_FACTS + FREE_FACTS)
    }
    service.set_facts(session, owner, facts, has_agreed=form.get("agreed") == "yes", by=by, at=at)


def _tie(form: Form) -> dict[str, Any]:
    share = form.get("share", "").strip()
    if share and parse_share(share) is None:
        raise InvalidField("share")
    return {
        "role": form.get("role", ""),
        "share": parse_share(share) if share else None,
        "since": optional_day(form, "since"),
    }


def _add_home(session: Session, owner: Owner, by: StaffMember, form: Form, at: datetime) -> None:
    unit = _unit_of(session, by, form)
    service.add_residency(session, owner, unit, by=by, at=at, **_tie(form))


def _edit_home(session: Session, owner: Owner, by: StaffMember, form: Form, at: datetime) -> None:
    tie = get_tie(session, by, parse_id(form.get("tie", ""), "tie"))
    if tie.owner_id != owner.id:
        raise NotFound
    service.edit_residency(session, tie, by=by, at=at, **_tie(form))


def _end_home(session: Session, owner: Owner, by: StaffMember, form: Form, at: datetime) -> None:
    tie = get_tie(session, by, parse_id(form.get("tie", ""), "tie"))
    if tie.owner_id != owner.id:
        raise NotFound
    service.end_residency(session, tie, by=by, at=at)


ACTIONS: dict[str, Do] = {
    "save": _save,
    "facts": _facts,
    "add-home": _add_home,
    "edit-home": _edit_home,
    "end-home": _end_home,
}


async def act(request: web.Request) -> web.StreamResponse:
    owner_id, do = path_id(request), ACTIONS[request.match_info["action"]]

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        do(session, get_owner(session, by, owner_id), by, form, at)
        return f"/settings/owners/{owner_id}"

    return await acting.act(request, work, one_page)


async def export(request: web.Request) -> web.StreamResponse:
    """All running ties of the chosen project or of all the person keeps, in the columns of an import."""
    core, viewer = request.app[CORE], get_viewer(request)
    kind, wanted = request.match_info["kind"], request.query.get("project", "")

    def write(session: Session) -> Path:
        member = get_staff_member(session, viewer.staff_id)
        projects = visible_project_ids(session, member, Right.MANAGE_ESTATE)
        if wanted:
            projects = [project for project in projects if str(project) == wanted]
        if not projects:
            raise NotFound
        with NamedTemporaryFile(prefix="ownerdesk-", delete=False) as file:
            path = Path(file.name)
        save = write_csv if kind == "csv" else write_xlsx
        save(path, COLUMNS, stream_ties(session, projects))
        return path

    path = await core.transact(write)
    response = web.StreamResponse(
        headers={
            "Content-Type": KINDS[kind],
            "Content-Disposition": f'attachment; filename="owners.{kind}"',
        }
    )
    try:
        with path.open("rb") as file:
            path.unlink()
            await response.prepare(request)
            while chunk := file.read(1 << 16):
                await response.write(chunk)
    finally:
        path.unlink(missing_ok=True)
    await response.write_eof()
    return response


def add_routes(app: web.Application) -> None:
    app.router.add_get("/settings/owners", show_list)
    app.router.add_post("/settings/owners", add)
    app.router.add_get("/settings/owners.{kind:csv|xlsx}", export)
    app.router.add_get("/settings/owners/{id}", show_one)
    back = lead_to(lambda request: f"/settings/owners/{path_id(request)}")
    add_form(app, "/settings/owners/{id}/{action:" + "|".join(ACTIONS) + "}", act, back)
