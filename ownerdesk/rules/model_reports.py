"""How well a model reads, as a record that is kept, compared and shown: emergencies first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ownerdesk.rules.scoring import (
    Bar,
    Judged,
    Source,
    bins_of,
    confuse,
    count_alarms,
    score_labels,
    summarise,
)

REAL = "Real messages"
# What people labelled and the model learnt. That it reads those rightly measures nothing and opens no gate; it tells
# who corrected a message whether that came through.
TAUGHT = "Taught messages"


def report_on(sets: Mapping[str, Sequence[Judged]]) -> dict[str, Any]:
    """The figures of every set of test messages, as JSON. Shares are from 0 to 1, None where nothing can be said."""
    return {
        "sets": {
            name: _report_set(messages)
            for name, messages in sets.items()
            if messages and name != TAUGHT
        }
    }


def _report_set(messages: Sequence[Judged]) -> dict[str, Any]:
    natures = [m.truth.nature for m in messages]
    found = [str(m.reading.nature) for m in messages]
    languages = sorted({m.truth.language for m in messages})
    return {
        "count": len(messages),
        "summary": asdict(summarise(messages)),
        "emergencies": {bar.value: asdict(count_alarms(messages, bar, Source.BOTH)) for bar in Bar},
        "natures": {label: asdict(score) for label, score in score_labels(natures, found).items()},
        "confusion": [
            [truth, label, count]
            for (truth, label), count in sorted(confuse(natures, found).items())
        ],
        "calibration": [asdict(one) for one in bins_of(messages)],
        "languages": {
            language: _report_language([m for m in messages if m.truth.language == language])
            for language in languages
        },
    }


def _report_language(messages: Sequence[Judged]) -> dict[str, Any]:
    """The figures of one language, with those of each class and of emergencies."""
    scores = score_labels(
        [m.truth.nature for m in messages], [str(m.reading.nature) for m in messages]
    )
    return asdict(summarise(messages)) | {
        "natures": {label: asdict(score) for label, score in scores.items()},
        "emergencies": {bar.value: asdict(count_alarms(messages, bar, Source.BOTH)) for bar in Bar},
    }


def readings_of(sets: Mapping[str, Sequence[Judged]]) -> dict[str, dict[str, list[Any]]]:
    """Set → id of a message → nature, category, whether a person is alarmed, right or not; for telling what changed."""
    return {
        name: {
            m.truth.id: [
                str(m.reading.nature), m.reading.category, bool(m.reading.alarm), m.is_right,
            ]
            for m in messages
        }
        for name, messages in sets.items()
    }  # fmt: skip


def list_outdated(
    reads_as: Mapping[str, Mapping[str, Sequence[Any]]] | None, sets: Mapping[str, Iterable[str]]
) -> list[str]:
    """The sets that a model has read otherwise composed, or never; `sets` are the ids that each holds now."""
    read = reads_as or {}
    names = dict.fromkeys([*sets, *read])
    return [name for name in names if set(read.get(name, ())) != set(sets.get(name, ()))]


def changes(
    before: Mapping[str, Mapping[str, Sequence[Any]]],
    after: Mapping[str, Mapping[str, Sequence[Any]]],
) -> Iterable[tuple[str, str, Sequence[Any], Sequence[Any]]]:
    """Set, message, how it was read and how it is: those whose nature is right now and was wrong, or the reverse."""
    for name, messages in before.items():
        for key, was in messages.items():
            now = after.get(name, {}).get(key)
            if now is not None and bool(was[3]) != bool(now[3]):
                yield name, key, was, now
