"""Working time: opening periods by weekday, days that differ, in a time zone; exact over daylight saving.

Periods are what a clock on the wall shows. One that begins or ends in the hour the clocks skip does so at the skip; an
hour the clocks have twice counts twice, and a time that comes twice means its first coming.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from ownerdesk.rules.refusals import Refusal

DAYS_AHEAD = 366
MOST_CLOSED_TOLD = 3
MIDNIGHT = 24 * 60
_PERIOD = re.compile(r"(\d\d?):(\d\d)\s*[-–]\s*(\d\d?):(\d\d)")

# From a minute of the day up to another, the second at most 1440.
Span = tuple[int, int]


class NoOpenTime(Refusal):
    """A calendar in which no time is open within the next year."""


class InvalidCalendar(Refusal):
    """Opening times that cannot be; `part` is what was written."""

    def __init__(self, part: str) -> None:
        super().__init__(f"{part!r} is no opening time; write it like 08:00-12:30, 14:00-18:00")
        self.part = part


@dataclass(frozen=True)
class SpecialPeriods:
    """A date that differs: its name, and when it is open, if at all."""

    name: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class ClosedDay:
    """A day on which nothing counted; a name only where the day is a special one."""

    day: date
    name: str = ""


@dataclass(frozen=True)
class Schedule:
    """When a calendar is open. `week` has seven entries, Monday first."""

    timezone: str
    week: tuple[tuple[Span, ...], ...]
    special: Mapping[date, SpecialPeriods] = field(default_factory=dict)

    def spans_of(self, day: date) -> tuple[Span, ...]:
        differs = self.special.get(day)
        return self.week[day.weekday()] if differs is None else differs.spans

    def periods_of(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The open periods of a local day, in UTC; those that a skipped hour swallows are left out."""
        zone = ZoneInfo(self.timezone)
        for begin, end in self.spans_of(day):
            first, last = _moment(day, begin, zone), _moment(day, end, zone)
            if first < last:
                yield first, last

    def add_working_time(self, start: datetime, minutes: int) -> datetime:
        """When so many minutes have been open since `start`, in UTC. Raises NoOpenTime."""
        start = start.astimezone(UTC)
        if minutes <= 0:
            return start
        left = timedelta(minutes=minutes)
        # Yesterday too: its midnight may lie after ours where the clocks change at that hour.
        day = start.astimezone(ZoneInfo(self.timezone)).date() - timedelta(days=1)
        last_open = day
        while (day - last_open).days <= DAYS_AHEAD + 1 and day < date.max - timedelta(days=2):
            for begin, end in self.periods_of(day):
                begin = max(begin, start)
                if end <= begin:
                    continue
                last_open = day
                if end - begin >= left:
                    return begin + left
                left -= end - begin
            day += timedelta(days=1)
        raise NoOpenTime

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time between two moments is open."""
        zone = ZoneInfo(self.timezone)
        total = timedelta()
        day = start.astimezone(zone).date() - timedelta(days=1)
        last = end.astimezone(zone).date()
        while day <= last:
            for begin, close in self.periods_of(day):
                total += max(timedelta(), min(close, end) - max(begin, start))
            day += timedelta(days=1)
        return total

    def working_minutes(self, start: datetime, end: datetime) -> int:
        """The same in minutes, a begun one counted whole."""
        return whole_minutes(self.working_time(start, end))

    def closed_days(self, start: datetime, end: datetime) -> list[ClosedDay]:
        """The local days from one moment to another on which nothing is open."""
        zone = ZoneInfo(self.timezone)
        day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        closed: list[ClosedDay] = []
        while day <= last:
            if not any(True for _ in self.periods_of(day)):
                differs = self.special.get(day)
                closed.append(ClosedDay(day, differs.name if differs else ""))
            day += timedelta(days=1)
        return closed


def whole_minutes(length: timedelta) -> int:
    """A length of time in minutes, a begun one counted whole."""
    return -(-max(length, timedelta()) // timedelta(minutes=1))


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """When a clock in the zone shows this minute of the day; 1440 is the midnight that ends it. A minute that the
    clocks skip is the moment at which they skip it."""
    if minute >= MIDNIGHT:
        day, minute = day + timedelta(days=1), minute - MIDNIGHT
    wall = datetime.combine(day, time(minute // 60, minute % 60))
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def parse_periods(text: str) -> tuple[Span, ...]:
    """`08:00-12:30, 14:00-18:00` as spans in order; nothing is closed. Raises InvalidCalendar for what cannot be
    read, ends before it begins, or overlaps."""
    spans: list[Span] = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        match = _PERIOD.fullmatch(part)
        if match is None:
            raise InvalidCalendar(part)
        first_hour, first_minute, last_hour, last_minute = (int(group) for group in match.groups())
        begin, end = first_hour * 60 + first_minute, last_hour * 60 + last_minute
        if max(first_minute, last_minute) > 59 or not 0 <= begin < end <= MIDNIGHT:
            raise InvalidCalendar(part)
        spans.append((begin, end))
    spans.sort()
    for (_, end), (begin, _end) in pairwise(spans):
        if begin < end:
            raise InvalidCalendar(text.strip())
    return tuple(spans)


def format_spans(spans: Sequence[Span]) -> str:
    """As `parse_periods` reads them."""
    return ", ".join(f"{_clock(begin)}-{_clock(end)}" for begin, end in spans)


def store_spans(spans: Sequence[Span]) -> list[list[str]]:
    """As a calendar's row holds them."""
    return [[_clock(begin), _clock(end)] for begin, end in spans]


def load_spans(stored: Sequence[Any]) -> tuple[Span, ...]:
    """What a row holds. Raises InvalidCalendar."""
    return parse_periods(", ".join(f"{begin}-{end}" for begin, end in stored))


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
