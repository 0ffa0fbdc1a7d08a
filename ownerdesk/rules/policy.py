"""What the desk promises when nobody promised anything else (S2), and what a nature and a category lead to.

Projects may override the numbers in `Project.settings` under the same names, in minutes or hours as named.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

MAJOR_CATEGORIES = frozenset(
    {
        "air_conditioning",
        "heating",
        "water_supply",
        "drainage",
        "power_supply",
        "gas",
        "elevator",
        "fire_safety",
        "structure",
        "pests",
        "maintenance_quality",
    }
)


# What a clock that stood still has at least when it goes on: no promise is broken in the moment it is taken up again.
LEAST_LEFT_MINUTES = 15

# How long the clocks wait for an owner who was asked something.
ASKING_LASTS = timedelta(hours=24)


@dataclass(frozen=True)
class Policy:
    """The times of one project. Defaults are those of S2 and the silence rule."""

    general_minutes: int = 30
    major_minutes: int = 360
    emergency_accept_minutes: int = 5
    first_answer_minutes: int = 30
    next_update_minutes: int = 1440
    handoff_minutes: int = 10
    reminder_hours: int = 24
    silence_hours: int = 72
    join_minutes: int = 30
    # Local hours between which nothing goes out that can wait; owners may choose their own.
    quiet_from_hour: int = 22
    quiet_until_hour: int = 8
    # How long an operator may think about a job, and a colleague about taking an appeal over.
    offer_minutes: int = 5
    handover_minutes: int = 15
    # What the work list calls due soon.
    due_soon_minutes: int = 30
    # One thing that many report: how many of them, within which time, with how similar words.
    incident_window_minutes: int = 180
    incident_reporters: int = 3
    incident_emergency_reporters: int = 2
    incident_likeness_percent: int = 50

    @classmethod
    def of(cls, settings: dict[str, Any]) -> Policy:
        """The project's numbers over the defaults. Unknown names are ignored: they belong to other rules."""
        known = {f.name for f in fields(cls)}
        return cls(**{k: int(v) for k, v in settings.items() if k in known})

    def resolution_minutes(self, severity: str) -> int:
        return self.general_minutes if severity == "general" else self.major_minutes

    def resolution_time(self, severity: str) -> timedelta:
        return timedelta(minutes=self.resolution_minutes(severity))


def severity_of(nature: str, category: str) -> str:
    """general, major or emergency. A grievance is never general: it needs more than a quick repair (S9)."""
    if nature == "emergency":
        return "emergency"
    if nature == "dissatisfaction":
        return "major"
    if nature == "help_seeking" and category in MAJOR_CATEGORIES:
        return "major"
    return "general"


def warning_at(made_at: datetime, due_at: datetime) -> datetime:
    """When maker and manager are warned that a promise may not hold: a fifth of its time before the end, at most
    half an hour, so that there is still something to be done about it (S6)."""
    return due_at - min((due_at - made_at) / 5, timedelta(minutes=30))


def speak_at(made_at: datetime, due_at: datetime) -> datetime:
    """When the owner is told that a promise will not hold, if nobody has done so: a fifteenth of its time before the
    end, at most five minutes. It lies after the warning and before the time."""
    return due_at - min((due_at - made_at) / 15, timedelta(minutes=5))
