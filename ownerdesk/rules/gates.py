"""What a model must not be worse in than the one in service, before it may take its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_POINTS_LOST = 0.03
LEAST_OF_A_CLASS = 10  # with fewer test messages one of them is more than three points by itself


@dataclass(frozen=True)
class Gate:
    """One figure in which a candidate is worse than allowed. `before` and `after` are shares, None when unknown."""

    name: str
    subject: str
    before: float | None
    after: float | None


def find_closed(
    candidate: Mapping[str, Any] | None, in_service: Mapping[str, Any] | None
) -> list[Gate]:
    """The gates that stay closed, for two reports as `rules/model_reports.py` makes them.

    Emergencies first: none less may be recognised, by either bar, in the fixed test messages or in real ones.
    """
    if candidate is None:
        return [Gate("no_report", "", None, None)]
    if in_service is None:
        return []
    closed: list[Gate] = []
    for name, before in in_service["sets"].items():
        after = candidate["sets"].get(name)
        if after is None or after["count"] != before["count"]:
            closed.append(Gate("other_messages", name, None, None))
            continue
        for bar in ("low", "high"):
            was, is_now = before["emergencies"][bar], after["emergencies"][bar]
            if was["dangers"] and is_now["alarmed"] < was["alarmed"]:
                closed.append(
                    Gate(
                        f"emergencies_{bar}",
                        name,
                        was["alarmed"] / was["dangers"],
                        is_now["alarmed"] / is_now["dangers"],
                    )
                )
        for label, was in before["natures"].items():
            is_now = after["natures"].get(label, {"count": was["count"], "hits": 0})
            if was["count"] < LEAST_OF_A_CLASS:
                continue
            old, new = was["hits"] / was["count"], is_now["hits"] / max(is_now["count"], 1)
            if old - new > MOST_POINTS_LOST + 1e-9:
                closed.append(Gate("class", f"{name}: {label}", old, new))
    return closed


@dataclass(frozen=True)
class Shares:
    """What went wrong in a while: of `count` messages so many failed in the reader, so many went to a person."""

    count: int
    errors: int
    handoffs: int

    def as_record(self) -> dict[str, int]:
        return {"count": self.count, "errors": self.errors, "handoffs": self.handoffs}


LEAST_MESSAGES = 20
MOST_RISE = 0.10
ERROR_RISE = 0.05


def has_jumped(before: Shares, after: Shares) -> str | None:
    """`errors` or `handoffs` when that share rose by more than five or ten points since a model was put into service
    and at least twofold; None while too few messages came to tell."""
    if after.count < LEAST_MESSAGES:
        return None
    for name, rise in (("errors", ERROR_RISE), ("handoffs", MOST_RISE)):
        old = getattr(before, name) / before.count if before.count else 0.0
        new = getattr(after, name) / after.count
        if new - old > rise and new >= 2 * old:
            return name
    return None
