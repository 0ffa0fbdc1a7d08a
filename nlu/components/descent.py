"""Finds where a smooth function is least (L-BFGS), in single precision.

SciPy's works in double precision and minds bounds that a classifier has not, which took half of the time of fitting two
million weights.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg.blas import saxpy

REMEMBERED = 10
ENOUGH = 1e-4  # of the fall that the slope promises, a step must bring so much
SHORTEST = 1e-6

Loss = Callable[[np.ndarray], tuple[float, np.ndarray]]


def descend(loss: Loss, size: int, *, most_steps: int, least_gain: float) -> np.ndarray:
    """The lowest place found from zeros on: `size` numbers. `loss` gives value and slope of a place, both arrays float32.

    Ends after so many steps, or with one that lowers the value by less than that share of it.
    """
    place = np.zeros(size, dtype=np.float32)
    value, slope = loss(place)
    bends: deque[_Bend] = deque(maxlen=REMEMBERED)
    length = 1.0 / max(float(np.linalg.norm(slope)), 1.0)
    for _ in range(most_steps):
        way = _direction(slope, bends)
        promised = float(slope @ way)
        next_place, next_value, next_slope = _step(loss, place, way, length)
        while next_value > value + ENOUGH * length * promised and length > SHORTEST:
            length /= 2
            next_place, next_value, next_slope = _step(loss, place, way, length)
        gain = value - next_value
        if gain <= 0:
            break
        move, change = next_place - place, next_slope - slope
        product = float(move @ change)
        if product > 0:  # near the end it may drown in rounding
            bends.append(_Bend(move, change, product))
        place, value, slope, length = next_place, next_value, next_slope, 1.0
        if gain <= least_gain * abs(value):
            break
    return place


@dataclass(frozen=True)
class _Bend:
    """What one step showed of how the function is curved: how far it went, how the slope changed, and their product."""

    move: np.ndarray
    change: np.ndarray
    product: float


def _step(
    loss: Loss, place: np.ndarray, way: np.ndarray, length: float
) -> tuple[np.ndarray, float, np.ndarray]:
    reached = saxpy(way, place.copy(), a=length)
    return (reached, *loss(reached))


def _direction(slope: np.ndarray, bends: deque[_Bend]) -> np.ndarray:
    """Down the slope, turned and stretched by what the last steps showed of the curvature (two loops of L-BFGS)."""
    way = -slope
    shares = []
    for bend in reversed(bends):
        share = float(bend.move @ way) / bend.product
        shares.append(share)
        saxpy(bend.change, way, a=-share)
    if bends:
        way *= np.float32(bends[-1].product / float(bends[-1].change @ bends[-1].change))
    for bend, share in zip(bends, reversed(shares), strict=True):
        back = float(bend.change @ way) / bend.product
        saxpy(bend.move, way, a=share - back)
    return way
