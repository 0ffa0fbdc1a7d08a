"""Which messages people should label, what each would teach, and when what people say of one is settled."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ownerdesk.model.labels import CATEGORIES, KINDS, NATURES
from ownerdesk.rules.emergencies import EmergencySign

OUT_OF_SCOPE = "out_of_scope"
SAMPLE_SHARE = 0.01  # of the messages read surely, so that confident mistakes are found too
TEST_SHARE = 0.15  # of what is settled, kept for testing
# What a person may mark in a message. Language, phone and the like are found by rule, and masked where they are personal.
ENTITIES = (
    "place", "thing", "building", "entrance", "floor", "unit", "wished_time", "money",
    "appeal_number",
)  # fmt: skip
ALIKE = 0.93  # cosine of sentence vectors from which two messages are near-duplicates


class Why(StrEnum):
    """How a message came to be labelled. The value is stored."""

    STAFF = "staff"
    OWNER = "owner"
    CLARIFIED = "clarified"
    HANDED_OFF = "handed_off"
    UNSURE = "unsure"
    SIGNS = "signs"
    SHADOW = "shadow"
    SAMPLE = "sample"


# Somebody said what it is; the model and the rules disagree about danger; nobody knows yet; for the sake of finding.
_WORTH = {
    Why.STAFF: 0.9,
    Why.OWNER: 0.85,
    Why.SIGNS: 0.8,
    Why.SHADOW: 0.7,
    Why.HANDED_OFF: 0.6,
    Why.CLARIFIED: 0.5,
    Why.UNSURE: 0.3,
    Why.SAMPLE: 0.1,
}
_MORE_REASONS = 0.05
_UNSURE_PART = 0.2


def reasons_in(
    reading: Mapping[str, Any], sign: EmergencySign | None, *, message_id: int
) -> list[Why]:
    """What in a reading asks for a label. The sample is by the message's id, so that a job done twice does the same."""
    found = []
    is_danger = reading.get("nature") == "emergency"
    if is_danger != (sign is not None) and (is_danger or (sign is not None and sign.certain)):
        found.append(Why.SIGNS)
    if reading.get("decision") != "accept":
        found.append(Why.UNSURE)
    if not found and _place(f"message {message_id}") < SAMPLE_SHARE:
        found.append(Why.SAMPLE)
    return found


def worth_of(reasons: Sequence[str], reading: Mapping[str, Any]) -> float:
    """From 0 to 1: the best reason counts, each further one adds a little, and so does doubt of the reader."""
    best = max((_WORTH[Why(reason)] for reason in reasons), default=0.0)
    more = _MORE_REASONS * (len(set(reasons)) - 1)
    doubt = _UNSURE_PART * (1 - float(reading.get("nature_confidence") or 0.0))
    return round(min(1.0, best + more + doubt), 4)


@dataclass(frozen=True)
class Labels:
    """What a message is. `intent` is a nature, a conversational intent or `out_of_scope`; entities are `{"name",
    "start", "end"}`, counting characters of the masked text."""

    intent: str
    category: str
    kind: str = ""
    entities: tuple[Mapping[str, Any], ...] = ()

    def as_record(self) -> dict[str, Any]:
        return {
            "intent": self.intent,
            "category": self.category,
            "kind": self.kind,
            "entities": [dict(entity) for entity in self.entities],
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Labels:
        return cls(
            str(record.get("intent") or ""),
            str(record.get("category") or "other"),
            str(record.get("kind") or ""),
            tuple(record.get("entities") or ()),
        )

    def find_fault(
        self, intents: Sequence[str], text: str, categories: Collection[str] = CATEGORIES
    ) -> str | None:
        """The field that cannot be, if any: a nature without its category, a kind without danger, a mark outside the text."""
        if self.intent not in intents:
            return "intent"
        if self.intent in NATURES and self.intent != "other" and self.category not in categories:
            return "category"
        if (self.intent == "emergency") != (self.kind in KINDS):
            return "kind"
        return None if self._are_marks_possible(len(text)) else "entities"

    def _are_marks_possible(self, length: int) -> bool:
        """Each of a kind there is, inside the text, and none over another."""
        last_end = 0
        for entity in sorted(self.entities, key=_start_of):
            start, end = entity.get("start"), entity.get("end")
            if not isinstance(start, int) or not isinstance(end, int):
                return False
            if entity.get("name") not in ENTITIES or not last_end <= start < end <= length:
                return False
            last_end = end
        return True


def _start_of(entity: Mapping[str, Any]) -> int:
    start = entity.get("start")
    return start if isinstance(start, int) else -1


class Settled(StrEnum):
    """What the votes about a message come to."""

    OPEN = "open"
    DISPUTED = "disputed"
    LABELS = "labels"
    DELETE = "delete"


def settle(votes: Sequence[tuple[str, Mapping[str, Any]]]) -> Settled:
    """Verdicts with their labels, oldest first. One is enough; two that differ are a dispute, which the verdict of a third
    person ends when one of the others says the same. A skip is no opinion: the message waits for somebody else."""
    opinions = [_opinion(verdict, labels) for verdict, labels in votes if verdict != "skip"]
    if not opinions:
        return Settled.OPEN
    if len(set(opinions)) > 1:
        agreed = [
            opinion for opinion in set(opinions) if opinions.count(opinion) * 2 > len(opinions)
        ]
        if len(opinions) < 3 or not agreed:
            return Settled.DISPUTED
        opinions = agreed
    return Settled.DELETE if opinions[0] == ("delete",) else Settled.LABELS


def agreed_labels(votes: Sequence[tuple[str, Mapping[str, Any]]]) -> Labels:
    """Those that most voted for; the latest of equals. Only for votes that are settled by labels."""
    opinions = [
        (_opinion(verdict, labels), verdict, labels)
        for verdict, labels in votes
        if verdict in ("labels", OUT_OF_SCOPE)
    ]
    keys = [key for key, _, _ in opinions]
    _, verdict, labels = max(reversed(opinions), key=lambda one: keys.count(one[0]))
    return Labels(OUT_OF_SCOPE, "other") if verdict == OUT_OF_SCOPE else Labels.of(labels)


def _opinion(verdict: str, labels: Mapping[str, Any]) -> tuple[str, ...]:
    if verdict != "labels":
        return (verdict,)
    said = Labels.of(labels)
    return ("labels", said.intent, said.category, said.kind)


def use_of(group_id: int) -> str:
    """`train` or `test`: near-duplicates go the same way, so that nothing is trained on what tests it."""
    return "test" if _place(f"group {group_id}") < TEST_SHARE else "train"


def _place(name: str) -> float:
    """From 0 to 1, always the same for a name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64
