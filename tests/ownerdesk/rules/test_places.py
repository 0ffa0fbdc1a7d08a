"""Which home a message names, as companies and owners write it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ownerdesk.rules.places import Named, find_home_in_words, is_named, record_named


@dataclass
class Door:
    number: str
    entrance: str = ""
    floor: int | None = None


@pytest.mark.parametrize(
    ("door", "building", "named"),
    [
        (Door("14", "2", 4), "Birch House", {"unit": ["14"]}),
        (Door("14", "2", 4), "Birch House", {"unit": ["14"], "entrance": ["2"]}),
        (Door("14"), "Birch House", {"unit": ["14"], "entrance": ["2"]}),
        (Door("3º B", "2"), "Torre 3", {"unit": ["3B"], "entrance": ["2"], "building": ["3"]}),
        (Door("B", "2", 3), "Edificio 3", {"unit": ["3B"]}),
        (Door("5º izquierda"), "Edificio", {"unit": ["5IZQ"]}),
        (Door("12"), "Tower B", {"unit": ["B-12"]}),
        (Door("B-12"), "Tower C", {"unit": ["B-12"]}),
        (Door("1502", "2"), "3栋", {"unit": ["1502"], "entrance": ["2"], "building": ["3"]}),
        (Door("1502室", "二单元"), "三号楼", {"unit": ["1502"], "entrance": ["2"], "building": ["3"]}),
        (Door("0302"), "Building 03", {"unit": ["302"], "building": ["3"]}),
        (Door("14"), "Birch House", {"unit": ["24", "14"]}),
    ],
)  # fmt: skip
def test_a_home_is_known_by_what_the_message_and_the_company_call_it(
    door: Door, building: str, named: dict[str, list[str]]
) -> None:
    assert is_named(door, building, Named.of({"named": named}))


@pytest.mark.parametrize(
    ("door", "building", "named"),
    [
        (Door("14"), "Birch House", {}),
        (Door("14"), "Birch House", {"unit": ["4"]}),
        (Door("14", "2"), "Birch House", {"unit": ["14"], "entrance": ["3"]}),
        (Door("14"), "Tower C", {"unit": ["14"], "building": ["B"]}),
        (Door("14"), "Birch House", {"unit": ["14"], "building": ["9"]}),
        (Door("3º B"), "Torre 1", {"unit": ["3C"]}),
        (Door("12"), "Tower C", {"unit": ["B-12"]}),
        (Door("1502"), "3栋", {"unit": ["1502"], "building": ["5"]}),
    ],
)
def test_what_contradicts_is_another_home(
    door: Door, building: str, named: dict[str, list[str]]
) -> None:
    assert not is_named(door, building, Named.of({"named": named}))


def test_an_answer_is_one_home_and_nothing_else() -> None:
    names = ["Birch House, entrance 2, flat 14", "Oak House, flat 20"]
    doors = [Door("14", "2", 4), Door("20")]
    for text in ("14", "flat 14", "Flat 14!", "birch house, entrance 2, flat 14"):
        assert find_home_in_words(text, names, doors) == 0, text
    for text in ("", "flat 99", "the light in flat 14 is out", "house", "👍"):
        assert find_home_in_words(text, names, doors) is None, text
    assert find_home_in_words("14", [names[0], names[0]], [doors[0], doors[0]]) is None


def test_no_phone_and_no_sum_is_kept_with_a_reading() -> None:
    entities = [
        ("unit", "14"),
        ("phone", "+34600"),
        ("money", "3 EUR"),
        ("unit", "14"),
        ("thing", "tap"),
    ]
    assert record_named(entities) == {"unit": ["14"], "thing": ["tap"]}
    assert Named.of(None) == Named.of({}) == Named()
    assert len(record_named([("unit", str(n)) for n in range(99)])["unit"]) == 5
