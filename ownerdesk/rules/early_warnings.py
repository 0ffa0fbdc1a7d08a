"""Early warnings (S18): when there is more than usual, and when an owner is losing trust.

Feedback raises the bar: `level` is how many false alarms of a subject and cause nobody outweighed as right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

WEEKS = 8
CHANCE = 0.001
# Fewer than this are never too many, however quiet it usually is.
LEAST = {"building": 4, "project": 6}

ASKS, ASKS_WITHIN = 3, timedelta(days=7)
BROKEN, BROKEN_WITHIN = 2, timedelta(days=30)
LATEST, EARLIER = 2, 2
LOW_MEAN, FALL, FALL_PER_LEVEL = 3.0, 1.5, 0.5

CAUSES = ("more_than_usual", "repeated_asks", "broken_promises", "falling_ratings")


def level_of(false_alarms: int, rights: int) -> int:
    """How far the bar is raised; right warnings bring it back down, never below where it began."""
    return max(0, false_alarms - rights)


def usual(history: Sequence[int]) -> float:
    """How many to expect, from the same hour of earlier weeks. One more than was counted, because a few quiet
    weeks prove little; without any history, one."""
    return (sum(history) + 1) / max(len(history), 1)


def chance_of(count: int, mean: float) -> float:
    """How likely `count` or more are by chance alone, where `mean` are usual (Poisson)."""
    below = sum(math.exp(-mean + k * math.log(mean) - math.lgamma(k + 1)) for k in range(count))
    return max(0.0, 1.0 - below)


def is_more_than_usual(count: int, history: Sequence[int], *, subject: str, level: int = 0) -> bool:
    """Whether an hour holds more appeals than chance explains. Each level asks for one more, and for ten times less
    chance."""
    if count < LEAST[subject] + level:
        return False
    return chance_of(count, usual(history)) < CHANCE * math.pow(0.1, level)


def has_many_asks(asks: int, *, level: int = 0) -> bool:
    return asks >= ASKS + level


def has_many_broken(promises: int, *, level: int = 0) -> bool:
    return promises >= BROKEN + level


def is_falling(stars: Sequence[int], *, level: int = 0) -> bool:
    """Whether the latest two ratings, oldest first, lie clearly below those before."""
    before, latest = stars[:-LATEST], stars[-LATEST:]
    if len(latest) < LATEST or len(before) < EARLIER:
        return False
    mean = sum(latest) / LATEST
    fall = sum(before) / len(before) - mean
    return mean <= LOW_MEAN and fall >= FALL + FALL_PER_LEVEL * level


def hour_windows(at: datetime, timezone: str) -> list[tuple[datetime, datetime]]:
    """The local hour that holds `at`, and the same weekday and hour of the eight weeks before, the latest first.

    By the clock on the wall: eight o'clock stays eight o'clock over daylight saving. Every window is an hour long.
    """
    zone, utc = ZoneInfo(timezone), ZoneInfo("UTC")
    local = at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    wall = local.replace(tzinfo=None, fold=0)
    starts = [local.astimezone(utc)] + [
        (wall - timedelta(weeks=weeks)).replace(tzinfo=zone).astimezone(utc)
        for weeks in range(1, WEEKS + 1)
    ]
    return [(start, start + timedelta(hours=1)) for start in starts]


def week_of(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
