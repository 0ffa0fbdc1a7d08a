"""Duty as people write it on the command line."""

from __future__ import annotations

from datetime import time

import pytest

from ownerdesk.rules.duty import Shift, parse_duty


def test_a_range_of_days_is_one_shift_a_day() -> None:
    assert parse_duty("mon-fri 08:00-18:00") == [Shift(d, time(8), time(18)) for d in range(5)]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("daily 00:00-24:00", [0, 1, 2, 3, 4, 5, 6]),
        ("sat-mon 20:00 - 8:00", [0, 5, 6]),
        ("Wed,fri,wed 1:00-2:00", [2, 4]),
    ],
)
def test_days_may_be_listed_and_run_past_sunday(text: str, days: list[int]) -> None:
    assert [shift.weekday for shift in parse_duty(text)] == days


def test_midnight_at_both_ends_is_the_whole_day() -> None:
    (shift,) = parse_duty("sun 00:00-24:00")
    assert (shift.starts, shift.ends) == (time(0), time(0))


@pytest.mark.parametrize("text", ["", "mon", "mon 8-18", "foo 08:00-18:00", "mon- 25:00-26:00"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_duty(text)
