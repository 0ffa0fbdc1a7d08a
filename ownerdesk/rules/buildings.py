"""A building as people draw it: entrances side by side, floors above one another, and where in it a matter is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ownerdesk.rules.incidents import BY_ENTRANCE

# What is never inside a home, whoever reports it.
SHARED = frozenset(
    {"fire_safety", "parking", "landscaping", "amenities", "structure", "mail_delivery", "security"}
)
Spot = tuple[str, int | str]
WHOLE: Spot = ("building", "")
_DIGITS = re.compile(r"(\d+)")


class Door(Protocol):
    """What of a unit counts here."""

    id: int
    kind: str
    entrance: str
    floor: int | None
    number: str


@dataclass(frozen=True)
class Floor:
    """The flats on a floor, in the order of their numbers; None: the floor is not known."""

    number: int | None
    units: Sequence[Door]


@dataclass(frozen=True)
class Entrance:
    """The floors that an entrance leads to, the top one first."""

    name: str
    floors: Sequence[Floor]


@dataclass(frozen=True)
class House:
    """Everything there is to a building. What is no flat stands apart, by kind."""

    entrances: Sequence[Entrance]
    others: Sequence[tuple[str, Sequence[Door]]]


def spot_of(nature: str, category: str, unit_id: int | None, entrance: str) -> Spot:
    """Where a matter is: `("home", id)`, `("entrance", name)` for stairs and lift, or the building's common places."""
    if nature != "emergency" and category in BY_ENTRANCE:
        return ("entrance", entrance) if entrance else WHOLE
    if unit_id is None or (nature != "emergency" and category in SHARED):
        return WHOLE
    return ("home", unit_id)


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts 2 before 10, and 3A before 3B."""
    parts = [part for part in _DIGITS.split(text.casefold()) if part]
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def lay_out(units: Iterable[Door]) -> House:
    """The plan of a building, drawn from its units alone."""
    flats: dict[str, dict[int | None, list[Door]]] = defaultdict(lambda: defaultdict(list))
    others: dict[str, list[Door]] = defaultdict(list)
    for unit in units:
        if unit.kind == "flat":
            flats[unit.entrance][unit.floor].append(unit)
        else:
            others[unit.kind].append(unit)
    entrances = [
        Entrance(name, [Floor(n, _sorted(flats[name][n])) for n in _downwards(flats[name])])
        for name in sorted(flats, key=natural)
    ]
    return House(entrances, [(kind, _sorted(others[kind])) for kind in sorted(others)])


def _downwards(floors: Iterable[int | None]) -> list[int | None]:
    """The top floor first, the unknown one last."""
    return sorted(floors, key=lambda floor: (floor is None, -(floor or 0)))


def _sorted(units: list[Door]) -> list[Door]:
    return sorted(units, key=lambda unit: (natural(unit.entrance), natural(unit.number), unit.id))
