"""Feeds of holidays: the whole days of an iCalendar text, repeated ones included."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ownerdesk.rules.refusals import Refusal

MAX_NAME = 200
MAX_DAYS = 1000


class UnreadableFeed(Refusal):
    """What an address gave is no iCalendar text."""


def parse_feed(text: str | bytes, *, first: date, last: date) -> dict[date, str]:
    """The days, from the first to the last, on which a whole-day event lies, with its name; cancelled events and
    those that last only hours do not close a day. Raises UnreadableFeed."""
    import icalendar  # half a second to load together, and only feeds need them
    import recurring_ical_events

    try:
        calendar = icalendar.Calendar.from_ical(text)
        events = recurring_ical_events.of(calendar).between(first, last + timedelta(days=1))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise UnreadableFeed from error
    days: dict[date, str] = {}
    for event in events:
        start = event["DTSTART"].dt
        if isinstance(start, datetime) or str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        end = event["DTEND"].dt if "DTEND" in event else start + timedelta(days=1)
        day = max(start, first)
        while day < max(end, start + timedelta(days=1)) and day <= last and len(days) < MAX_DAYS:
            days.setdefault(day, " ".join(str(event.get("SUMMARY", "")).split())[:MAX_NAME])
            day += timedelta(days=1)
    return days
