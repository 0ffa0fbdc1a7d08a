"""Small lines and points as inline SVG: how sure a reader is against how often it is right, and shares week by week.

Positions are worked out here; templates draw them, with a title, a description and the same numbers as a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SIDE = 200
WIDTH, HEIGHT = 300, 80
MARGIN = 6
LARGEST, SMALLEST = 9.0, 2.5


@dataclass(frozen=True)
class Point:
    """A dot with its radius; `value` is what it stands for, from 0 to 1, of `count` messages."""

    x: float
    y: float
    radius: float
    value: float
    count: int


@dataclass(frozen=True)
class Line:
    """Values from left to right. `pieces` are the points of unbroken stretches as SVG writes them; `top` is the value
    at the upper edge."""

    points: Sequence[Point]
    pieces: Sequence[str]
    top: float
    width: int = WIDTH
    height: int = HEIGHT


def draw_calibration(bins: Sequence[Mapping[str, Any]]) -> list[Point]:
    """In a square: confidence from left to right, the share that is right upwards. On the diagonal both are the same."""
    most = max((one["count"] for one in bins), default=0)
    return [
        Point(
            round(one["confidence"] * SIDE, 1),
            round((1 - one["right"]) * SIDE, 1),
            round(SMALLEST + (LARGEST - SMALLEST) * (one["count"] / most) ** 0.5, 1),
            one["right"],
            one["count"],
        )
        for one in bins
        if one["count"]
    ]


def draw_line(values: Sequence[tuple[float | None, int]], *, top: float) -> Line:
    """Shares with the count behind each; where nothing is known the line is broken."""
    step = (WIDTH - 2 * MARGIN) / max(len(values) - 1, 1)
    points: list[Point] = []
    pieces: list[list[str]] = [[]]
    for place, (value, count) in enumerate(values):
        if value is None:
            pieces.append([])
            continue
        x = round(MARGIN + place * step, 1)
        y = round(MARGIN + (HEIGHT - 2 * MARGIN) * (1 - min(value / top, 1.0)), 1)
        points.append(Point(x, y, SMALLEST, value, count))
        pieces[-1].append(f"{x},{y}")
    return Line(points, [" ".join(piece) for piece in pieces if len(piece) > 1], top)
