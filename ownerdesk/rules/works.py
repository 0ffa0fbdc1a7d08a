"""Planned works: when people are told of them, by the clock of the place."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

ANNOUNCED = time(10)
REMINDED = time(18)


def announcement_at(starts_at: datetime, *, days_before: int | None, timezone: str) -> datetime:
    """In the morning so many days before; None days: at any time, that is, at once."""
    if days_before is None:
        return datetime.min.replace(tzinfo=ZoneInfo("UTC"))
    return _on_day(starts_at, days_before, ANNOUNCED, timezone)


def reminder_at(starts_at: datetime, *, timezone: str) -> datetime:
    """In the evening before."""
    return _on_day(starts_at, 1, REMINDED, timezone)


def _on_day(starts_at: datetime, days_before: int, clock: time, timezone: str) -> datetime:
    """Counted in calendar days, so that a night of daylight saving moves nothing on the clock."""
    zone = ZoneInfo(timezone)
    day = starts_at.astimezone(zone).date() - timedelta(days=days_before)
    return datetime.combine(day, clock, tzinfo=zone).astimezone(ZoneInfo("UTC"))
