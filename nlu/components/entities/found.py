"""An entity that was found, and how entities that overlap are kept apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """`value` is the normal form: the core compares and parses it, whatever the owner's language and spelling."""

    name: str
    value: str
    start: int
    end: int


def keep_apart(found: Iterable[Found]) -> list[Found]:
    """Of entities that overlap the first given stays."""
    taken: set[int] = set()
    kept = []
    for entity in found:
        span = range(entity.start, entity.end)
        if taken.isdisjoint(span):
            taken.update(span)
            kept.append(entity)
    return sorted(kept, key=lambda entity: entity.start)
