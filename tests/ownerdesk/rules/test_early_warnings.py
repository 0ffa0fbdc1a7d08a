"""When there is more than usual, and when an owner is losing trust; the thresholds to the last appeal."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ownerdesk.rules.early_warnings import (
    chance_of,
    has_many_asks,
    has_many_broken,
    hour_windows,
    is_falling,
    is_more_than_usual,
    level_of,
    usual,
    week_of,
)
from tests.make import NOON


def smallest(history: list[int], subject: str, level: int = 0) -> int:
    """The first count that is warned about."""
    return next(
        n for n in range(200) if is_more_than_usual(n, history, subject=subject, level=level)
    )


def test_the_chance_is_that_of_a_poisson_process() -> None:
    assert chance_of(0, 2.0) == 1.0
    assert chance_of(1, 2.0) == pytest.approx(1 - math.exp(-2))
    assert chance_of(3, 1.0) == pytest.approx(1 - math.exp(-1) * (1 + 1 + 0.5))


@pytest.mark.parametrize(
    ("history", "subject", "first"),
    [
        ([0] * 8, "building", 4),
        ([0] * 8, "project", 6),
        ([2] * 8, "building", 9),
        ([2] * 8, "project", 9),
        ([10] * 8, "project", 22),
        ([], "building", 6),
        ([], "project", 6),
        ([0], "building", 6),
    ],
)
def test_the_first_count_that_is_more_than_usual(
    history: list[int], subject: str, first: int
) -> None:
    assert smallest(history, subject) == first
    assert chance_of(first, usual(history)) < 0.001
    if first > 6:
        assert chance_of(first - 1, usual(history)) >= 0.001


def test_one_bad_week_among_eight_makes_no_usual() -> None:
    assert usual([8, 0, 0, 0, 0, 0, 0, 0]) == pytest.approx(9 / 8)


def test_each_false_alarm_raises_the_bar_and_right_warnings_bring_it_back() -> None:
    firsts = [smallest([2] * 8, "building", level) for level in range(4)]
    assert firsts == sorted(set(firsts)), "each level asks for more"
    assert [level_of(0, 0), level_of(2, 0), level_of(2, 1), level_of(1, 3)] == [0, 2, 1, 0]
    assert has_many_asks(3)
    assert not has_many_asks(2)
    assert not has_many_asks(3, level=1)
    assert has_many_broken(2)
    assert not has_many_broken(1)
    assert not has_many_broken(2, level=1)


@pytest.mark.parametrize(
    ("stars", "falls"),
    [
        ([5, 5, 2, 2], True),
        ([5, 4, 3, 3], True),
        ([5, 3, 3, 3], False),
        ([5, 5, 4, 3], False),
        ([5, 2, 2], False),
        ([2, 2, 2, 2], False),
        ([1, 1, 5, 5], False),
        ([], False),
    ],
)
def test_ratings_fall_when_the_last_two_are_low_and_lie_clearly_below(
    stars: list[int], falls: bool
) -> None:
    assert is_falling(stars) is falls


def test_a_false_alarm_asks_for_a_deeper_fall() -> None:
    assert is_falling([5, 4, 3, 3])
    assert not is_falling([5, 4, 3, 3], level=1)
    assert is_falling([5, 5, 2, 2], level=3)


def test_the_hours_are_those_of_the_wall_clock_over_daylight_saving() -> None:
    zone = ZoneInfo("Europe/Madrid")
    at = datetime(2026, 11, 4, 8, 20, tzinfo=UTC)  # 09:20 in winter; it was summer until 25 October
    windows = hour_windows(at, "Europe/Madrid")
    assert len(windows) == 9
    assert windows[0] == (
        datetime(2026, 11, 4, 8, tzinfo=UTC), datetime(2026, 11, 4, 9, tzinfo=UTC),
    )  # fmt: skip
    assert {start.astimezone(zone).hour for start, _ in windows} == {9}
    assert {start.astimezone(zone).weekday() for start, _ in windows} == {2}
    assert windows[2][0] == datetime(2026, 10, 21, 7, tzinfo=UTC), "summer time then"


def test_an_hour_that_comes_twice_is_two_and_one_that_is_skipped_is_the_next() -> None:
    first = hour_windows(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Madrid")
    second = hour_windows(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Madrid")
    assert (first[0][1], first[1:]) == (second[0][0], second[1:])
    after = hour_windows(datetime(2026, 4, 5, 0, 30, tzinfo=UTC), "Europe/Madrid")
    assert after[1][0] == datetime(2026, 3, 29, 1, tzinfo=UTC), "02:00 was skipped that night"
    for start, end in [*first, *second, *after]:
        assert end - start == timedelta(hours=1)


def test_weeks_are_named_as_calendars_do() -> None:
    assert week_of(NOON.date()) == "2026-W47"
    assert week_of(datetime(2027, 1, 1, tzinfo=UTC).date()) == "2026-W53"
