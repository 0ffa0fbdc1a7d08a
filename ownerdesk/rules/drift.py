"""Drift: when owners are understood less well than before, week by week and in each language.

A week is compared with the four weeks before it. Three shares may rise: of messages that went to people, that the bot
asked back about, and whose reading was corrected; one mean may fall: how sure the reader was. Weeks are those of the
ISO calendar in UTC. A warning asks for

- at least 50 messages in the week and at least 100 in the four weeks before,
- a share at least 5 points higher and at least half as high again, and a difference that chance makes in fewer than
  one of a hundred weeks; or a mean confidence at least 5 points lower.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

COMPARED_WEEKS = 4
LEAST_MESSAGES = 50
LEAST_BEFORE = 100
RISE, TIMES = 0.05, 1.5
FALL = 0.05
Z = 2.33  # one-sided, one in a hundred

SHARES = ("handoffs", "clarifications", "corrections")
MEASURES = (*SHARES, "confidence")
UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Week:
    """What happened in one week and language. `first` is its Monday, `confidence` the sum over its messages (each from
    0 to 1); the others are counts of messages."""

    first: date
    language: str
    messages: int
    handoffs: int
    clarifications: int
    corrections: int
    confidence: float

    def value(self, measure: str) -> float | None:
        """A share, or the mean confidence, from 0 to 1; None without messages."""
        return getattr(self, measure) / self.messages if self.messages else None


@dataclass(frozen=True)
class Drift:
    """A warning: `before` and `after` are shares or mean confidences from 0 to 1."""

    first: date
    language: str
    measure: str
    before: float
    after: float

    @property
    def key(self) -> str:
        """The same week, language and measure warn once."""
        return f"drift:{self.first.isoformat()}:{self.language}:{self.measure}"


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def week_of(at: datetime) -> date:
    """The Monday of the week that holds this moment."""
    return monday_of(at.astimezone(UTC).date())


def start_of(first: date) -> datetime:
    """The moment in which the week of that Monday begins."""
    return datetime(first.year, first.month, first.day, tzinfo=UTC)


def find_drift(weeks: Iterable[Week], *, looked_at: Sequence[date]) -> list[Drift]:
    """The warnings of the weeks in `looked_at`, by week, language and measure."""
    known: Mapping[tuple[date, str], Week] = {(week.first, week.language): week for week in weeks}
    found = []
    for first in sorted(looked_at):
        for language in sorted({language for _, language in known}):
            week = known.get((first, language))
            if week is None:
                continue
            earlier = [
                known[first - timedelta(weeks=n), language]
                for n in range(1, COMPARED_WEEKS + 1)
                if (first - timedelta(weeks=n), language) in known
            ]
            found += _judge(week, earlier)
    return found


def _judge(week: Week, earlier: Sequence[Week]) -> list[Drift]:
    count = sum(one.messages for one in earlier)
    if week.messages < LEAST_MESSAGES or count < LEAST_BEFORE:
        return []
    found = []
    for measure in MEASURES:
        before = sum(getattr(one, measure) for one in earlier) / count
        after = getattr(week, measure) / week.messages
        if measure == "confidence":
            is_worse = before - after >= FALL - 1e-9
        else:
            is_worse = (
                after - before >= RISE - 1e-9
                and after >= TIMES * before
                and _exceeds_chance(before, count, after, week.messages)
            )
        if is_worse:
            found.append(Drift(week.first, week.language, measure, before, after))
    return found


def _exceeds_chance(before: float, count: int, after: float, messages: int) -> bool:
    """Two shares by the normal approximation."""
    whole = (before * count + after * messages) / (count + messages)
    spread = math.sqrt(whole * (1 - whole) * (1 / count + 1 / messages))
    return spread > 0 and (after - before) / spread >= Z
