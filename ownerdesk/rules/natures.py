"""The six natures of an owner's message, and which intent of the Rasa domain means which.

`labels.md` fixes the natures; `domain.yml` names the intents. A test compares the two, so that an
intent added there cannot silently become `other` here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Nature(StrEnum):
    """What an owner's message is, and with that how the desk treats it (rule S9)."""

    EMERGENCY = "emergency"
    DISSATISFACTION = "dissatisfaction"
    HELP_SEEKING = "help_seeking"
    CONSULTATION = "consultation"
    PAID_SERVICE = "paid_service"
    OTHER = "other"


NATURE_OF_INTENT: Mapping[str, Nature] = MappingProxyType(
    {
        "emergency": Nature.EMERGENCY,
        "dissatisfaction": Nature.DISSATISFACTION,
        "help_seeking": Nature.HELP_SEEKING,
        "consultation": Nature.CONSULTATION,
        "paid_service": Nature.PAID_SERVICE,
        "ask_status": Nature.OTHER,
        "talk_to_person": Nature.OTHER,
        "cancel_appeal": Nature.OTHER,
        "add_detail": Nature.OTHER,
        "thanks": Nature.OTHER,
        "greet": Nature.OTHER,
        "affirm": Nature.OTHER,
        "deny": Nature.OTHER,
        "out_of_scope": Nature.OTHER,
        "nlu_fallback": Nature.OTHER,
    }
)


def nature_of(intent: str) -> Nature:
    """Everything that is no matter of its own is `other`, an intent nobody knows included."""
    return NATURE_OF_INTENT.get(intent, Nature.OTHER)


def confidence_by_nature(ranking: Mapping[str, float]) -> dict[Nature, float]:
    """Sum the probabilities of the intents of each nature; natures that no intent reached are 0."""
    totals = dict.fromkeys(Nature, 0.0)
    for intent, confidence in ranking.items():
        totals[nature_of(intent)] += confidence
    return totals
