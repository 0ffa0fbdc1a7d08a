"""Which homes an emergency puts at risk: above and below for water, the whole entrance for gas and fire (S12)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ownerdesk.rules.emergency_plans import ABOVE_AND_BELOW, BUILDING, ENTRANCE, NONE

# Water runs down more than one floor, and comes from above.
FLOORS_AWAY = 2
_LETTERS = re.compile(r"(?:^|[^A-Za-z])([A-Za-z])$")


@dataclass(frozen=True)
class Home:
    """What of a unit counts here."""

    id: int
    kind: str
    entrance: str
    floor: int | None
    number: str


@dataclass(frozen=True)
class AtRisk:
    """The homes, and what was looked at: wider than the rule asked where entrance or floor are not known."""

    unit_ids: tuple[int, ...]
    scope: str


def homes_at_risk(rule: str, home: Home | None, others: Iterable[Home]) -> AtRisk:
    """`others` are the units of the building. Where the home or its entrance is unknown it is the whole building,
    where only the floor is, the whole entrance: a neighbour too many is better than one too few."""
    others = [other for other in others if home is None or other.id != home.id]
    if rule == NONE:
        return AtRisk((), NONE)
    if rule == BUILDING or home is None or not home.entrance:
        return AtRisk(tuple(other.id for other in others), BUILDING)
    near = [other for other in others if other.entrance == home.entrance]
    if rule == ENTRANCE or home.floor is None:
        return AtRisk(tuple(other.id for other in near), ENTRANCE)
    return AtRisk(tuple(_above_and_below(home, near)), ABOVE_AND_BELOW)


def _above_and_below(home: Home, near: list[Home]) -> Iterable[int]:
    """The same riser where the numbers tell it, else everybody on the floors. A home whose floor is not known may be
    on one of them."""
    assert home.floor is not None, "the caller looks"
    riser = riser_of(home)
    for away in [n for n in range(-FLOORS_AWAY, FLOORS_AWAY + 1) if n]:
        floor = [h for h in near if h.floor == home.floor + away and h.kind == "flat"]
        same = [h for h in floor if riser_of(h) in (riser, "")]
        yield from (h.id for h in (same if riser and same else floor))
    yield from (h.id for h in near if h.floor is None and h.kind == "flat")


def riser_of(home: Home) -> str:
    """The place on its floor that a number tells: B of "2º B" and of "3B", 04 of "304" on floor 3; else empty."""
    letter = _LETTERS.search(home.number.strip())
    if letter:
        return letter[1].upper()
    floor = str(home.floor or "")
    if floor and re.fullmatch(rf"{floor}\d\d", home.number.strip()):
        return home.number.strip()[len(floor) :]
    return ""
