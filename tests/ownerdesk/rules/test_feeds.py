"""Feeds of holidays: whole days close, hours do not, and what is no calendar is refused."""

from __future__ import annotations

from datetime import date

import pytest

from ownerdesk.rules.feeds import UnreadableFeed, parse_feed

FEED = "\r\n".join(
    [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//Holidays//EN",
        "BEGIN:VEVENT", "UID:1", "DTSTAMP:20200101T000000Z", "SUMMARY:New Year's Day",
        "DTSTART;VALUE=DATE:20200101", "RRULE:FREQ=YEARLY", "END:VEVENT",
        "BEGIN:VEVENT", "UID:2", "DTSTAMP:20200101T000000Z", "SUMMARY:Winter break",
        "DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227", "END:VEVENT",
        "BEGIN:VEVENT", "UID:3", "DTSTAMP:20200101T000000Z", "SUMMARY:A meeting",
        "DTSTART:20261202T090000Z", "DTEND:20261202T100000Z", "END:VEVENT",
        "BEGIN:VEVENT", "UID:4", "DTSTAMP:20200101T000000Z", "SUMMARY:Not after all",
        "STATUS:CANCELLED", "DTSTART;VALUE=DATE:20261203", "END:VEVENT",
        "END:VCALENDAR", "",
    ]
)  # fmt: skip


def test_whole_days_close_repeated_ones_too() -> None:
    days = parse_feed(FEED, first=date(2026, 11, 18), last=date(2028, 1, 1))
    assert days == {
        date(2026, 12, 24): "Winter break",
        date(2026, 12, 25): "Winter break",
        date(2026, 12, 26): "Winter break",
        date(2027, 1, 1): "New Year's Day",
        date(2028, 1, 1): "New Year's Day",
    }


def test_a_break_that_has_begun_is_told_from_today() -> None:
    days = parse_feed(FEED, first=date(2026, 12, 26), last=date(2026, 12, 31))
    assert list(days) == [date(2026, 12, 26)]


@pytest.mark.parametrize(
    "text", ["", "<html>not here</html>", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT", "\x00"]
)
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFeed):
        parse_feed(text, first=date(2026, 1, 1), last=date(2026, 12, 31))
