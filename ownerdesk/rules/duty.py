"""Duty shifts: weekly, in the project's local time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Shift:
    """One entry of the weekly duty list: the weekday it begins on (0 is Monday) and its local times."""

    weekday: int
    starts: time
    ends: time


def is_within_shift(local: datetime, weekday: int, starts: time, ends: time) -> bool:
    """Whether `local` lies in the shift that begins on `weekday` (0 is Monday).

    A shift whose end is not after its start runs past midnight into the next weekday; one that starts and
    ends at the same time lasts 24 hours.
    """
    clock = local.time().replace(tzinfo=None)
    if starts < ends:
        return local.weekday() == weekday and starts <= clock < ends
    return (local.weekday() == weekday and clock >= starts) or (
        local.weekday() == (weekday + 1) % 7 and clock < ends
    )


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
