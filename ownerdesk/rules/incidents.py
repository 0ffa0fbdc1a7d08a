"""Incidents: which reports belong together. Place and time are narrowed down by a query; words are compared here.

Two reports of one thing are in the same or a near category, and their sentence vectors are alike. Likeness is not
asked of every pair: who reports what a third reported belongs to both, so a group is whatever hangs together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import mul

# What one cause makes people report under several names.
FAMILIES = (
    ("water_supply", "drainage"),
    ("power_supply", "lighting"),
    ("heating", "air_conditioning"),
    ("doors_access", "security"),
    ("cleaning", "pests"),
)

# Things a building may have one of at every entrance: two lifts at rest are two incidents.
BY_ENTRANCE = frozenset({"elevator", "lighting", "doors_access", "cleaning"})

# What is about one home, one person or one paper however many report it.
NEVER = frozenset({"staff_conduct", "maintenance_quality", "neighbours", "renovation", "paperwork"})
KINDS_SHARED = frozenset({"fire", "gas_leak", "flooding", "entrapment", "electrical", "structural"})
NATURES_SHARED = frozenset({"help_seeking", "dissatisfaction", "emergency"})


@dataclass(frozen=True)
class Report:
    """One appeal as detection sees it. `owner` and `home` tell apart who reports; `vector` has unit length, and is
    empty where the words are not known yet. `incident_id` is the incident it is in already."""

    appeal_id: int
    owner: str
    home: str
    vector: Sequence[float]
    incident_id: int | None = None


def can_be_shared(nature: str, category: str, kind: str | None) -> bool:
    """Whether several owners may be reporting one thing."""
    if nature not in NATURES_SHARED:
        return False
    if nature == "emergency":
        return kind in KINDS_SHARED
    return category not in NEVER and category != "other" and not category.startswith("home_")


def near_categories(category: str) -> tuple[str, ...]:
    """The category and those that one cause is reported under as well."""
    return next((family for family in FAMILIES if category in family), (category,))


def entrance_of(category: str, entrance: str) -> str:
    """The entrance an incident is confined to; empty where it concerns the whole building."""
    return entrance if category in BY_ENTRANCE else ""


def is_within_entrance(incident_entrance: str, entrance: str) -> bool:
    """Whether a report from an entrance can be of an incident; one who has not said where may mean it."""
    return not incident_entrance or not entrance or incident_entrance == entrance


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    """The cosine of two vectors of unit length; 0 where one is not known."""
    return sum(map(mul, one, other)) if one and other else 0.0


def is_alike(new: Report, others: Sequence[Report], *, threshold: float) -> bool:
    """Whether a report says what at least one of the others says."""
    return any(likeness(new.vector, other.vector) >= threshold for other in others)


def find_group(new: Report, others: Sequence[Report], *, threshold: float) -> list[Report]:
    """The reports that hang together with a new one, the new one first."""
    group, open_ones = [new], [o for o in others if o.appeal_id != new.appeal_id]
    for member in group:  # grows while it is walked through
        found = [o for o in open_ones if likeness(member.vector, o.vector) >= threshold]
        group += found
        open_ones = [o for o in open_ones if o not in found]
    return group


def count_reporters(reports: Sequence[Report]) -> int:
    """How many different people of different homes: one owner's three messages are one report, and so are those of
    two who live together."""
    return min(len({r.owner for r in reports}), len({r.home for r in reports}))


def slip_check_at(made_at: datetime, due_at: datetime) -> datetime:
    """When everybody in an incident hears that its time will not hold: before each appeal's own clock would say
    so, which looks a fifth of the time before the end and at most ten minutes."""
    return due_at - min((due_at - made_at) / 4, timedelta(minutes=12))


def warning_at(made_at: datetime, due_at: datetime) -> datetime:
    """When the responsible person is reminded of the time: while something can still be done about it."""
    return due_at - min((due_at - made_at) / 2, timedelta(minutes=30))
