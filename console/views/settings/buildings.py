"""Buildings of a project, each with its entrances, floors and units; and units one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form, parse_id, path_id
from console.render import Desk
from console.views.settings.common import (
    Build,
    add_form,
    choose_project,
    get_project,
    lead_to,
    make_page,
    optional_number,
)
from ownerdesk.model import Building, StaffMember, Unit
from ownerdesk.queries.buildings import (
    count_residents,
    get_building,
    get_unit,
    list_buildings,
    list_residencies,
    list_units,
)
from ownerdesk.rules.access import Right
from ownerdesk.services import buildings as service

Do = Callable[[Session, Building, StaffMember, Form, datetime], str | None]
DoUnit = Callable[[Session, Unit, StaffMember, Form, datetime], str | None]
Grid = dict[str, dict[int | None, list[Unit]]]


def build_list(request: web.Request) -> Build:
    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        project, projects = choose_project(
            desk, Right.MANAGE_ESTATE, request.query.get("project", "")
        )
        return {
            "project": project,
            "projects": projects,
            "sizes": list_buildings(session, project.id),
        }

    return build


def build_one(request: web.Request) -> Build:
    building_id = path_id(request)

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        building = get_building(session, desk.member, building_id)
        units = list_units(session, building.id)
        return {
            "building": building,
            "grid": make_grid([unit for unit in units if unit.kind == "flat"]),
            "others": [unit for unit in units if unit.kind != "flat"],
            "residents": count_residents(session, building.id),
            "people": sum(count_residents(session, building.id).values()),
        }

    return build


def make_grid(units: list[Unit]) -> Grid:
    """Flats by entrance and floor, the highest floor first."""
    grid: Grid = {}
    for unit in units:
        grid.setdefault(unit.entrance, {}).setdefault(unit.floor, []).append(unit)
    return grid


def build_unit(request: web.Request) -> Build:
    unit_id = path_id(request)

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        unit = get_unit(session, desk.member, unit_id)
        return {
            "unit": unit,
            "building": unit.building,
            "ties": list_residencies(session, unit.id),
        }

    return build


list_page = make_page("settings/buildings.html", build_list)
one_page = make_page("settings/building.html", build_one)
unit_page = make_page("settings/unit.html", build_unit)


async def show_list(request: web.Request) -> web.StreamResponse:
    return await list_page(request, refusal=None, kept=None)


async def show_one(request: web.Request) -> web.StreamResponse:
    return await one_page(request, refusal=None, kept=None)


async def show_unit(request: web.Request) -> web.StreamResponse:
    return await unit_page(request, refusal=None, kept=None)


async def add(request: web.Request) -> web.StreamResponse:
    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        project_id = parse_id(form.get("project", ""), "project")
        project = get_project(session, by, project_id, Right.MANAGE_ESTATE)
        building = service.add_building(
            session, project, name=form.get("name", ""), address=form.get("address", ""),
            by=by, at=at,
        )  # fmt: skip
        return f"/settings/buildings/{building.id}"

    return await acting.act(request, work, list_page)


def _save(session: Session, building: Building, by: StaffMember, form: Form, at: datetime) -> None:
    service.edit_building(
        session, building, name=form.get("name", ""), address=form.get("address", ""), by=by, at=at
    )


def _switch(
    session: Session, building: Building, by: StaffMember, form: Form, at: datetime
) -> None:
    service.switch_building(
        session, building, is_active=form.get("active") == "yes",
        ends_ties=form.get("ends_ties") == "yes", by=by, at=at,
    )  # fmt: skip


def _remove(session: Session, building: Building, by: StaffMember, form: Form, at: datetime) -> str:
    project_id = building.project_id
    service.remove_building(session, building, by=by, at=at)
    return f"/settings/buildings?project={project_id}"


def _add_unit(
    session: Session, building: Building, by: StaffMember, form: Form, at: datetime
) -> None:
    service.add_unit(session, building, by=by, at=at, **_unit_fields(form))


def _unit_fields(form: Form) -> dict[str, Any]:
    return {
        "kind": form.get("kind", ""),
        "entrance": form.get("entrance", ""),
        "floor": optional_number(form, "floor"),
        "number": form.get("number", ""),
    }


def _rename(
    session: Session, building: Building, by: StaffMember, form: Form, at: datetime
) -> None:
    service.rename_entrance(
        session, building, old=form.get("old", ""), new=form.get("new", ""), by=by, at=at
    )


def _save_unit(session: Session, unit: Unit, by: StaffMember, form: Form, at: datetime) -> None:
    service.edit_unit(session, unit, by=by, at=at, **_unit_fields(form))


def _switch_unit(session: Session, unit: Unit, by: StaffMember, form: Form, at: datetime) -> None:
    service.switch_unit(
        session, unit, is_active=form.get("active") == "yes",
        ends_ties=form.get("ends_ties") == "yes", by=by, at=at,
    )  # fmt: skip


def _remove_unit(session: Session, unit: Unit, by: StaffMember, form: Form, at: datetime) -> str:
    building_id = unit.building_id
    service.remove_unit(session, unit, by=by, at=at)
    return f"/settings/buildings/{building_id}"


ACTIONS: dict[str, Do] = {
    "save": _save,
    "switch": _switch,
    "remove": _remove,
    "unit": _add_unit,
    "entrance": _rename,
}
UNIT_ACTIONS: dict[str, DoUnit] = {
    "save": _save_unit,
    "switch": _switch_unit,
    "remove": _remove_unit,
}


async def act(request: web.Request) -> web.StreamResponse:
    building_id, do = path_id(request), ACTIONS[request.match_info["action"]]

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        building = get_building(session, by, building_id)
        return do(session, building, by, form, at) or f"/settings/buildings/{building_id}"

    return await acting.act(request, work, one_page)


async def act_on_unit(request: web.Request) -> web.StreamResponse:
    unit_id, do = path_id(request), UNIT_ACTIONS[request.match_info["action"]]

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        unit = get_unit(session, by, unit_id)
        return do(session, unit, by, form, at) or f"/settings/units/{unit_id}"

    return await acting.act(request, work, unit_page)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/settings/buildings", show_list)
    app.router.add_post("/settings/buildings", add)
    app.router.add_get("/settings/buildings/{id}", show_one)
    back = lead_to(lambda request: f"/settings/buildings/{path_id(request)}")
    add_form(app, "/settings/buildings/{id}/{action:" + "|".join(ACTIONS) + "}", act, back)
    app.router.add_get("/settings/units/{id}", show_unit)
    back = lead_to(lambda request: f"/settings/units/{path_id(request)}")
    add_form(app, "/settings/units/{id}/{action:" + "|".join(UNIT_ACTIONS) + "}", act_on_unit, back)
