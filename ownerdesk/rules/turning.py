"""When communication turns into dissatisfaction (S9): the signs, from what is known of an appeal and a message."""

from __future__ import annotations

from dataclasses import dataclass

from ownerdesk.rules.moods import Mood

# A third ask without any news in between; after a promise that was moved, the second.
ASKS = 3
ASKS_AFTER_SLIP = 2
LOW_STARS = 2
SURE = 0.6

REASONS = ("repeated_asking", "missed_promise", "sharp_word", "dissatisfaction", "low_rating")
COMMUNICATION = ("help_seeking", "consultation", "other")

# The facts that are news for the owner: what was asked before them counts no longer.
NEWS = (
    "appeal.accepted", "appeal.dispatched", "operator.set_out", "operator.arrived", "appeal.deferred",
    "appeal.resumed", "appeal.resolved", "appeal.reopened", "owner.answered",
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """What is known when an owner writes. `asks` are those since the last news, this message included; `slips`
    promised solutions that were moved or missed; `is_broken`: some promise passed its time unkept."""

    nature: str
    mood: Mood
    is_ask: bool
    asks: int
    slips: int
    is_broken: bool
    reads_as_grievance: bool


def is_ask(intent: str, mood: Mood) -> bool:
    """Whether a message wants to know what becomes of the appeal, or presses for it. A detail given calmly does not."""
    return intent == "ask_status" or mood is not Mood.CALM


def signs_of(standing: Standing) -> list[str]:
    """The reasons for a turn that a message gives, in the order of `REASONS`."""
    repeated = standing.asks >= ASKS or (standing.slips > 0 and standing.asks >= ASKS_AFTER_SLIP)
    found = {
        "repeated_asking": standing.is_ask and repeated,
        "missed_promise": standing.is_ask and standing.is_broken,
        "sharp_word": standing.mood is Mood.SHARP,
        "dissatisfaction": standing.reads_as_grievance and standing.nature in COMMUNICATION,
    }
    return [reason for reason in REASONS if found.get(reason)]


def turned_nature(nature: str) -> str:
    """An order keeps its price and its terms, and danger its plan; only communication changes its class."""
    return "dissatisfaction" if nature in COMMUNICATION else nature


def turned_severity(severity: str) -> str:
    return "major" if severity == "general" else severity
