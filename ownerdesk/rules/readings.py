"""What a reader understood of one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ownerdesk.rules.natures import Nature, confidence_by_nature, nature_of
from ownerdesk.rules.places import record_named


@dataclass(frozen=True)
class Entity:
    """Something named in the text. `start` and `end` count characters of the text as Rasa cleaned it."""

    name: str
    value: str
    start: int | None
    end: int | None


@dataclass(frozen=True)
class SecondMatter:
    """Another matter that a message holds besides the one it was read as: the words about it, and what it is."""

    text: str
    nature: Nature
    category: str

    @classmethod
    def of(cls, reading: Mapping[str, Any] | None) -> SecondMatter | None:
        """From the record kept with a message; None for one that holds one matter, or was read before two were."""
        kept = reading or {}
        if not kept.get("second_text"):
            return None
        return cls(kept["second_text"], nature_of(kept["second_nature"]), kept["second_category"])


@dataclass(frozen=True)
class Reading:
    """What was understood of one message. `reader` is `fast`, or `deep` when the deep reader was asked too.

    `intent` is what the dialogue acted on and may be `nlu_fallback`; `ranking` holds what the
    classifier itself thought, so `nature` looks there first. `kind` says which emergency it would be,
    whatever the nature; ask for it only when there is an alarm. `model` is the file that read it, "" where only the
    reading was asked for. `language` is None when the text
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
    reader: str = "fast"
    second_matter: SecondMatter | None = None
    model: str = ""

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
        """The sum of the intents of the nature; they come rounded, so that their sum may pass 1 by a hair."""
        return min(self.natures[self.nature], 1.0)

    def as_record(self) -> dict[str, Any]:
        """What is kept with the message: labels, confidences, normal forms. Of the owner's words only those of a
        second matter: the press that makes an appeal of them comes later."""
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
            "reader": self.reader,
            "model": self.model,
            "second_text": self.second_matter and self.second_matter.text,
            "second_nature": self.second_matter and self.second_matter.nature,
            "second_category": self.second_matter and self.second_matter.category,
            "named": record_named((entity.name, entity.value) for entity in self.entities),
        }
