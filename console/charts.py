"""Small charts as inline SVG: bars a day, beside or on top of one another. Positions are worked out here; the template
draws them, with a title, a description and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH = 640
HEIGHT = 120
MOST_BARS = 62


@dataclass(frozen=True)
class Bar:
    """One rectangle; `series` is which of the numbers it shows, from 0."""

    x: float
    y: float
    width: float
    height: float
    series: int
    count: int


@dataclass(frozen=True)
class Column:
    """A day, or the first day of several drawn as one, with its numbers."""

    first: date
    last: date
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Chart:
    """Bars from left to right, and the columns they were drawn from."""

    columns: Sequence[Column]
    bars: Sequence[Bar]
    top: int
    width: int = WIDTH
    height: int = HEIGHT


def draw_chart(
    first: date, last: date, series: Sequence[Mapping[date, int]], *, stacked: bool = False
) -> Chart:
    """Days without a number count 0. Of a long period several days are one column."""
    columns = _columns(first, last, series)
    tops = [sum(c.counts) if stacked else max(c.counts) for c in columns]
    top = max([*tops, 1])
    step = WIDTH / len(columns)
    width = step * 0.8
    bars: list[Bar] = []
    for place, column in enumerate(columns):
        x, filled = place * step + step * 0.1, 0.0
        for number, count in enumerate(column.counts):
            height = HEIGHT * count / top
            part = width if stacked else width / len(series)
            left = x if stacked else x + number * part
            y = HEIGHT - height - (filled if stacked else 0)
            filled += height
            if count:
                bars.append(
                    Bar(
                        round(left, 1), round(y, 1), round(part, 1), round(height, 1), number, count
                    )
                )
    return Chart(columns, bars, top)  # fmt: skip


def _columns(first: date, last: date, series: Sequence[Mapping[date, int]]) -> list[Column]:
    days = (last - first).days + 1
    size = -(-days // MOST_BARS)
    columns = []
    for start in range(0, days, size):
        covered = [first + timedelta(days=n) for n in range(start, min(start + size, days))]
        counts = tuple(sum(one.get(day, 0) for day in covered) for one in series)
        columns.append(Column(covered[0], covered[-1], counts))
    return columns
