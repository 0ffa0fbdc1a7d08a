"""No model takes the place of one that recognises more emergencies."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ownerdesk.rules.gates import Shares, find_closed, has_jumped


def report(alarmed: int = 98, raised: int = 90, hits: int = 90) -> dict[str, Any]:
    bar = {"dangers": 100, "others": 500, "alarmed_falsely": 20}
    return {
        "sets": {
            "Test messages": {
                "count": 600,
                "emergencies": {
                    "low": bar | {"alarmed": alarmed},
                    "high": bar | {"alarmed": raised},
                },
                "natures": {
                    "consultation": {"count": 100, "found": 100, "hits": hits},
                    "paid_service": {"count": 9, "found": 9, "hits": 9},
                },
            }
        }
    }


def test_a_model_that_is_no_worse_passes() -> None:
    assert find_closed(report(), report()) == []
    assert find_closed(report(alarmed=99, raised=91, hits=87), report()) == []
    assert find_closed(report(alarmed=10), None) == []  # there is nothing to be worse than


def test_one_emergency_less_closes_a_gate_by_either_bar() -> None:
    assert [g.name for g in find_closed(report(alarmed=97), report())] == ["emergencies_low"]
    [gate] = find_closed(report(raised=89), report())
    assert (gate.name, gate.before, gate.after) == ("emergencies_high", 0.9, 0.89)


def test_a_class_may_lose_three_points_and_no_more() -> None:
    assert find_closed(report(hits=87), report()) == []
    [gate] = find_closed(report(hits=86), report())
    assert (gate.name, gate.subject) == ("class", "Test messages: consultation")


def test_a_class_of_a_few_messages_proves_nothing() -> None:
    worse = report()
    worse["sets"]["Test messages"]["natures"]["paid_service"]["hits"] = 5
    assert find_closed(worse, report()) == []


def test_without_a_report_or_with_other_messages_nothing_is_compared() -> None:
    assert [g.name for g in find_closed(None, report())] == ["no_report"]
    other = copy.deepcopy(report())
    other["sets"]["Test messages"]["count"] = 601
    assert [g.name for g in find_closed(other, report())] == ["other_messages"]
    assert [g.name for g in find_closed({"sets": {}}, report())] == ["other_messages"]


@pytest.mark.parametrize(
    ("before", "after", "jumped"),
    [
        (Shares(1000, 5, 50), Shares(100, 1, 6), None),
        (Shares(1000, 5, 50), Shares(100, 8, 6), "errors"),
        (Shares(1000, 5, 50), Shares(100, 1, 20), "handoffs"),
        (Shares(1000, 5, 150), Shares(100, 1, 28), None),  # more, but not twice as many
        (Shares(1000, 5, 50), Shares(19, 19, 0), None),  # too few to tell
        (Shares(0, 0, 0), Shares(30, 3, 0), "errors"),
    ],
)
def test_errors_and_handoffs_that_jump_are_noticed(
    before: Shares, after: Shares, jumped: str | None
) -> None:
    assert has_jumped(before, after) == jumped
