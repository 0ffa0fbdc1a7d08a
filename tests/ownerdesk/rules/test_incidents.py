"""Which reports belong together: by category, kind, entrance, likeness and who reports."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.model.labels import CATEGORIES, KINDS
from ownerdesk.rules.incidents import (
    BY_ENTRANCE,
    FAMILIES,
    KINDS_SHARED,
    NEVER,
    Report,
    can_be_shared,
    count_reporters,
    find_group,
    is_alike,
    is_within_entrance,
    likeness,
    near_categories,
    slip_check_at,
    warning_at,
)
from ownerdesk.rules.policy import Policy, speak_at
from tests.make import NOON

REPORTS = Path(__file__).parents[2] / "data" / "incidents" / "reports.csv"


def make_report(number: int, vector: tuple[float, ...], **who: str) -> Report:
    return Report(number, who.get("owner", f"o{number}"), who.get("home", f"h{number}"), vector)


def test_the_tables_hold_known_categories_and_kinds_each_in_one_family() -> None:
    members = [category for family in FAMILIES for category in family]
    assert {*members, *NEVER, *BY_ENTRANCE} <= set(CATEGORIES)
    assert len(members) == len(set(members))
    assert set(KINDS) >= KINDS_SHARED


@pytest.mark.parametrize(
    ("nature", "category", "kind", "shared"),
    [
        ("help_seeking", "water_supply", None, True),
        ("dissatisfaction", "cleaning", None, True),
        ("dissatisfaction", "staff_conduct", None, False),
        ("consultation", "water_supply", None, False),
        ("paid_service", "home_repair", None, False),
        ("help_seeking", "home_repair", None, False),
        ("help_seeking", "other", None, False),
        ("emergency", "drainage", "flooding", True),
        ("emergency", "other", "medical", False),
        ("emergency", "security", "crime", False),
    ],
)
def test_only_what_many_can_share_is_looked_for(
    nature: str, category: str, kind: str | None, shared: bool
) -> None:
    assert can_be_shared(nature, category, kind) is shared


def test_water_and_drains_are_near_and_a_lift_stands_alone() -> None:
    assert "drainage" in near_categories("water_supply")
    assert near_categories("elevator") == ("elevator",)


def test_a_report_without_an_entrance_may_mean_any() -> None:
    assert is_within_entrance("2", "2")
    assert is_within_entrance("2", "")
    assert is_within_entrance("", "3")
    assert not is_within_entrance("2", "3")


def test_one_owners_three_messages_and_two_who_live_together_are_one_report() -> None:
    vector = (1.0, 0.0)
    same = [make_report(n, vector, owner="alma", home="14") for n in range(3)]
    assert count_reporters(same) == 1
    couple = [make_report(n, vector, home="14") for n in range(2)]
    assert count_reporters(couple) == 1
    assert count_reporters([*couple, make_report(9, vector)]) == 2


def test_a_group_hangs_together_by_what_is_between() -> None:
    one, between, other = (1.0, 0.0), (0.7071, 0.7071), (0.0, 1.0)
    stranger = (-1.0, 0.0)
    reports = [make_report(1, one), make_report(2, between), make_report(3, stranger)]
    new = make_report(4, other)
    assert likeness(one, other) < 0.5
    assert [r.appeal_id for r in find_group(new, reports, threshold=0.5)] == [4, 2, 1]
    assert not is_alike(new, [reports[0]], threshold=0.5)
    assert find_group(make_report(5, ()), reports, threshold=0.5) == [make_report(5, ())]


def test_everybody_hears_of_a_slip_before_each_appeals_own_clock_would_say_so() -> None:
    for minutes in (5, 30, 360, 3000):
        due_at = NOON + timedelta(minutes=minutes)
        assert NOON < warning_at(NOON, due_at) < slip_check_at(NOON, due_at)
        assert slip_check_at(NOON, due_at) < speak_at(NOON, due_at) < due_at


def test_the_likeness_asked_for_finds_most_reports_of_one_thing_and_few_of_another() -> None:
    """What decision 15 states, on reports invented for it in three languages: near things on purpose."""
    threshold = Policy().incident_likeness_percent / 100
    with REPORTS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    vectors = [encode(row["text"]) for row in rows]
    found = wrong = others = 0
    for i, row in enumerate(rows):
        best: dict[str, float] = {}
        for j, other in enumerate(rows):
            if i != j and other["category"] == row["category"]:
                name = other["incident"]
                best[name] = max(best.get(name, 0.0), likeness(vectors[i], vectors[j]))
        found += best.pop(row["incident"]) >= threshold
        wrong += sum(value >= threshold for value in best.values())
        others += len(best)
    assert found / len(rows) > 0.8
    assert wrong / others < 0.2
