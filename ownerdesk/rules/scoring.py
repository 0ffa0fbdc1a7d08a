"""How well messages were read: figures from what they are and what they were taken for.

Shares are from 0 to 1, and None where there is nothing to take a share of. Nothing here reads, asks or prints.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ownerdesk.rules.emergencies import EmergencySign
from ownerdesk.rules.natures import Nature
from ownerdesk.rules.readings import Reading

BINS = 10


@dataclass(frozen=True)
class Truth:
    """A message with the labels that people gave it. `hard` is None in a set that does not tell."""

    id: str
    text: str
    language: str
    nature: str
    category: str
    kind: str
    hard: bool | None = None


@dataclass(frozen=True)
class Judged:
    """A message and how it was read: with the sign that the rules saw in it, and by the model alone."""

    truth: Truth
    sign: EmergencySign | None
    reading: Reading
    alone: Reading

    @property
    def is_right(self) -> bool:
        return self.reading.nature == self.truth.nature

    @property
    def is_danger(self) -> bool:
        return self.truth.nature == Nature.EMERGENCY


# Labels against labels


@dataclass(frozen=True)
class LabelScore:
    """One label: `count` messages carry it, `found` were given it."""

    count: int
    found: int
    hits: int

    @property
    def precision(self) -> float:
        return self.hits / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.hits / self.count if self.count else 0.0

    @property
    def f1(self) -> float:
        both = self.count + self.found
        return 2 * self.hits / both if both else 0.0


def share(hits: Iterable[bool]) -> float | None:
    known = list(hits)
    return sum(known) / len(known) if known else None


def accuracy(truths: Sequence[str], found: Sequence[str]) -> float | None:
    return share(truth == label for truth, label in zip(truths, found, strict=True))


def score_labels(truths: Sequence[str], found: Sequence[str]) -> dict[str, LabelScore]:
    """Every label that was meant or given, in alphabetical order."""
    meant, given = Counter(truths), Counter(found)
    hits = Counter(truth for truth, label in zip(truths, found, strict=True) if truth == label)
    return {
        label: LabelScore(meant[label], given[label], hits[label])
        for label in sorted({*meant, *given})
    }


def macro_f1(truths: Sequence[str], found: Sequence[str]) -> float | None:
    """The mean F1 of the labels that the messages carry, each counting alike."""
    scores = [score.f1 for score in score_labels(truths, found).values() if score.count]
    return sum(scores) / len(scores) if scores else None


def confuse(truths: Sequence[str], found: Sequence[str]) -> Counter[tuple[str, str]]:
    """How many messages of each label were given each label: (truth, found) to a number."""
    return Counter(zip(truths, found, strict=True))


def top_share(
    truths: Sequence[str], rankings: Sequence[Mapping[str, float]], most: int
) -> float | None:
    """How often the truth is among the `most` likeliest labels."""
    return share(
        truth in sorted(ranking, key=lambda label: -ranking[label])[:most]
        for truth, ranking in zip(truths, rankings, strict=True)
    )


# Emergencies


class Bar(StrEnum):
    """The low bar calls a person to look; the high bar also tells the owner at once what to do."""

    LOW = "low"
    HIGH = "high"


class Source(StrEnum):
    """Who looks for danger: the rules, the model without the rules' sign, or both as in service."""

    RULES = "rules"
    MODEL = "model"
    BOTH = "both"


@dataclass(frozen=True)
class Alarms:
    """How many of the dangers passed a bar, and how many of the other messages did."""

    dangers: int
    alarmed: int
    others: int
    alarmed_falsely: int

    @property
    def recall(self) -> float | None:
        return self.alarmed / self.dangers if self.dangers else None

    @property
    def false_share(self) -> float | None:
        return self.alarmed_falsely / self.others if self.others else None


def has_alarmed(message: Judged, bar: Bar, source: Source) -> bool:
    """Whether the message passes the bar, by the same conditions as in `services/intake.py`."""
    reading = message.alone if source is Source.MODEL else message.reading
    is_raised = reading.decision == "accept" and reading.nature is Nature.EMERGENCY
    by_model = is_raised or (bar is Bar.LOW and reading.alarm)
    sign = message.sign
    is_certain = sign is not None and sign.certain
    by_rules = is_certain or (sign is not None and bar is Bar.LOW)
    # Where both look, the reader has weighed a sign that is only possible.
    return {Source.RULES: by_rules, Source.MODEL: by_model, Source.BOTH: is_certain or by_model}[
        source
    ]


def count_alarms(messages: Iterable[Judged], bar: Bar, source: Source) -> Alarms:
    seen = Counter((m.is_danger, has_alarmed(m, bar, source)) for m in messages)
    return Alarms(
        dangers=seen[True, True] + seen[True, False],
        alarmed=seen[True, True],
        others=seen[False, True] + seen[False, False],
        alarmed_falsely=seen[False, True],
    )


# How sure a reading is


@dataclass(frozen=True)
class Bin:
    """Readings whose confidence lies from `low` to below `high` (the last bin: up to 1)."""

    low: float
    high: float
    count: int
    confidence: float
    """Their mean confidence; 0 when there are none."""
    right: float
    """The share of them that is right; 0 when there are none."""


def sort_into_bins(confidences: Sequence[float], is_right: Sequence[bool]) -> list[Bin]:
    """Ten bins of equal width."""
    inside: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in zip(confidences, is_right, strict=True):
        # Rounding first keeps 0.3, which times ten is 2.9999…, out of the bin below its own.
        place = math.floor(round(confidence * BINS, 9))
        inside[min(max(place, 0), BINS - 1)].append((confidence, right))
    return [_make_bin(place, pairs) for place, pairs in enumerate(inside)]


def _make_bin(place: int, pairs: Sequence[tuple[float, bool]]) -> Bin:
    count = len(pairs)
    return Bin(
        low=place / BINS,
        high=(place + 1) / BINS,
        count=count,
        confidence=sum(confidence for confidence, _ in pairs) / count if count else 0.0,
        right=sum(right for _, right in pairs) / count if count else 0.0,
    )


def expected_calibration_error(bins: Sequence[Bin]) -> float | None:
    """By how much confidence and truth differ, weighed by how many readings a bin has."""
    total = sum(one.count for one in bins)
    if not total:
        return None
    return sum(one.count * abs(one.confidence - one.right) for one in bins) / total


# Everything about a set of messages


@dataclass(frozen=True)
class Summary:
    """The figures of one set of messages."""

    count: int
    nature: float | None
    nature_f1: float | None
    hard: float | None
    category_top1: float | None
    category_top3: float | None
    kind: float | None
    """Of the emergencies, whatever they were taken for."""
    language: float | None
    accepted: float | None
    wrong_of_accepted: float | None
    deep: float | None
    calibration_error: float | None


def summarise(messages: Sequence[Judged]) -> Summary:
    natures = [m.truth.nature for m in messages]
    found = [str(m.reading.nature) for m in messages]
    categories = [m.truth.category for m in messages]
    rankings = [m.reading.category_ranking for m in messages]
    accepted = [m for m in messages if m.reading.decision == "accept"]
    return Summary(
        count=len(messages),
        nature=accuracy(natures, found),
        nature_f1=macro_f1(natures, found),
        hard=share(m.is_right for m in messages if m.truth.hard),
        category_top1=top_share(categories, rankings, 1),
        category_top3=top_share(categories, rankings, 3),
        kind=share(m.reading.kind == m.truth.kind for m in messages if m.is_danger),
        language=share(m.reading.language == m.truth.language for m in messages),
        accepted=share(m.reading.decision == "accept" for m in messages),
        wrong_of_accepted=share(not m.is_right for m in accepted),
        deep=share(m.reading.reader == "deep" for m in messages),
        calibration_error=expected_calibration_error(bins_of(messages)),
    )


def bins_of(messages: Sequence[Judged]) -> list[Bin]:
    """How sure the nature of each was, against whether it was right."""
    return sort_into_bins(
        [m.reading.nature_confidence for m in messages], [m.is_right for m in messages]
    )
