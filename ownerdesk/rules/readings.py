"""What a reader understood of one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ownerdesk.rules.natures import Nature, confidence_by_nature, nature_of


@dataclass(frozen=True)
class Entity:
    """Something named in the text. `start` and `end` count characters of the text as Rasa cleaned it."""

    name: str
    value: str
    start: int | None
    end: int | None


@dataclass(frozen=True)
class Reading:
    """What the fast reader understood of one message.

    `intent` is what the dialogue acted on and may be `nlu_fallback`; `ranking` holds what the
    classifier itself thought, so `nature` looks there first. `kind` says which emergency it would be,
    whatever the nature; ask for it only when there is an alarm. `language` is None when the text
    shows none (digits, a lone emoji) and nobody told.
    """

    language: str | None
    intent: str
    intent_confidence: float
    ranking: Mapping[str, float]
    category: str
    category_confidence: float
    category_ranking: Mapping[str, float]
    kind: str
    kind_confidence: float
    entities: Sequence[Entity]
    decision: str
    alarm: bool

    @property
    def natures(self) -> dict[Nature, float]:
        return confidence_by_nature(self.ranking)

    @property
    def nature(self) -> Nature:
        """The nature of the likeliest intent, not of the likeliest sum: ten small intents make one big `other`."""
        return nature_of(
            max(self.ranking, key=lambda name: self.ranking[name], default=self.intent)
        )

    @property
    def nature_confidence(self) -> float:
        return self.natures[self.nature]

    def as_record(self) -> dict[str, Any]:
        """What is kept with the message: labels and confidences, no words of the owner's."""
        return {
            "language": self.language,
            "intent": self.intent,
            "confidence": round(self.intent_confidence, 4),
            "nature": self.nature,
            "nature_confidence": round(self.nature_confidence, 4),
            "ranking": {k: round(v, 4) for k, v in self.ranking.items()},
            "category": self.category,
            "category_confidence": round(self.category_confidence, 4),
            "category_ranking": {k: round(v, 4) for k, v in self.category_ranking.items()},
            "kind": self.kind,
            "decision": self.decision,
            "alarm": self.alarm,
        }
