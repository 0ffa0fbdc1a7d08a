"""Draws how well messages were read as one HTML page that needs nothing else: no network, no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ownerdesk.model.labels import CATEGORIES, KINDS, NATURES
from ownerdesk.rules.scoring import (
    Alarms,
    Bar,
    Bin,
    Judged,
    LabelScore,
    Source,
    Summary,
    bins_of,
    confuse,
    count_alarms,
    expected_calibration_error,
    has_alarmed,
    score_labels,
    summarise,
)

CONTENT = Path(__file__).resolve().parents[1] / "content"
WORST_PAIRS = 8
Found = TypeVar("Found")
# The square in which a reliability curve is drawn, in units of its own.
SIDE = 240


@dataclass(frozen=True)
class Row:
    """A line of the summary: some messages, their figures, and what alarmed among them."""

    name: str
    is_part: bool
    summary: Summary
    alarms: Mapping[tuple[Bar, Source], Alarms]


@dataclass(frozen=True)
class Matrix:
    """Truth down, found across; `shares` are of the row."""

    labels: Sequence[str]
    counts: Sequence[Sequence[int]]

    def share(self, row: int, column: int) -> float:
        total = sum(self.counts[row])
        return self.counts[row][column] / total if total else 0.0

    def heat(self, row: int, column: int) -> int:
        """How strongly a cell is coloured, in per cent; a single mistake can still be seen."""
        if not self.counts[row][column]:
            return 0
        share = round(self.share(row, column) * 100)
        return share if row == column else min(100, 10 + share)


@dataclass(frozen=True)
class Curve:
    """A reliability curve inside a square of SIDE: bars of what was right, and how many readings each bin has."""

    bins: Sequence[Bin]
    error: float

    @property
    def points(self) -> str:
        return " ".join(
            f"{one.confidence * SIDE:.1f},{(1 - one.right) * SIDE:.1f}"
            for one in self.bins
            if one.count
        )

    @property
    def most(self) -> int:
        return max(one.count for one in self.bins) or 1


@dataclass(frozen=True)
class Confusion:
    """Messages that are one thing and were taken for another, the surest mistake first."""

    truth: str
    found: str
    messages: Sequence[Judged]


@dataclass(frozen=True)
class Part:
    """Everything drawn about one set."""

    name: str
    natures: Matrix
    nature_scores: Mapping[str, LabelScore]
    categories: Matrix
    category_scores: Mapping[str, LabelScore]
    kinds: Matrix
    curve: Curve
    missed: Sequence[Judged]
    frightened: Sequence[Judged]
    by_nature: Sequence[Confusion]
    by_category: Sequence[Confusion]


def draw(sets: Mapping[str, Sequence[Judged]], *, model: str, at: datetime) -> str:
    """The page. `sets` are judged messages by the name of their set; `model` says what read them."""
    environment = Environment(
        loader=FileSystemLoader(CONTENT),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": format_percent, "words": format_words, "two": _format_two}
    return environment.get_template("nlu_report.html").render(
        rows=[row for name, messages in sets.items() for row in _make_rows(name, messages)],
        parts=[_make_part(name, messages) for name, messages in sets.items()],
        bars=list(Bar),
        sources=list(Source),
        side=SIDE,
        model=model,
        at=at,
    )


def format_percent(value: float | None) -> str:
    return "–" if value is None else f"{value * 100:.1f}"


def format_words(label: str) -> str:
    return label.replace("_", " ") or "none"


def _format_two(value: float) -> str:
    return f"{value:.2f}"


def _make_rows(name: str, messages: Sequence[Judged]) -> list[Row]:
    """A line for the whole set and one for each of its languages."""
    languages = sorted({m.truth.language for m in messages})
    rows = [_make_row(name, False, messages)]
    for language in languages:
        rows.append(
            _make_row(language, True, [m for m in messages if m.truth.language == language])
        )
    return rows


def _make_row(name: str, is_part: bool, messages: Sequence[Judged]) -> Row:
    alarms = {
        (bar, source): count_alarms(messages, bar, source) for bar in Bar for source in Source
    }
    return Row(name, is_part, summarise(messages), alarms)


def _make_part(name: str, messages: Sequence[Judged]) -> Part:
    natures = [m.truth.nature for m in messages]
    found_natures = [str(m.reading.nature) for m in messages]
    categories = [m.truth.category for m in messages]
    found_categories = [m.reading.category for m in messages]
    dangers = [m for m in messages if m.is_danger]
    bins = bins_of(messages)
    return Part(
        name=name,
        natures=_make_matrix(NATURES, natures, found_natures),
        nature_scores=_sort(NATURES, score_labels(natures, found_natures)),
        categories=_make_matrix(CATEGORIES, categories, found_categories),
        category_scores=_sort(CATEGORIES, score_labels(categories, found_categories)),
        kinds=_make_matrix(
            KINDS, [m.truth.kind for m in dangers], [m.reading.kind for m in dangers]
        ),
        curve=Curve(bins, expected_calibration_error(bins) or 0.0),
        missed=[m for m in dangers if not has_alarmed(m, Bar.LOW, Source.BOTH)],
        frightened=[
            m for m in messages if not m.is_danger and has_alarmed(m, Bar.HIGH, Source.BOTH)
        ],
        by_nature=_find_worst(messages, natures, found_natures),
        by_category=_find_worst(messages, categories, found_categories),
    )


def _make_matrix(labels: Sequence[str], truths: Sequence[str], found: Sequence[str]) -> Matrix:
    pairs = confuse(truths, found)
    ordered = list(_sort(labels, dict.fromkeys([*truths, *found], 0)))
    return Matrix(ordered, [[pairs[truth, label] for label in ordered] for truth in ordered])


def _sort(labels: Sequence[str], found: Mapping[str, Found]) -> dict[str, Found]:
    """What is known of labels, in the order of the guide to labels; unknown labels last."""
    known = [label for label in labels if label in found]
    return {label: found[label] for label in [*known, *sorted(set(found) - set(known))]}


def _find_worst(
    messages: Sequence[Judged], truths: Sequence[str], found: Sequence[str]
) -> list[Confusion]:
    pairs: dict[tuple[str, str], list[Judged]] = {}
    for message, truth, label in zip(messages, truths, found, strict=True):
        if truth != label:
            pairs.setdefault((truth, label), []).append(message)
    worst = sorted(pairs.items(), key=lambda item: -len(item[1]))[:WORST_PAIRS]
    return [
        Confusion(truth, label, sorted(wrong, key=lambda m: -m.reading.nature_confidence))
        for (truth, label), wrong in worst
    ]
