"""Plans: whatever is stored can be walked, and whatever is wrong with it is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import ownerdesk
from ownerdesk.model.emergencies import NEIGHBOUR_RULES
from ownerdesk.model.labels import KINDS
from ownerdesk.rules.emergency_plans import (
    WHO,
    Plan,
    check_plan,
    due_steps,
    fill_phone,
    parse_numbers,
    parse_steps,
)
from ownerdesk.rules.fields import Unusable

SHIPPED: dict[str, Any] = yaml.safe_load(
    (Path(ownerdesk.__file__).parent / "content" / "emergency_plans.yml").read_text("utf-8")
)


def make_plan(*steps: tuple[int, str]) -> Plan:
    rows = [{"after_minutes": minutes, "who": who} for minutes, who in steps]
    return Plan.of(rows, [{"name": "Help", "phone": "112"}], "none")


def rung(plan: Plan, minutes: int, **people: list[str]) -> list[tuple[int, list[str], bool]]:
    """Index, people and earliness of the steps due; somebody called deaf cannot hear."""
    due = due_steps(plan, minutes, lambda s: people.get(s.who, []), lambda p: p != "deaf")
    return [(d.step.index, list(d.people), d.is_early) for d in due]


THREE = make_plan((0, "on_duty"), (2, "manager"), (5, "head_office"))
ALL = {"on_duty": ["mara"], "manager": ["boris"], "head_office": ["hana"]}


@pytest.mark.parametrize(
    ("minutes", "steps"),
    [(0, [0]), (1, [0]), (2, [0, 1]), (4, [0, 1]), (5, [0, 1, 2]), (61, [0, 1, 2])],
)
def test_steps_are_due_by_their_minutes_and_in_order(minutes: int, steps: list[int]) -> None:
    assert [index for index, _, _ in rung(THREE, minutes, **ALL)] == steps


def test_a_step_that_leads_to_nobody_brings_the_next_forward_and_only_that() -> None:
    assert rung(THREE, 0, manager=["boris"], head_office=["hana"]) == [
        (0, [], False), (1, ["boris"], True),
    ]  # fmt: skip
    assert rung(THREE, 0, head_office=["hana"]) == [
        (0, [], False), (1, [], True), (2, ["hana"], True),
    ]  # fmt: skip


def test_somebody_who_cannot_hear_counts_as_nobody_but_is_tried() -> None:
    assert rung(THREE, 0, on_duty=["deaf"], manager=["boris"]) == [
        (0, ["deaf"], False), (1, ["boris"], True),
    ]  # fmt: skip


def test_the_first_step_does_not_wait_even_where_the_plan_says_so() -> None:
    assert rung(make_plan((5, "manager")), 0, **ALL) == [(0, ["boris"], True)]
    assert rung(Plan(), 60, **ALL) == []


@given(
    st.lists(st.one_of(st.none(), st.integers(), st.text(), st.dictionaries(
        st.sampled_from(["after_minutes", "who"]), st.one_of(st.none(), st.integers(), st.text())
    ))),
    st.integers(0, 10_000),
)  # fmt: skip
def test_whatever_is_stored_as_a_plan_can_be_walked_and_checked(rows: Any, minutes: int) -> None:
    plan = Plan.of(rows, rows, "none")
    assert len(plan.steps) == len(rows)
    list(due_steps(plan, minutes, lambda _: [], bool))
    check_plan(plan, count=lambda _: 0, phones=[])


@pytest.mark.parametrize("rubbish", [None, 7, "steps", {"who": "manager"}])
def test_a_column_that_holds_no_list_is_an_empty_plan(rubbish: Any) -> None:
    assert Plan.of(rubbish, rubbish, "none") == Plan()


def faults(plan: Plan, count: int = 1, phones: tuple[str, ...] = ("112",)) -> list[tuple[str, int]]:
    return [(f.code, f.step) for f in check_plan(plan, count=lambda _: count, phones=phones)]


def test_every_fault_has_a_name_and_its_step() -> None:
    assert faults(THREE) == []
    assert faults(Plan()) == [("no_steps", 0)]
    assert faults(make_plan((3, "manager"))) == [("too_late", 1)]
    assert faults(make_plan((0, "on_duty"), (2, "the boss"))) == [("unknown_who", 2)]
    assert faults(make_plan((0, "on_duty"), (2, "staff:x"))) == [("unknown_who", 2)]
    assert faults(make_plan((0, "on_duty"), (5, "manager"), (2, "head_office"))) == [
        ("times_not_increasing", 3)
    ]
    assert faults(make_plan((0, "on_duty"), (0, "manager"))) == [], "both at once is a plan"
    assert faults(THREE, count=0) == [("nobody", 1), ("nobody", 2), ("nobody", 3)]
    assert faults(THREE, phones=()) == [("no_number", 0)]
    assert faults(THREE, phones=("112", " ")) == [("no_number", 0)]


def test_a_person_is_named_by_their_id() -> None:
    (step,) = make_plan((0, "staff:17")).steps
    assert (step.staff_id, step.is_known) == (17, True)
    for who in ("staff:", "staff:-1", "staff:²", "staff", "17", "staff:" + "9" * 19):
        assert not make_plan((0, who)).steps[0].is_known, who


def typed_steps(*rows: tuple[str, str]) -> dict[str, str]:
    form = {}
    for index, (minutes, who) in enumerate(rows):
        form |= {f"step.{index}.minutes": minutes, f"step.{index}.who": who}
    return form


def test_a_plan_is_typed_one_row_a_step_and_empty_rows_are_left_out() -> None:
    assert parse_steps(typed_steps(("0", "on_duty"), ("7", ""), ("5", "staff:17"))) == [
        {"after_minutes": 0, "who": "on_duty"}, {"after_minutes": 5, "who": "staff:17"},
    ]  # fmt: skip
    form = {"number.0.name.en": "Gas company", "number.0.phone": "900 100 200"}
    assert parse_numbers(form) == [{"name": {"en": "Gas company"}, "phone": "900 100 200"}]
    assert parse_numbers({}) == []


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([], "step.0.who"),
        ([("", "on_duty")], "step.0.minutes"),
        ([("0", "the boss")], "step.0.who"),
        ([("-1", "on_duty")], "step.0.minutes"),
        ([("x", "on_duty")], "step.0.minutes"),
        ([("5", "on_duty")], "step.0.minutes"),
        ([("0", "on_duty"), ("99999", "manager")], "step.1.minutes"),
        ([("0", "on_duty"), ("5", "manager"), ("4", "head_office")], "step.2.minutes"),
    ],
)
def test_a_plan_that_could_not_be_followed_is_refused_at_its_row(
    rows: list[tuple[str, str]], field: str
) -> None:
    with pytest.raises(Unusable) as refused:
        parse_steps(typed_steps(*rows))
    assert [p.field for p in refused.value.problems] == [field]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"number.0.phone": "900 100 200"}, "number.0.name.en"),
        ({"number.0.name.es": "Gas"}, "number.0.phone"),
        ({"number.0.name.es": "Gas", "number.0.phone": "ask the guard"}, "number.0.phone"),
    ],
)
def test_a_number_needs_a_name_and_a_number(form: dict[str, str], field: str) -> None:
    with pytest.raises(Unusable) as refused:
        parse_numbers(form)
    assert [p.field for p in refused.value.problems] == [field]


def test_the_projects_numbers_fill_the_gaps() -> None:
    filled = fill_phone(
        "{phone} / {emergency_number}", duty_phone="+34 600", emergency_number="112"
    )
    assert filled == "+34 600 / 112"


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_plan_of_every_kind_is_whole(kind: str) -> None:
    row = SHIPPED[kind]
    assert set(row) == {"steps", "numbers", "neighbours"}
    assert row["neighbours"] in NEIGHBOUR_RULES
    plan = Plan.of(**row)
    assert check_plan(plan, count=lambda _: 1, phones=[n.phone for n in plan.numbers]) == []
    assert {step.who for step in plan.steps} <= set(WHO)
    assert all(set(n.name) == {"en", "es", "zh"} for n in plan.numbers)  # type: ignore[arg-type]


def test_water_is_told_above_and_below_gas_and_fire_in_the_whole_entrance() -> None:
    rules = {kind: row["neighbours"] for kind, row in SHIPPED.items()}
    assert {k: v for k, v in rules.items() if v != "none"} == {
        "flooding": "above_and_below", "gas_leak": "entrance", "fire": "entrance",
    }  # fmt: skip
