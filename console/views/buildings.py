"""A building without a map: entrances and floors with what is open where, and one unit behind each cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import path_id
from console.render import Desk, show
from console.words import Words
from ownerdesk.model import Incident
from ownerdesk.queries.building_views import (
    get_building_for_staff,
    get_unit_for_staff,
    list_appeals_of_unit,
    list_buildings_at_work,
    list_doors,
    list_incidents_in,
    list_open_in,
    list_people,
    list_warned_units,
)
from ownerdesk.rules.buildings import WHOLE, Spot, lay_out, spot_of
from ownerdesk.services.incident_news import title_of

# What may be in a place, the most urgent first, and its sign: never told by colour alone.
SIGNS = {
    "emergency": "‼",
    "warned": "⚑",
    "major": "▲",
    "incident": "◆",
    "works": "⚒",
    "general": "●",
}


@dataclass
class Place:
    """What is open in one place of a building."""

    appeals: list[Any] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    warned: list[int] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each, the most urgent first."""
        found = dict.fromkeys(SIGNS, 0)
        for appeal in self.appeals:
            found[appeal.severity] += 1
        found["warned"] = len(self.warned)
        joined = {a.incident_id for a in self.appeals if a.incident_id}
        faults = {i.id for i in self.incidents if i.kind == "fault"}
        found["incident"] = len(joined | faults)
        found["works"] = sum(i.kind == "planned" for i in self.incidents)
        return {name: count for name, count in found.items() if count}

    @property
    def tone(self) -> str:
        """The most urgent of it; empty where nothing is."""
        return next(iter(self.counts), "")


QUIET = Place()


def place_all(
    appeals: Iterable[Any], incidents: Iterable[Incident], warned: dict[int, list[int]]
) -> dict[Spot, Place]:
    """Everything that is open, put where it is."""
    places: dict[Spot, Place] = defaultdict(Place)
    for appeal in appeals:
        spot = spot_of(appeal.nature, appeal.category, appeal.unit_id, appeal.entrance)
        places[spot].appeals.append(appeal)
    for incident in incidents:
        is_inside = incident.building_id is not None and incident.entrance
        places[("entrance", incident.entrance) if is_inside else WHOLE].incidents.append(incident)
    for unit_id, appeal_ids in warned.items():
        places[("home", unit_id)].warned = appeal_ids
    return places


def describe(place: Place, words: Words) -> str:
    """The same as its signs, in words."""
    n = words.ngettext
    counts = place.counts

    def some(tone: str) -> int:
        return counts.get(tone, 0)

    names = {
        "emergency": n("{count} emergency", "{count} emergencies", some("emergency")),
        "warned": words._("warned of an emergency"),
        "major": n("{count} major appeal", "{count} major appeals", some("major")),
        "incident": n("{count} incident", "{count} incidents", some("incident")),
        "works": n("{count} planned works", "{count} planned works", some("works")),
        "general": n("{count} appeal", "{count} appeals", some("general")),
    }
    said = [names[tone].format(count=count) for tone, count in counts.items()]
    return ", ".join(said) or words._("nothing open")


def legend(words: Words) -> list[tuple[str, str, str]]:
    """Tone, sign and meaning."""
    _ = words._
    names = {
        "emergency": _("Emergency"),
        "warned": _("Neighbours warned"),
        "major": _("Major appeal"),
        "incident": _("Incident"),
        "works": _("Planned works"),
        "general": _("General appeal"),
    }
    return [(tone, SIGNS[tone], names[tone]) for tone in SIGNS]


def unit_kinds(words: Words) -> dict[str, str]:
    """Headings over what is no flat."""
    _ = words._
    return {"parking": _("Parking places"), "storage": _("Store rooms"), "flat": _("Flats")}


async def show_buildings(request: web.Request) -> web.StreamResponse:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        rows = list_buildings_at_work(session, desk.member)
        return {
            "projects": [
                (p, [row for row in rows if row.building.project_id == p.id]) for p in desk.projects
            ],
            "signs": SIGNS,
        }

    return await show(request, "buildings.html", build)


async def show_building(request: web.Request) -> web.StreamResponse:
    building_id = path_id(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        building = get_building_for_staff(session, desk.member, building_id)
        doors = list_doors(session, building.id)
        house = lay_out(doors)
        places = place_all(
            list_open_in(session, building.id),
            list_incidents_in(session, building, at=desk.now),
            list_warned_units(session, building.id),
        )
        shown = {("entrance", entrance.name) for entrance in house.entrances}
        shown |= {("home", door.id) for door in doors}
        common = places.get(WHOLE, Place())
        for spot, place in places.items():
            if spot not in shown and spot != WHOLE:  # an entrance that no unit knows
                common.appeals += place.appeals
                common.incidents += place.incidents
        return {
            "building": building,
            "zone": building.project.timezone,
            "house": house,
            "places": places,
            "quiet": QUIET,
            "common": common,
            "describe": lambda place: describe(place, desk.words),
            "title_of": lambda incident: title_of(incident, desk.words.language),
            "legend": legend(desk.words),
            "signs": SIGNS,
            "unit_kinds": unit_kinds(desk.words),
            "units": len(doors),
        }

    return await show(request, "building.html", build)


async def show_unit(request: web.Request) -> web.StreamResponse:
    unit_id = path_id(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        unit = get_unit_for_staff(session, desk.member, unit_id)
        _ = desk.words._
        return {
            "unit": unit,
            "building": unit.building,
            "zone": unit.building.project.timezone,
            "people": list_people(session, unit.id),
            "open_appeals": list_appeals_of_unit(session, unit.id, only_open=True),
            "history": list_appeals_of_unit(session, unit.id, only_open=False),
            "warned": list_warned_units(session, unit.building_id).get(unit.id, []),
            "roles": {"owner": _("owner"), "family": _("family"), "tenant": _("tenant")},
            "unit_kinds": unit_kinds(desk.words),
        }

    return await show(request, "unit.html", build)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/buildings", show_buildings)
    app.router.add_get("/buildings/{id}", show_building)
    app.router.add_get("/units/{id}", show_unit)
