"""Working time: periods, holidays, weekends, and the nights in which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerdesk.rules.calendars import (
    ClosedDay,
    InvalidCalendar,
    NoOpenTime,
    Schedule,
    SpecialPeriods,
    format_spans,
    load_spans,
    parse_periods,
    store_spans,
)

OFFICE = parse_periods("08:00-12:30, 14:00-18:00")  # 8 h 30 min
SATURDAY = parse_periods("09:00-13:00")
MADRID = ZoneInfo("Europe/Madrid")


def office(zone: str = "Europe/Madrid", **special: SpecialPeriods) -> Schedule:
    days = {
        date.fromisoformat(day.replace("d", "").replace("_", "-")): p for day, p in special.items()
    }
    return Schedule(zone, (*[OFFICE] * 5, SATURDAY, ()), days)


def local(text: str, zone: ZoneInfo = MADRID) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-18 09:00", 30, "2026-11-18 09:30"),
        ("2026-11-18 12:15", 30, "2026-11-18 14:15"),  # over the noon break
        ("2026-11-18 13:00", 30, "2026-11-18 14:30"),  # asked during it
        ("2026-11-18 03:00", 30, "2026-11-18 08:30"),  # before opening
        ("2026-11-18 17:00", 60, "2026-11-18 18:00"),  # the last minute is still today's
        ("2026-11-18 17:00", 61, "2026-11-19 08:01"),
        ("2026-11-18 19:00", 510, "2026-11-19 18:00"),  # a whole day
        ("2026-11-20 17:30", 60, "2026-11-21 09:30"),  # Friday into Saturday
        ("2026-11-21 12:00", 90, "2026-11-23 08:30"),  # Saturday over Sunday
        ("2026-11-22 10:00", 1, "2026-11-23 08:01"),  # on Sunday
        ("2026-11-18 09:00", 0, "2026-11-18 09:00"),
        # One week has 5 × 510 + 240 minutes.
        ("2026-11-18 09:00", 2790, "2026-11-25 09:00"),
        ("2026-11-18 09:00", 27900, "2027-01-27 09:00"),
    ],
)
def test_working_time_counts_only_while_it_is_open(start: str, minutes: int, due: str) -> None:
    schedule = office()
    assert schedule.add_working_time(local(start), minutes) == local(due)
    assert schedule.working_minutes(local(start), local(due)) == minutes


def test_a_due_time_is_in_utc() -> None:
    due = office().add_working_time(local("2026-11-18 09:00"), 30)
    assert (due.tzinfo, due.hour) == (UTC, 8)


def test_a_holiday_is_closed_and_another_day_may_open_at_other_times() -> None:
    schedule = office(
        d2026_11_19=SpecialPeriods("Founders' Day"),
        d2026_11_22=SpecialPeriods("Open Sunday", parse_periods("10:00-11:00")),
    )
    add = schedule.add_working_time
    assert add(local("2026-11-18 17:30"), 60) == local("2026-11-20 08:30")
    assert add(local("2026-11-21 12:30"), 60) == local("2026-11-22 10:30")
    assert schedule.closed_days(local("2026-11-18 17:30"), local("2026-11-23 09:00")) == [
        ClosedDay(date(2026, 11, 19), "Founders' Day")
    ]


def test_closed_days_are_those_between_with_no_open_time() -> None:
    closed = office().closed_days(local("2026-11-21 16:00"), local("2026-11-23 09:00"))
    assert closed == [ClosedDay(date(2026, 11, 22))]


# Madrid: on 29 March 2026 02:00 becomes 03:00, on 25 October 03:00 becomes 02:00.
NIGHT = Schedule("Europe/Madrid", (parse_periods("01:00-04:00"),) * 7)


@pytest.mark.parametrize(
    ("day", "length"),
    [("2026-03-28", 180), ("2026-03-29", 120), ("2026-10-24", 180), ("2026-10-25", 240)],
)
def test_a_period_over_a_change_of_clocks_has_its_real_length(day: str, length: int) -> None:
    begin, end = local(f"{day} 00:00"), local(f"{day} 23:59")
    assert NIGHT.working_minutes(begin, end) == length
    assert NIGHT.add_working_time(begin, length) == local(f"{day} 04:00")


@pytest.mark.parametrize(
    ("period", "length"),
    [
        ("02:15-02:45", 0),  # swallowed whole
        ("02:30-03:30", 30),  # begins at the skip
        ("01:30-02:30", 30),  # ends at the skip
        ("02:00-03:00", 0),
        ("01:00-02:00", 60),
    ],
)
def test_what_lies_in_the_skipped_hour_shrinks(period: str, length: int) -> None:
    schedule = Schedule("Europe/Madrid", (parse_periods(period),) * 7)
    found = schedule.working_time(local("2026-03-29 00:00"), local("2026-03-29 23:59"))
    assert found == timedelta(minutes=length)
    for begin, end in schedule.periods_of(date(2026, 3, 29)):
        assert begin < end


@pytest.mark.parametrize(
    ("period", "length"),
    [("02:15-02:45", 30), ("02:30-03:30", 120), ("01:30-02:30", 60), ("02:00-03:00", 120)],
)
def test_a_time_that_comes_twice_means_its_first_coming(period: str, length: int) -> None:
    schedule = Schedule("Europe/Madrid", (parse_periods(period),) * 7)
    found = schedule.working_time(local("2026-10-25 00:00"), local("2026-10-25 23:59"))
    assert found == timedelta(minutes=length)


def test_office_hours_stay_those_of_the_wall_over_a_change_of_clocks() -> None:
    due = office().add_working_time(local("2026-03-28 12:30"), 60)  # Saturday, Sunday changes
    assert due == local("2026-03-30 08:30")
    assert due == datetime(2026, 3, 30, 6, 30, tzinfo=UTC)


def test_a_midnight_that_the_clocks_skip_is_the_moment_of_the_skip() -> None:
    """Cairo skips from midnight to one o'clock on the last Friday of April."""
    cairo = ZoneInfo("Africa/Cairo")
    always = Schedule("Africa/Cairo", (parse_periods("00:00-24:00"),) * 7)
    day = always.working_time(local("2026-04-23 12:00", cairo), local("2026-04-24 12:00", cairo))
    assert day == timedelta(hours=23)
    assert always.add_working_time(local("2026-04-23 12:00", cairo), 23 * 60) == local(
        "2026-04-24 12:00", cairo
    )


def test_a_calendar_that_never_opens_is_refused_by_name() -> None:
    with pytest.raises(NoOpenTime):
        Schedule("Europe/Madrid", ((),) * 7).add_working_time(local("2026-11-18 09:00"), 1)
    once = Schedule(
        "Europe/Madrid", ((),) * 7,
        {date(2027, 11, 1): SpecialPeriods("Once", parse_periods("10:00-11:00"))},
    )  # fmt: skip
    assert once.add_working_time(local("2026-11-18 09:00"), 60) == local("2027-11-01 11:00")
    with pytest.raises(NoOpenTime):
        once.add_working_time(local("2026-11-18 09:00"), 61)


@pytest.mark.parametrize(
    "text",
    ["8", "08:00", "08:00-08:00", "12:00-08:00", "08:60-09:00", "08:00-24:01", "25:00-26:00",
     "08:00-12:00, 11:00-13:00", "08:00-12:00; 13:00-14:00", "eight to nine"],
)  # fmt: skip
def test_times_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(InvalidCalendar):
        parse_periods(text)


def test_periods_are_stored_and_shown_as_they_were_written() -> None:
    spans = parse_periods(" 14:00-18:00,8:00 - 12:30 ")
    assert format_spans(spans) == "08:00-12:30, 14:00-18:00"
    assert load_spans(store_spans(spans)) == spans
    assert parse_periods("") == ()
    assert format_spans(parse_periods("00:00-24:00")) == "00:00-24:00"


@given(
    start=st.integers(0, 365 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    minutes=st.integers(1, 20_000),
    zone=st.sampled_from(
        ["Europe/Madrid", "America/Santiago", "Asia/Shanghai", "Australia/Lord_Howe"]
    ),
)
def test_adding_and_measuring_agree_everywhere(start: datetime, minutes: int, zone: str) -> None:
    schedule = office(zone)
    due = schedule.add_working_time(start, minutes)
    assert schedule.working_time(start, due) == timedelta(minutes=minutes)
