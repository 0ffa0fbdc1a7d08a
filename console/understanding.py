"""What the reader made of an appeal's message: its labels, how sure it was, and what else it may be, one press away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.words import Words
from ownerdesk.model import Appeal, Message
from ownerdesk.model.labels import OPEN_STATES, SECOND
from ownerdesk.rules.natures import confidence_by_nature
from ownerdesk.services.corrections import said_of

ALTERNATIVES = 3
LEAST_CONFIDENCE = 0.03
SURE = 0.75


@dataclass(frozen=True)
class Alternative:
    """Another reading: pressing it corrects the appeal to these labels."""

    nature: str
    category: str
    name: str
    confidence: float


@dataclass(frozen=True)
class Label:
    """One thing that was understood. `confidence` is from 0 to 1, None where it is not known; `is_corrected` says that
    the appeal has another one by now."""

    name: str
    confidence: float | None
    is_sure: bool
    is_corrected: bool
    alternatives: list[Alternative]


@dataclass(frozen=True)
class Understanding:
    """Nature and category as the reader said them, and the language of the words."""

    nature: Label
    category: Label
    language: str


def read_understanding(
    appeal: Appeal, source: Message | None, words: Words, *, may_correct: bool
) -> Understanding | None:
    """None for an appeal that no reader made. An emergency is not offered at one press: it alarms people."""
    said = said_of(source, part=appeal.source_part)
    if source is None or not said.get("nature"):
        return None
    reading: Mapping[str, Any] = source.reading or {}
    offers = may_correct and appeal.state in OPEN_STATES and appeal.nature != "emergency"
    natures = confidence_by_nature(reading.get("ranking") or {})
    categories = reading.get("category_ranking") or {}
    if not offers or appeal.source_part == SECOND:
        natures, categories = {}, {}
    return Understanding(
        nature=_label(
            said.get("nature"), said.get("nature_confidence"), appeal.nature, words.natures,
            [
                Alternative(str(nature), appeal.category, words.natures[nature], sure)
                for nature, sure in _likeliest(natures, {appeal.nature, "emergency", "other"})
            ],
        ),
        category=_label(
            said.get("category"), said.get("category_confidence"), appeal.category,
            words.categories,
            [
                Alternative(appeal.nature, category, words.categories[category], sure)
                for category, sure in _likeliest(categories, {appeal.category})
                if category in words.all_categories.in_use
            ],
        ),
        language=words.language_name(source.language) if source.language else "",
    )  # fmt: skip


def _label(
    said: object,
    confidence: object,
    present: str,
    names: Mapping[str, str],
    alternatives: list[Alternative],
) -> Label:
    sure = float(confidence) if isinstance(confidence, int | float) else None
    return Label(
        name=names.get(str(said), "–"),
        confidence=sure,
        is_sure=sure is None or sure >= SURE,
        is_corrected=str(said) != present,
        alternatives=alternatives,
    )


def _likeliest(ranking: Mapping[Any, float], without: set[str]) -> list[tuple[str, float]]:
    rest = [
        (str(name), float(sure))
        for name, sure in ranking.items()
        if str(name) not in without and sure >= LEAST_CONFIDENCE
    ]
    return sorted(rest, key=lambda item: -item[1])[:ALTERNATIVES]
