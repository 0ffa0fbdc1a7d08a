"""When an owner would like something, as a period of time.

The reader (`nlu/components/entities/times.py`) gives a wish as a small English phrase, whatever the owner's language:
"tomorrow after 18:00", "saturday between 10:00 and 12:00", "by friday". Which day it is says dateparser; here a
part of the day, an hour and "after", "before", "between" are put around it, by the clock on the project's walls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

# When a part of the day is, and how late people come by.
PARTS = {
    "morning": (time(8), time(12)),
    "noon": (time(12), time(14)),
    "afternoon": (time(12), time(18)),
    "evening": (time(18), time(22)),
}
FIRST_VISIT, LAST_VISIT = time(8), time(22)
VISIT = timedelta(hours=1)  # "at six" is the hour that begins then
FURTHEST = timedelta(days=100)
FROM_LASTS = timedelta(days=7)  # "from Monday on"

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SATURDAY = _WEEKDAYS.index("saturday")
_DAY = (
    r"today|tomorrow|day after tomorrow|(?:this|next) week(?:end)?"
    rf"|(?:next )?(?:{'|'.join(_WEEKDAYS)})|in \d{{1,2}} (?:days|weeks)|\d{{1,2}} [a-z]+|\d{{4}}-\d\d-\d\d"
)
_WISH = re.compile(
    rf"(?:(?P<edge>by|before|after|from) )?(?P<day>{_DAY})?"
    rf"(?: ?\b(?P<part>{'|'.join(PARTS)}))?"
    r"(?: ?\b(?P<relation>at|after|before|between) (?P<first>\d\d:\d\d)(?: and (?P<second>\d\d:\d\d))?)?"
)
_WAIT = re.compile(r"in \d{1,2} (?:hours|minutes)")
_parser_lock = Lock()


@dataclass(frozen=True)
class Period:
    """From `start` up to `end`, aware and in UTC; `end` lies after `start`."""

    start: datetime
    end: datetime


def parse_period(phrase: str, *, now: datetime, timezone: str) -> Period | None:
    """The period a wish means when it is uttered at `now`. None for what cannot be read, is past, or is too far
    ahead to be a wish: a date that has passed this year is no wish for the next."""
    period = _read(phrase, now, ZoneInfo(timezone))
    if period is None or period.end <= now or period.start > now + FURTHEST:
        return None
    begun = Period(max(period.start, now), period.end)
    return begun if begun.start < begun.end else None  # an hour that a change of clocks leaves out


def _read(phrase: str, now: datetime, zone: ZoneInfo) -> Period | None:
    if _WAIT.fullmatch(phrase):
        start = _ask(phrase, now.astimezone(UTC))
        return None if start is None else Period(start, start + VISIT)
    match = _WISH.fullmatch(phrase)
    if match is None or not any(match[name] for name in ("day", "part", "relation")):
        return None
    today = now.astimezone(zone).date()
    for first_day in _days_to_try(match["day"] or "", today):
        days = _days(match["day"], first_day, today)
        period = _around(match, *days, now, zone) if days else None
        if period is not None and period.end > now:
            return period
    return None


def _days_to_try(day: str, today: date) -> list[date]:
    """An hour that has passed today is meant for tomorrow, a weekday that is today for the next one."""
    if not day:
        return [today, today + timedelta(days=1)]
    # The parser looks for a weekday after its base.
    return [today - timedelta(days=1), today] if day in _WEEKDAYS else [today]


def _days(day: str | None, base: date, today: date) -> tuple[date, date] | None:
    """The first and the last day that a word for a day, or for several, means."""
    if not day:
        return base, base
    if day.endswith(("week", "weekend")):
        monday = _monday_of(day, today)
        first = monday + timedelta(days=_SATURDAY if day.endswith("weekend") else 0)
        return max(first, today), monday + timedelta(days=6)
    name = day.removeprefix("next ")
    if name != day:
        # "Next Friday" is the one of the week to come, as 下周五 is; whoever means this week's says "Friday".
        found: date | None = _monday_of(day, today) + timedelta(days=_WEEKDAYS.index(name))
    else:
        answer = _ask(day, datetime.combine(base, time(), UTC))
        found = answer.date() if answer else None
    return (found, found) if found else None


def _monday_of(day: str, today: date) -> date:
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(weeks=1) if day.startswith("next ") else monday


def _around(
    match: re.Match[str], first: date, last: date, now: datetime, zone: ZoneInfo
) -> Period | None:
    """Put part, hours and relation around the days."""

    def at(day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, zone).astimezone(UTC)

    begin, end = at(first, time()), at(last + timedelta(days=1), time())
    match match["edge"]:
        case "by":
            return Period(now, end) if end > now else None
        case "before":
            return Period(now, begin) if begin > now else None
        case "after":
            return Period(end, end + FROM_LASTS)
        case "from":
            return Period(begin, begin + FROM_LASTS)
    if match["relation"] is None:
        if match["part"] is None:
            return Period(begin, end)
        part_begin, part_end = PARTS[match["part"]]
        return Period(at(first, part_begin), at(last, part_end))
    hour = _clock(match["first"])
    if hour is None:
        return None
    start = at(first, hour)
    match match["relation"]:
        case "after":
            late = at(first, LAST_VISIT)
            return Period(start, late if start < late else end)
        case "before":
            early = at(first, FIRST_VISIT)
            return Period(min(early, start - VISIT), start)
        case "between":
            until = _clock(match["second"] or "")
            if until is None:
                return Period(start, end)
            return Period(start, at(first if until > hour else first + timedelta(days=1), until))
        case _:
            return Period(start, start + VISIT)


def _clock(text: str) -> time | None:
    """A time of day; midnight at the end of one, 24:00, is none that begins anything."""
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


def _ask(text: str, base: datetime) -> datetime | None:
    """dateparser's answer, counted from an aware base and in its time zone."""
    import dateparser  # half a second to load, and most commands never need it

    settings: Any = {"RELATIVE_BASE": base.replace(tzinfo=None), "PREFER_DATES_FROM": "future"}
    with _parser_lock:  # its caches are shared and not guarded
        answer = dateparser.parse(text, languages=["en"], settings=settings)
    return answer.replace(tzinfo=base.tzinfo) if answer else None
