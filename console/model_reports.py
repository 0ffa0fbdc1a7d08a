"""The report of a model as a page shows it: emergencies first, beside the model in service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from console.curves import SIDE, draw_calibration
from ownerdesk.adapters.labelled_messages import (
    FOREIGN,
    MAIN,
    SECOND,
    UnusableMessages,
    read_sets,
)
from ownerdesk.model import NluModel
from ownerdesk.model.labels import NATURES
from ownerdesk.queries.trainings import list_texts
from ownerdesk.rules.model_reports import REAL, TAUGHT, changes
from ownerdesk.rules.natures import nature_of
from ownerdesk.supervisor.roster import REPOSITORY

MOST_SHOWN = 100  # of each kind and set; the counts say how many there are
BARS = ("low", "high")


@dataclass(frozen=True)
class Cell:
    """A figure with the one of the model in service. Shares are from 0 to 1."""

    value: float | None
    before: float | None
    count: int = 0

    @property
    def points(self) -> float | None:
        """By how many points it is better (worse: below zero); None where there is nothing to compare or no change."""
        if self.value is None or self.before is None:
            return None
        points = round(100 * (self.value - self.before), 1)
        return points or None


@dataclass(frozen=True)
class Changed:
    """One test message that is read rightly now and was not, or the reverse."""

    text: str
    truth: str
    before: str
    after: str
    was_alarm: bool
    is_alarm: bool


def _share(hits: int, count: int) -> float | None:
    return hits / count if count else None


def glance(model: NluModel) -> dict[str, Any] | None:
    """The three figures that a list has room for, over all sets together; None without a report."""
    sets = (model.report or {}).get("sets") or {}
    if not sets:
        return None
    total = {
        name: sum(one["emergencies"]["low"][name] for one in sets.values())
        for name in ("dangers", "alarmed")
    }
    right = sum(score["hits"] for one in sets.values() for score in one["natures"].values())
    real = sets.get(REAL)
    return {
        "alarmed": _share(total["alarmed"], total["dangers"]),
        "right": _share(right, sum(one["count"] for one in sets.values())),
        "real": real["summary"]["nature"] if real else None,
    }


def show_sets(model: NluModel, served: NluModel | None) -> list[dict[str, Any]]:
    """Every set of test messages with its figures, beside those of the model in service."""
    sets = (model.report or {}).get("sets") or {}
    others = (served.report or {}).get("sets") or {} if served else {}
    return [_show_set(name, sets[name], others.get(name) or {}) for name in _in_set_order(sets)]


def _in_set_order(names: Iterable[str]) -> list[str]:
    """What was taught, the fixed ones as they are printed everywhere, real ones; JSON in the database keeps no order."""
    known = (TAUGHT, MAIN, SECOND, FOREIGN, REAL)
    return sorted(names, key=lambda name: known.index(name) if name in known else len(known))


def _show_set(name: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    languages = one["languages"]
    return {
        "name": name,
        "count": one["count"],
        "is_comparable": other.get("count") == one["count"],
        "emergencies": {bar: _alarms(one, other, bar) for bar in BARS},
        "figures": {
            figure: Cell(one["summary"][figure], (other.get("summary") or {}).get(figure))
            for figure in ("nature", "category_top1", "kind", "accepted", "wrong_of_accepted")
        },
        "languages": sorted(languages),
        "rows": _rows(one, other),
        "by_language": {
            language: {
                "all": Cell(
                    found["nature"],
                    ((other.get("languages") or {}).get(language) or {}).get("nature"),
                    found["count"],
                ),
                "category": found["category_top1"],
            }
            for language, found in languages.items()
        },
        "matrix": _matrix(one["confusion"]),
        "calibration": draw_calibration(one["calibration"]),
        "bins": [found for found in one["calibration"] if found["count"]],
        "calibration_error": one["summary"]["calibration_error"],
        "side": SIDE,
    }


def _alarms(one: Mapping[str, Any], other: Mapping[str, Any], bar: str) -> dict[str, Any]:
    now = one["emergencies"][bar]
    was = (other.get("emergencies") or {}).get(bar)
    return {
        "recall": Cell(
            _share(now["alarmed"], now["dangers"]),
            _share(was["alarmed"], was["dangers"]) if was else None,
            now["dangers"],
        ),
        "missed": now["dangers"] - now["alarmed"],
        "false": Cell(
            _share(now["alarmed_falsely"], now["others"]),
            _share(was["alarmed_falsely"], was["others"]) if was else None,
            now["alarmed_falsely"],
        ),
    }


def _rows(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A class a row: how many of its messages are recognised, in all and in each language."""
    rows = []
    for label in _in_order(one["natures"]):
        score = one["natures"][label]
        was = (other.get("natures") or {}).get(label)
        by_language = {
            language: (found.get("natures") or {}).get(label)
            for language, found in one["languages"].items()
        }
        rows.append(
            {
                "label": label,
                "count": score["count"],
                "recall": Cell(
                    _share(score["hits"], score["count"]),
                    _share(was["hits"], was["count"]) if was else None,
                ),
                "precision": _share(score["hits"], score["found"]),
                "languages": {
                    language: _share(found["hits"], found["count"]) if found else None
                    for language, found in by_language.items()
                },
            }
        )
    return rows


def _in_order(labels: Mapping[str, Any] | set[str]) -> list[str]:
    """Emergencies first, as everywhere."""
    return sorted(labels, key=lambda label: NATURES.index(label) if label in NATURES else 99)


def _matrix(confusion: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Rows are what messages are, columns what they were taken for; `weight` is the share of the row, in fifths."""
    labels = _in_order({truth for truth, _, _ in confusion} | {label for _, label, _ in confusion})
    counts = {(truth, label): count for truth, label, count in confusion}
    rows = []
    for truth in labels:
        total = sum(counts.get((truth, label), 0) for label in labels)
        cells = [
            (label, counts.get((truth, label), 0), _weight(counts.get((truth, label), 0), total))
            for label in labels
        ]
        rows.append((truth, cells))
    return {"labels": labels, "rows": rows}


def _weight(count: int, total: int) -> int:
    return min(5, -(-5 * count // total)) if count else 0


def list_changed(
    session: Session, model: NluModel, served: NluModel | None
) -> list[dict[str, Any]]:
    """Set by set, the very messages that are read rightly or wrongly now and were not before; the worse ones first,
    and of them those about emergencies."""
    if served is None:
        return []
    found: dict[str, dict[str, list[tuple[str, Any, Any]]]] = {}
    for name, key, was, now in changes(served.reads_as or {}, model.reads_as or {}):
        kinds = found.setdefault(name, {"worse": [], "better": []})
        kinds["better" if now[3] else "worse"].append((key, was, now))
    return [
        {
            "name": name,
            "is_taught": name == TAUGHT,
            "counts": {kind: len(rows) for kind, rows in kinds.items()},
            "rows": {kind: _with_words(session, name, rows) for kind, rows in kinds.items()},
        }
        for name, kinds in ((name, found[name]) for name in _in_set_order(found))
    ]


def _with_words(session: Session, name: str, rows: Sequence[tuple[str, Any, Any]]) -> list[Changed]:
    known = _read_words(session, name, [key for key, _, _ in rows])
    shown = [
        Changed(
            *known.get(key, ("", "")),
            before=was[0], after=now[0], was_alarm=was[2], is_alarm=now[2],
        )
        for key, was, now in rows
    ]  # fmt: skip
    dangers = {"emergency"}
    shown.sort(key=lambda one: not dangers & {one.truth, one.before, one.after})
    return shown[:MOST_SHOWN]


def _read_words(session: Session, name: str, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The words of messages and what they are, by id. The company's own were masked before they were kept."""
    if name not in (REAL, TAUGHT):
        return {key: _fixed().get(name, {}).get(key, ("", "")) for key in keys}
    ids = [int(key) for key in keys if key.isdecimal()]
    return {
        str(example_id): (text, str(nature_of(intent)))
        for example_id, (text, intent) in list_texts(session, ids).items()
    }


@lru_cache(maxsize=1)
def _fixed() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """The fixed sets change only with a new version of Ownerdesk."""
    try:
        sets = read_sets(REPOSITORY / "tests" / "data")
    except UnusableMessages:  # an installation without them shows what changed without the words
        return {}
    return {
        name: {truth.id: (truth.text, truth.nature) for truth in truths}
        for name, truths in sets.items()
    }
