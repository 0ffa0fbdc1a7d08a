"""When an appeal is the same thing again: the same place and category within 30 days."""

from __future__ import annotations

from datetime import timedelta

WITHIN = timedelta(days=30)
# A question or an order that comes again is none; and "other" says nothing about what it is.
TROUBLE = ("help_seeking", "dissatisfaction", "emergency")
# What a whole building shares: the same thing, whoever of its owners tells it.
SHARED = frozenset({"elevator", "fire_safety", "structure", "amenities", "landscaping"})


def can_repeat(nature: str, category: str) -> bool:
    return nature in TROUBLE and category != "other"


def is_shared(category: str) -> bool:
    return category in SHARED
