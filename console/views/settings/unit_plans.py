"""The generator of units: a plan is shown with what clashes before anything is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import BadForm, Form, path_id
from console.render import Desk
from console.views.settings.common import (
    lead_to,
    show_sheet,
    whole_number,
)
from ownerdesk.model import StaffMember
from ownerdesk.queries.buildings import get_building
from ownerdesk.rules.numbering import SCHEMES, UnitPlan
from ownerdesk.rules.refusals import Refusal
from ownerdesk.services.buildings import generate_units, list_clashes

USUAL = {
    "scheme": "continuous",
    "entrance_count": "1",
    "entrances": "",
    "first_floor": "1",
    "last_floor": "5",
    "flats": "4",
    "skipped": "",
    "start": "1",
}


def parse_plan(form: Form) -> UnitPlan:
    """Raises BadForm, and InvalidField for what cannot be built."""
    names = [name.strip() for name in re.split(r"[,，;\n]", form.get("entrances", ""))]
    skipped = re.split(r"[\s,，;]+", form.get("skipped", "").strip())
    try:
        floors = frozenset(int(floor) for floor in skipped if floor)
    except ValueError:
        raise BadForm("skipped") from None
    plan = UnitPlan(
        scheme=form.get("scheme", ""),
        entrance_count=whole_number(form, "entrance_count"),
        first_floor=whole_number(form, "first_floor"),
        last_floor=whole_number(form, "last_floor"),
        flats=whole_number(form, "flats"),
        entrances=[name for name in names if name],
        skipped=floors,
        start=whole_number(form, "start"),
    )
    plan.check()
    return plan


async def _page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    building_id = path_id(request)
    given = kept if kept is not None else dict(request.query)
    plan = None
    if given:
        try:
            plan = parse_plan({**USUAL, **given})
        except Refusal as wrong:
            refusal = refusal or wrong

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        building = get_building(session, desk.member, building_id)
        units = plan.list_units() if plan else []
        clashes = {(u.entrance, u.number) for u in list_clashes(session, building, units)}
        grid: dict[str, dict[int, list[tuple[str, bool]]]] = {}
        for unit in units:
            place = grid.setdefault(unit.entrance, {}).setdefault(unit.floor, [])
            place.append((unit.number, (unit.entrance, unit.number) in clashes))
        return {
            "building": building,
            "grid": grid,
            "count": len(units),
            "clashes": len(clashes),
            "plan": {**USUAL, **given},
            "schemes": SCHEMES,
        }

    return await show_sheet(request, "settings/unit_plan.html", build, refusal, kept)


async def show_plan(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def generate(request: web.Request) -> web.StreamResponse:
    building_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        building = get_building(session, by, building_id)
        generate_units(session, building, parse_plan(form), by=by, at=at)
        return f"/settings/buildings/{building_id}"

    return await acting.act(request, work, _page)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/settings/buildings/{id}/plan", show_plan)
    app.router.add_post("/settings/buildings/{id}/generate", generate)
    back = lead_to(lambda request: f"/settings/buildings/{path_id(request)}/plan")
    app.router.add_get("/settings/buildings/{id}/generate", back)
