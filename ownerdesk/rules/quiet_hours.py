"""Quiet hours: what is not urgent waits for the owner's morning."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def wake_at(at: datetime, *, timezone: str, starts: time, ends: time) -> datetime | None:
    """When a message of this moment may go out, in UTC; None when it may go at once.

    Quiet hours run from `starts` to `ends`, local time, usually past midnight; equal times mean none. An end that the
    clocks skip, or have twice, in a night of daylight saving is the first moment after it, or its first.
    """
    if starts == ends:
        return None
    zone = ZoneInfo(timezone)
    local = at.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    if starts < ends:
        is_quiet, day = starts <= clock < ends, local.date()
    else:
        is_quiet = clock >= starts or clock < ends
        day = local.date() + timedelta(days=1) if clock >= starts else local.date()
    if not is_quiet:
        return None
    return datetime.combine(day, ends, tzinfo=zone).astimezone(ZoneInfo("UTC"))
