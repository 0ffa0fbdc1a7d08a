"""Duty shifts: weekly, in the project's local time; what differs on dates; and the times that nobody has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Shift:
    """One entry of the weekly duty list: the weekday it begins on (0 is Monday) and its local times. One whose end is not
    after its start runs past midnight into the next day; one that starts and ends at the same time lasts 24 hours."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True)
class Absence:
    """Days, both included, whose shifts somebody does not have."""

    first_day: date
    last_day: date


@dataclass(frozen=True)
class ExtraShift:
    """A shift of one date beside the weekly ones."""

    day: date
    starts: time
    ends: time


@dataclass(frozen=True, order=True)
class Span:
    """From a local moment up to another."""

    begins: datetime
    ends: datetime


def list_spans(
    first_day: date,
    days: int,
    shifts: Iterable[Shift],
    absences: Sequence[Absence] = (),
    extras: Iterable[ExtraShift] = (),
) -> list[Span]:
    """When one person is on duty, of shifts that begin on one of the days, in order. A shift belongs to the day it
    begins on: whoever is absent from Saturday still ends the night of Friday. Extra shifts hold even so."""
    spans = []
    for shift in shifts:
        for number in range(days):
            day = first_day + timedelta(days=number)
            is_absent = any(a.first_day <= day <= a.last_day for a in absences)
            if day.weekday() == shift.weekday and not is_absent:
                spans.append(_span(day, shift.starts, shift.ends))
    last_day = first_day + timedelta(days=days - 1)
    spans += [_span(e.day, e.starts, e.ends) for e in extras if first_day <= e.day <= last_day]
    return sorted(spans)


def _span(day: date, starts: time, ends: time) -> Span:
    end_day = day if starts < ends else day + timedelta(days=1)
    return Span(datetime.combine(day, starts), datetime.combine(end_day, ends))


def is_on_duty(
    local: datetime,
    shifts: Iterable[Shift],
    absences: Sequence[Absence] = (),
    extras: Iterable[ExtraShift] = (),
) -> bool:
    """Whether somebody is on duty at a local moment."""
    clock = local.replace(tzinfo=None)
    yesterday = clock.date() - timedelta(days=1)
    spans = list_spans(yesterday, 2, shifts, absences, extras)
    return any(span.begins <= clock < span.ends for span in spans)


def find_gaps(begins: datetime, ends: datetime, spans: Iterable[Span]) -> list[Span]:
    """The times between two local moments that no span covers, in order."""
    gaps = []
    covered = begins
    for span in sorted(spans):
        if span.begins > covered:
            gaps.append(Span(covered, min(span.begins, ends)))
        covered = max(covered, span.ends)
        if covered >= ends:
            return gaps
    if covered < ends:
        gaps.append(Span(covered, ends))
    return gaps


def parse_duty(text: str) -> list[Shift]:
    """`mon-fri 08:00-18:00`, `sat,sun 20:00-08:00` or `daily 00:00-24:00` as one shift a day.

    Raises ValueError with what it should look like.
    """
    match = re.fullmatch(r"([a-z,-]+)\s+(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)", text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is no duty; write it like mon-fri 08:00-18:00")
    days, starts, ends = match.groups()
    return [Shift(day, _parse_clock(starts), _parse_clock(ends)) for day in _parse_days(days)]


def _parse_days(text: str) -> list[int]:
    """Without repetition, in the order of the week; a range may run past Sunday."""
    days: set[int] = set()
    for part in ("mon-sun" if text == "daily" else text).split(","):
        first, _, last = part.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise ValueError(
                f"{part!r} is no weekday or range of them; they are {' '.join(WEEKDAYS)}"
            )
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        days |= {day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)}
    return sorted(days)


def _parse_clock(text: str) -> time:
    """24:00 is the midnight that ends a day, which a shift writes as 00:00."""
    hour, minute = (int(part) for part in text.split(":"))
    if (hour, minute) == (24, 0):
        return time(0)
    if hour > 23 or minute > 59:
        raise ValueError(f"{text} is no time of day")
    return time(hour, minute)
