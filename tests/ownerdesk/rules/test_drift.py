"""A week warns when owners are understood clearly less well than in the weeks before, and never by chance alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from ownerdesk.rules.drift import Week, find_drift, monday_of, start_of, week_of
from tests.conftest import NOON

MONDAY = date(2026, 11, 16)


def week(back: int = 0, *, language: str = "en", **numbers: Any) -> Week:
    values = {
        "messages": 200, "handoffs": 10, "clarifications": 10, "corrections": 10, "confidence": 160.0,
    } | numbers  # fmt: skip
    return Week(MONDAY - timedelta(weeks=back), language, **values)


def measures(*weeks: Week) -> list[str]:
    return [one.measure for one in find_drift(weeks, looked_at=[MONDAY])]


BEFORE = [week(n) for n in range(1, 5)]


def test_a_week_like_those_before_warns_of_nothing() -> None:
    assert measures(*BEFORE, week()) == []


@pytest.mark.parametrize("measure", ["handoffs", "clarifications", "corrections"])
def test_a_share_that_has_risen_clearly_is_a_warning(measure: str) -> None:
    found = find_drift([*BEFORE, week(**{measure: 30})], looked_at=[MONDAY])
    assert [(one.measure, one.language, one.before, one.after) for one in found] == [
        (measure, "en", 0.05, 0.15)
    ]
    assert found[0].key == f"drift:2026-11-16:en:{measure}"


def test_a_rise_of_less_than_five_points_or_of_less_than_half_is_none() -> None:
    assert measures(*BEFORE, week(handoffs=19)) == []
    often = [week(n, handoffs=60) for n in range(1, 5)]
    assert measures(*often, week(handoffs=80)) == []  # ten points, but only a third more
    assert measures(*often, week(handoffs=90)) == ["handoffs"]


def test_a_rise_that_chance_explains_is_none() -> None:
    small = [week(n, messages=25, handoffs=2, confidence=20.0) for n in range(1, 5)]
    now = week(messages=50, handoffs=8, clarifications=0, corrections=0, confidence=40.0)
    assert measures(*small, now) == []  # 8 % and 16 %, of few messages


def test_confidence_that_has_fallen_is_a_warning() -> None:
    assert measures(*BEFORE, week(confidence=150.0)) == ["confidence"]
    assert measures(*BEFORE, week(confidence=151.0)) == []


def test_too_few_messages_say_nothing() -> None:
    assert measures(*BEFORE, week(messages=49, handoffs=40, confidence=40.0)) == []
    young = [week(1, messages=99, confidence=80.0)]
    assert measures(*young, week(handoffs=90)) == []


def test_languages_are_judged_apart_and_only_the_weeks_that_are_looked_at() -> None:
    weeks = [*BEFORE, week(), *(week(n, language="es") for n in range(1, 5))]
    weeks.append(week(language="es", handoffs=60))
    assert [(one.language, one.measure) for one in find_drift(weeks, looked_at=[MONDAY])] == [
        ("es", "handoffs")
    ]
    assert find_drift(weeks, looked_at=[MONDAY - timedelta(weeks=1)]) == []


def test_a_week_begins_on_monday_in_utc() -> None:
    assert monday_of(date(2026, 11, 22)) == MONDAY
    assert week_of(NOON) == MONDAY
    assert week_of(start_of(MONDAY) - timedelta(seconds=1)) == MONDAY - timedelta(weeks=1)
