"""The times that forms offer."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from console.forms import BadForm
from console.moments import Moment, list_days, list_soon, parse_moment
from console.words import Words

MADRID = "Europe/Madrid"
WEDNESDAY = datetime(2026, 11, 18, 15, 7, tzinfo=ZoneInfo(MADRID))


def in_english(at: datetime) -> Words:
    return Words("en", at)


def test_what_is_promised_is_due_within_hours_or_tomorrow() -> None:
    assert list_soon(in_english(WEDNESDAY), MADRID) == [
        Moment("2026-11-18T16:15", "In an hour (16:15)"),
        Moment("2026-11-18T17:15", "In two hours (17:15)"),
        Moment("2026-11-18T19:15", "In four hours (19:15)"),
        Moment("2026-11-18T18:00", "Today in the evening (18:00)"),
        Moment("2026-11-19T09:00", "Tomorrow morning (Thu 19 Nov, 09:00)"),
        Moment("2026-11-19T18:00", "Tomorrow evening (Thu 19 Nov, 18:00)"),
        Moment("2026-11-20T18:00", "The day after tomorrow (Fri 20 Nov, 18:00)"),
    ]


def test_no_time_is_offered_that_has_passed_and_none_twice() -> None:
    for hours in range(24 * 8):
        now = WEDNESDAY + timedelta(hours=hours)
        for offered in (list_soon(in_english(now), MADRID), list_days(in_english(now), MADRID)):
            times = [parse_moment({"until": one.value}, MADRID) for one in offered]
            assert min(times) > now
            assert len(set(times)) == len(times) > 4


def test_on_a_sunday_monday_is_tomorrow() -> None:
    sunday = WEDNESDAY + timedelta(days=4)
    assert [one.name.partition(" (")[0] for one in list_days(in_english(sunday), MADRID)] == [
        "Tomorrow morning", "Tomorrow afternoon", "The day after tomorrow", "In a week",
        "In two weeks", "In thirty days",
    ]  # fmt: skip


def test_nine_in_the_morning_stays_nine_when_the_clocks_change() -> None:
    before = datetime(2026, 10, 24, 22, 30, tzinfo=ZoneInfo(MADRID))
    first = list_days(in_english(before), MADRID)[0]
    assert first.value == "2026-10-25T09:00"


def test_another_time_is_taken_from_its_own_field() -> None:
    form = {"until": "other", "until_at": "2026-11-20T11:10"}
    assert parse_moment(form, MADRID) == datetime(2026, 11, 20, 11, 10, tzinfo=ZoneInfo(MADRID))
    for wrong in ({}, {"until": "other"}, {"until": "soon"}, {"until": "other", "until_at": "x"}):
        with pytest.raises(BadForm):
            parse_moment(wrong, MADRID)
