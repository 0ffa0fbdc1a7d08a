"""What somebody will do, and when.

Every reaction is drawn once from the seeded dice and done later, when its moment has come; by then the matter may have
moved on, and the refusal is what somebody too late would see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from ownerdesk.model import Message

Work = Callable[[Session, datetime], object]
# What may be done, and how often it is; an empty name is nothing.
Weights = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Reaction:
    """Something somebody will do after a while."""

    delay: timedelta
    name: str
    work: Work


def minutes(rng: Random, low: float, high: float) -> timedelta:
    return timedelta(seconds=round(60 * rng.uniform(low, high)))


def draw(rng: Random, weights: Weights) -> str:
    names = [name for name, _ in weights]
    return rng.choices(names, [weight for _, weight in weights])[0]


def dice_of(rng: Random) -> Random:
    """Dice of their own for what is done later: the order in which things are done changes nothing drawn."""
    return Random(rng.random())  # noqa: S311 - play, not secrets


def read_buttons(message: Message) -> dict[str, int]:
    """The subject of each button under a message, by its action."""
    rows = (message.markup or {}).get("inline", [])
    parts = [b["data"].split(":") for row in rows for b in row]
    return {part[1]: int(part[2]) for part in parts}
