"""How the homes of a new building are numbered."""

from __future__ import annotations

import pytest

from ownerdesk.rules.numbering import UnitPlan
from ownerdesk.rules.refusals import InvalidField


def names(plan: UnitPlan) -> list[str]:
    return [f"{unit.entrance}/{unit.floor}/{unit.number}" for unit in plan.list_units()]


@pytest.mark.parametrize(
    ("plan", "first", "last"),
    [
        (UnitPlan("continuous", 2, 1, 3, 2), ["1/1/1", "1/1/2", "1/2/3"], "2/3/12"),
        (UnitPlan("entrance", 2, 1, 3, 2), ["1/1/1", "1/1/2", "1/2/3"], "2/3/6"),
        (UnitPlan("floor", 1, 3, 4, 4), ["1/3/301", "1/3/302", "1/3/303"], "1/4/404"),
        (UnitPlan("chinese", 2, 15, 15, 2), ["1单元/15/1501", "1单元/15/1502"], "2单元/15/1502"),
        (UnitPlan("floor", 9, -1, 0, 1, entrances=["A"]), ["A/-1/-101"], "A/0/001"),
        (UnitPlan("continuous", 1, 1, 5, 1, skipped=frozenset({4}), start=100),
         ["1/1/100", "1/2/101", "1/3/102"], "1/5/103"),
    ],
)  # fmt: skip
def test_a_plan_numbers_its_homes(plan: UnitPlan, first: list[str], last: str) -> None:
    made = names(plan)
    assert made[: len(first)] == first
    assert made[-1] == last
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (UnitPlan("roman", 1, 1, 1, 1), "scheme"),
        (UnitPlan("floor", 0, 1, 1, 1), "entrance_count"),
        (UnitPlan("floor", 1, 2, 1, 1), "last_floor"),
        (UnitPlan("floor", 1, 1, 201, 1), "last_floor"),
        (UnitPlan("floor", 1, 1, 1, 100), "flats"),
        (UnitPlan("floor", 1, 1, 1, 1, entrances=["A", "A"]), "entrances"),
        (UnitPlan("floor", 1, 4, 4, 1, skipped=frozenset({4})), "count"),
        (UnitPlan("floor", 100, 1, 51, 1), "count"),
    ],
)
def test_a_plan_that_cannot_be_built_is_refused_by_its_field(plan: UnitPlan, field: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        plan.list_units()
    assert refusal.value.field == field
