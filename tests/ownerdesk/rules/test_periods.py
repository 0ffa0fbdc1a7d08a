"""Wishes become periods by the clock of the project, over time zones and the two nights on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ownerdesk.rules.periods import Period, parse_period

MADRID, SHANGHAI, NEW_YORK = "Europe/Madrid", "Asia/Shanghai", "America/New_York"
# A Wednesday, 13:00 in Madrid.
WEDNESDAY = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def read(phrase: str, *, now: datetime = WEDNESDAY, timezone: str = MADRID) -> str | None:
    """As the clock on the wall has it: "19 18:00 – 19 22:00"."""
    period = parse_period(phrase, now=now, timezone=timezone)
    if period is None:
        return None
    zone = ZoneInfo(timezone)
    return f"{period.start.astimezone(zone):%d %H:%M} – {period.end.astimezone(zone):%d %H:%M}"


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("today", "18 13:00 – 19 00:00"),
        ("tomorrow", "19 00:00 – 20 00:00"),
        ("tomorrow after 18:00", "19 18:00 – 19 22:00"),
        ("tomorrow after 23:00", "19 23:00 – 20 00:00"),
        ("tomorrow afternoon", "19 12:00 – 19 18:00"),
        ("day after tomorrow morning", "20 08:00 – 20 12:00"),
        ("saturday between 10:00 and 12:00", "21 10:00 – 21 12:00"),
        ("friday between 22:00 and 01:00", "20 22:00 – 21 01:00"),
        ("wednesday evening", "18 18:00 – 18 22:00"),
        ("wednesday morning", "25 08:00 – 25 12:00"),
        ("friday", "20 00:00 – 21 00:00"),
        ("next friday at 15:00", "27 15:00 – 27 16:00"),
        ("next monday", "23 00:00 – 24 00:00"),
        ("by friday", "18 13:00 – 21 00:00"),
        ("before friday", "18 13:00 – 20 00:00"),
        ("from monday", "23 00:00 – 30 00:00"),
        ("this week", "18 13:00 – 23 00:00"),
        ("this weekend", "21 00:00 – 23 00:00"),
        ("next weekend", "28 00:00 – 30 00:00"),
        ("before 12:00", "19 08:00 – 19 12:00"),
        ("after 18:00", "18 18:00 – 18 22:00"),
        ("at 13:30", "18 13:30 – 18 14:30"),
        ("evening", "18 18:00 – 18 22:00"),
        ("in 2 hours", "18 15:00 – 18 16:00"),
        ("in 30 minutes", "18 13:30 – 18 14:30"),
        ("in 3 days morning", "21 08:00 – 21 12:00"),
        ("3 december", "03 00:00 – 04 00:00"),
        ("2026-12-03 at 10:00", "03 10:00 – 03 11:00"),
    ],
)
def test_a_wish_is_a_period_on_the_wall_clock(phrase: str, wanted: str) -> None:
    assert read(phrase) == wanted


@pytest.mark.parametrize(
    "phrase",
    ["", "by", "soon", "today before 10:00", "today morning", "9 october", "31 november", "2026-13-45",
     "2019-01-01", "after 24:00", "tomorrow at 25:00", "in 99 weeks", "tomorrow " * 500],
)  # fmt: skip
def test_what_is_past_or_no_time_at_all_is_no_period(phrase: str) -> None:
    assert parse_period(phrase, now=WEDNESDAY, timezone=MADRID) is None


def test_the_day_is_that_of_the_project_and_not_of_the_server() -> None:
    late = datetime(2026, 11, 18, 22, 30, tzinfo=UTC)
    assert read("tomorrow at 10:00", now=late, timezone=MADRID) == "19 10:00 – 19 11:00"
    assert read("tomorrow at 10:00", now=late, timezone=SHANGHAI) == "20 10:00 – 20 11:00"
    assert read("today", now=late, timezone=NEW_YORK) == "18 17:30 – 19 00:00"


def test_a_period_is_aware_and_in_utc() -> None:
    assert parse_period("tomorrow after 18:00", now=WEDNESDAY, timezone=SHANGHAI) == Period(
        datetime(2026, 11, 19, 10, 0, tzinfo=UTC), datetime(2026, 11, 19, 14, 0, tzinfo=UTC)
    )


def test_six_is_six_on_both_sides_of_a_change_of_clocks() -> None:
    saturday = datetime(2027, 3, 27, 12, 0, tzinfo=UTC)  # clocks go forward that night
    assert read("today after 18:00", now=saturday) == "27 18:00 – 27 22:00"
    assert read("tomorrow after 18:00", now=saturday) == "28 18:00 – 28 22:00"
    before = parse_period("today after 18:00", now=saturday, timezone=MADRID)
    after = parse_period("tomorrow after 18:00", now=saturday, timezone=MADRID)
    assert before is not None
    assert after is not None
    assert after.start - before.start == timedelta(hours=23)


def test_the_day_that_has_an_hour_less_or_more_is_a_whole_day() -> None:
    spring = parse_period("2027-03-28", now=datetime(2027, 3, 20, tzinfo=UTC), timezone=MADRID)
    autumn = parse_period("2026-10-25", now=datetime(2026, 10, 20, tzinfo=UTC), timezone=MADRID)
    assert spring is not None
    assert autumn is not None
    assert spring.end - spring.start == timedelta(hours=23)
    assert autumn.end - autumn.start == timedelta(hours=25)


def test_an_hour_that_does_not_exist_is_moved_and_still_a_period() -> None:
    saturday = datetime(2027, 3, 27, 12, 0, tzinfo=UTC)
    assert read("tomorrow between 02:30 and 04:00", now=saturday) == "28 03:30 – 28 04:00"
    assert read("tomorrow between 02:30 and 03:00", now=saturday) is None, (
        "it would end before it began"
    )


def test_two_hours_are_two_hours_when_the_clocks_change_between() -> None:
    night = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 the first time
    period = parse_period("in 2 hours", now=night, timezone=MADRID)
    assert period is not None
    assert period.start - night == timedelta(hours=2)
