"""Periods of figures: whole days of a project's clock, and an honest period before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ownerdesk.rules.figures import LONGEST_DAYS, Period, change_of

MADRID = "Europe/Madrid"
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [("2026-10-25", 25), ("2026-03-29", 23), ("2026-06-01", 24)])  # fmt: skip
def test_a_day_has_as_many_hours_as_its_clock_gives_it(day: str, hours: int) -> None:
    one = date.fromisoformat(day)
    span = Period("dates", one, one).span(MADRID, NOON)
    assert span.end - span.start == timedelta(hours=hours)


def test_today_is_another_day_in_another_place() -> None:
    at = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)
    assert Period("today").days(MADRID, at)[0] == date(2026, 11, 19)
    assert Period("today").days("America/New_York", at)[0] == date(2026, 11, 18)


def test_half_a_day_is_compared_with_half_a_day() -> None:
    before = Period("today").span_before(MADRID, NOON)
    assert before.start == datetime(2026, 11, 16, 23, 0, tzinfo=UTC)
    assert before.end == datetime(2026, 11, 17, 12, 0, tzinfo=UTC)


def test_the_same_hour_the_day_before_is_that_of_the_clock_on_the_wall() -> None:
    at = datetime(2026, 10, 25, 12, 0, tzinfo=UTC)  # one o'clock, the clocks went back in the night
    assert Period("today").span_before(MADRID, at).end == datetime(2026, 10, 24, 11, 0, tzinfo=UTC)


def test_a_period_that_is_over_is_compared_with_as_many_whole_days() -> None:
    period = Period("dates", date(2026, 10, 20), date(2026, 10, 26))
    span, before = period.span(MADRID, NOON), period.span_before(MADRID, NOON)
    assert before.end == span.start
    assert before.start == datetime(2026, 10, 12, 22, 0, tzinfo=UTC)


def test_dates_in_the_wrong_order_are_put_right_and_a_century_is_cut() -> None:
    assert Period("dates", date(2026, 2, 2), date(2026, 2, 1)).days(MADRID, NOON) == (
        date(2026, 2, 1),
        date(2026, 2, 2),
    )
    first, last = Period("dates", date(1950, 1, 1), date(2026, 1, 1)).days(MADRID, NOON)
    assert (last - first).days + 1 == LONGEST_DAYS


def test_nothing_to_compare_with_is_no_change() -> None:
    assert change_of(3, 0) is None
    assert change_of(None, 3) is None
    assert change_of(3, 2) == 0.5
