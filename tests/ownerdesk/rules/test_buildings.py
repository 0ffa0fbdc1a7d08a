"""A building drawn from its units, and where in it a matter is."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ownerdesk.rules.buildings import WHOLE, Spot, lay_out, spot_of


@dataclass(frozen=True)
class Unit:
    id: int
    entrance: str
    floor: int | None
    number: str
    kind: str = "flat"


def test_entrances_stand_side_by_side_and_the_top_floor_comes_first() -> None:
    house = lay_out(
        [
            Unit(1, "10", 1, "1A"),
            Unit(2, "2", 1, "10"),
            Unit(3, "2", 1, "9"),
            Unit(4, "2", 12, "12A"),
            Unit(5, "2", -1, "S1"),
            Unit(6, "2", None, "?"),
            Unit(7, "", None, "P2", "parking"),
        ]
    )
    assert [entrance.name for entrance in house.entrances] == ["2", "10"]
    floors = house.entrances[0].floors
    assert [floor.number for floor in floors] == [12, 1, -1, None]
    assert [unit.number for unit in floors[1].units] == ["9", "10"], "9 comes before 10"
    assert [(kind, len(units)) for kind, units in house.others] == [("parking", 1)]


@pytest.mark.parametrize(
    ("nature", "category", "unit_id", "entrance", "spot"),
    [
        ("help_seeking", "water_supply", 7, "2", ("home", 7)),
        ("help_seeking", "elevator", 7, "2", ("entrance", "2")),
        ("help_seeking", "elevator", None, "", WHOLE),
        ("help_seeking", "parking", 7, "2", WHOLE),
        ("emergency", "elevator", 7, "2", ("home", 7)),
        ("emergency", "parking", None, "2", WHOLE),
    ],
)
def test_a_matter_is_where_people_would_look_for_it(
    nature: str, category: str, unit_id: int | None, entrance: str, spot: Spot
) -> None:
    assert spot_of(nature, category, unit_id, entrance) == spot
