"""The periods figures are drawn for: whole days as a project's clock counts them, and the days before to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST_DAYS = 366
RUNNING = {"today": 1, "7": 7, "30": 30}
DATES = "dates"
PERIODS = (*RUNNING, DATES)
# So many days on both sides of a plan are compared.
EFFECT_DAYS = 30


@dataclass(frozen=True)
class Span:
    """From `start` up to, without, `end`; both aware, in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Period:
    """`today`, the last `7` or `30` days with today, or the `dates` from `first` to `last`, both included."""

    name: str = "7"
    first: date | None = None
    last: date | None = None

    def days(self, zone: str, at: datetime) -> tuple[date, date]:
        """The first and the last day, where the clock shows `zone`."""
        if self.name == DATES and self.first and self.last:
            first, last = min(self.first, self.last), max(self.first, self.last)
            return max(first, last - timedelta(days=LONGEST_DAYS - 1)), last
        today = at.astimezone(ZoneInfo(zone)).date()
        return today - timedelta(days=RUNNING.get(self.name, 7) - 1), today

    def span(self, zone: str, at: datetime) -> Span:
        """A day has 23 or 25 hours where the clocks change."""
        first, last = self.days(zone, at)
        return Span(midnight(first, zone), midnight(last + timedelta(days=1), zone))

    def span_before(self, zone: str, at: datetime) -> Span:
        """As many days just before. While the period still runs, its days before end at this hour too: half a day is
        not compared with a whole one."""
        first, last = self.days(zone, at)
        count = (last - first).days + 1
        start, end = midnight(first - timedelta(days=count), zone), midnight(first, zone)
        if midnight(first, zone) <= at < midnight(last + timedelta(days=1), zone):
            local = at.astimezone(ZoneInfo(zone)) - timedelta(days=count)
            end = min(end, local.astimezone(UTC))
        return Span(start, end)


def midnight(day: date, zone: str) -> datetime:
    """When a day begins there."""
    return datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC)


def change_of(now: float | None, before: float | None) -> float | None:
    """By which part something grew (0.5: by half); None where there is nothing to compare with."""
    if now is None or not before:
        return None
    return now / before - 1
