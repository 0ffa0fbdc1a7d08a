"""Which homes are at risk: from entrance, floor and number, and wider where they are not known."""

from __future__ import annotations

from itertools import count

import pytest

from ownerdesk.rules.neighbours import Home, homes_at_risk, riser_of


def make_house(numbers: dict[tuple[str, int | None], list[str]], kind: str = "flat") -> list[Home]:
    ids = count(1)
    return [
        Home(next(ids), kind, entrance, floor, number)
        for (entrance, floor), doors in numbers.items()
        for number in doors
    ]


LETTERS = make_house(
    {("1", floor): [f"{floor}º A", f"{floor}º B"] for floor in range(6)}
    | {("2", floor): [f"{floor}º A", f"{floor}º B"] for floor in range(6)}
)
NUMBERED = make_house({("1", floor): [f"{floor}01", f"{floor}02"] for floor in range(1, 6)})
COUNTED = make_house({("1", floor): [str(2 * floor + 1), str(2 * floor + 2)] for floor in range(6)})


def find(house: list[Home], number: str, entrance: str = "1") -> Home:
    return next(h for h in house if (h.number, h.entrance) == (number, entrance))


def doors(house: list[Home], rule: str, home: Home | None) -> tuple[list[str], str]:
    risk = homes_at_risk(rule, home, house)
    return [f"{h.entrance}/{h.number}" for h in house if h.id in risk.unit_ids], risk.scope


def test_water_is_above_and_below_in_the_same_riser() -> None:
    assert doors(LETTERS, "above_and_below", find(LETTERS, "3º B")) == (
        ["1/1º B", "1/2º B", "1/4º B", "1/5º B"], "above_and_below",
    )  # fmt: skip
    assert doors(NUMBERED, "above_and_below", find(NUMBERED, "201"))[0] == [
        "1/101", "1/301", "1/401",
    ]  # fmt: skip


def test_where_numbers_do_not_tell_the_riser_it_is_everybody_on_those_floors() -> None:
    found, scope = doors(COUNTED, "above_and_below", find(COUNTED, "1"))
    assert (found, scope) == (["1/3", "1/4", "1/5", "1/6"], "above_and_below")


def test_a_floor_with_other_letters_is_warned_as_a_whole() -> None:
    house = make_house({("1", 1): ["1A", "1B"], ("1", 2): ["2C"], ("1", 3): ["3A", "7"]})
    assert doors(house, "above_and_below", find(house, "1A"))[0] == ["1/2C", "1/3A", "1/7"]


def test_gas_and_fire_put_the_whole_entrance_at_risk_and_no_other() -> None:
    found, scope = doors(LETTERS, "entrance", find(LETTERS, "3º B", "2"))
    assert scope == "entrance"
    assert len(found) == 11
    assert all(door.startswith("2/") for door in found)
    assert "2/3º B" not in found


def test_without_a_floor_it_is_the_entrance_without_an_entrance_the_building() -> None:
    house = [*LETTERS, Home(100, "flat", "1", None, "attic"), Home(101, "flat", "", 3, "30")]
    found, scope = doors(house, "above_and_below", house[-2])
    assert (len(found), scope) == (12, "entrance")
    found, scope = doors(house, "above_and_below", house[-1])
    assert (len(found), scope) == (25, "building")
    found, scope = doors(house, "entrance", None)
    assert (len(found), scope) == (26, "building")


def test_a_home_whose_floor_is_not_known_may_be_the_one_below() -> None:
    house = [*LETTERS, Home(100, "flat", "1", None, "attic")]
    assert "1/attic" in doors(house, "above_and_below", find(house, "3º B"))[0]


def test_nobody_sleeps_in_a_parking_place_below_but_fire_reaches_it() -> None:
    house = [*LETTERS, Home(100, "parking", "1", 2, "P1")]
    assert "1/P1" not in doors(house, "above_and_below", find(house, "3º B"))[0]
    assert "1/P1" in doors(house, "entrance", find(house, "3º B"))[0]


def test_a_plan_without_neighbours_warns_nobody() -> None:
    assert doors(LETTERS, "none", find(LETTERS, "3º B")) == ([], "none")


@pytest.mark.parametrize(
    ("number", "floor", "riser"),
    [("2º B", 2, "B"), ("3b", 3, "B"), ("Bajo A", 0, "A"), ("304", 3, "04"), ("1204", 12, "04"),
     ("304", 2, ""), ("7", 1, ""), ("14", 1, ""), ("304", None, ""), ("Ático", 5, ""), ("", 1, "")],
)  # fmt: skip
def test_a_riser_is_read_from_a_letter_or_a_number_with_its_floor(
    number: str, floor: int | None, riser: str
) -> None:
    assert riser_of(Home(1, "flat", "1", floor, number)) == riser
