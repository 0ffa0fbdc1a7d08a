"""Duty shifts, in local time."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from ownerdesk.rules.duty import is_within_shift

MONDAY, TUESDAY = 0, 1


@pytest.mark.parametrize(
    ("now", "within"),
    [("2026-11-16 08:00", True), ("2026-11-16 15:59", True), ("2026-11-16 16:00", False),
     ("2026-11-16 07:59", False), ("2026-11-17 09:00", False)],
)  # fmt: skip
def test_a_day_shift_holds_from_its_start_until_its_end(now: str, within: bool) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert is_within_shift(at, MONDAY, time(8), time(16)) is within


@pytest.mark.parametrize(
    ("now", "within"),
    [("2026-11-16 22:00", True), ("2026-11-17 05:59", True), ("2026-11-17 06:00", False),
     ("2026-11-16 05:00", False), ("2026-11-17 23:00", False)],
)  # fmt: skip
def test_a_night_shift_runs_past_midnight(now: str, within: bool) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert is_within_shift(at, MONDAY, time(22), time(6)) is within


def test_a_shift_that_ends_when_it_starts_lasts_a_day() -> None:
    assert is_within_shift(datetime(2026, 11, 17, 7, tzinfo=UTC), MONDAY, time(8), time(8))
    assert is_within_shift(datetime(2026, 11, 16, 8, tzinfo=UTC), MONDAY, time(8), time(8))
    assert not is_within_shift(datetime(2026, 11, 17, 8, tzinfo=UTC), MONDAY, time(8), time(8))


def test_sunday_night_runs_into_monday() -> None:
    assert is_within_shift(datetime(2026, 11, 16, 3, tzinfo=UTC), 6, time(22), time(6))
