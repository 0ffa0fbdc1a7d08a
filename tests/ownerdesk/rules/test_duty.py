"""Duty shifts, in local time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from ownerdesk.rules.duty import (
    Absence,
    ExtraShift,
    Shift,
    Span,
    find_gaps,
    is_on_duty,
    list_spans,
)

MONDAY, FRIDAY = 0, 4


def is_within_shift(local: datetime, weekday: int, starts: time, ends: time) -> bool:
    return is_on_duty(local, [Shift(weekday, starts, ends)])


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


NIGHT = Shift(FRIDAY, time(22), time(6))
SATURDAY = date(2026, 11, 21)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_who_is_absent_from_saturday_still_ends_the_night_of_friday() -> None:
    absent = [Absence(SATURDAY, date(2026, 11, 28))]
    assert is_on_duty(local("2026-11-21 05:00"), [NIGHT], absent)
    assert is_on_duty(local("2026-11-20 23:00"), [NIGHT], absent)
    assert not is_on_duty(local("2026-11-27 23:00"), [NIGHT], absent), "the next Friday"
    assert not is_on_duty(local("2026-11-28 05:00"), [NIGHT], absent), "and its morning"
    assert is_on_duty(local("2026-12-04 23:00"), [NIGHT], absent), "back after the last day"


def test_an_extra_shift_is_of_its_date_only_and_holds_in_an_absence() -> None:
    extra = [ExtraShift(SATURDAY, time(20), time(4))]
    absent = [Absence(SATURDAY, SATURDAY)]
    assert is_on_duty(local("2026-11-21 20:00"), [], absent, extra)
    assert is_on_duty(local("2026-11-22 03:59"), [], absent, extra)
    assert not is_on_duty(local("2026-11-22 04:00"), [], absent, extra)
    assert not is_on_duty(local("2026-11-28 20:00"), [], [], extra)


def test_the_times_that_nobody_has_are_found_over_midnight() -> None:
    week = [Shift(day, time(8), time(20)) for day in range(7)]
    nights = [Shift(day, time(20), time(8)) for day in range(7) if day != FRIDAY]
    spans = list_spans(date(2026, 11, 15), 8, [*week, *nights])
    gaps = find_gaps(local("2026-11-16 00:00"), local("2026-11-23 00:00"), spans)
    assert gaps == [Span(local("2026-11-20 20:00"), local("2026-11-21 08:00"))]
    assert find_gaps(local("2026-11-16 00:00"), local("2026-11-17 00:00"), []) == [
        Span(local("2026-11-16 00:00"), local("2026-11-17 00:00"))
    ]
