"""The five steps of S11, and in which of them an appeal is."""

from __future__ import annotations

from datetime import datetime

STEPS = ("receive", "record", "handle", "return_visit", "sum_up")
SUMMED_UP = ("major", "emergency")

_WORK = {
    "received": "receive",
    "accepted": "record",
    "dispatched": "handle",
    "in_progress": "handle",
    "deferred": "handle",
    "resolved": "handle",
}


def step_of(state: str, *, severity: str, has_open_visit: bool, has_summary: bool) -> str | None:
    """The step an appeal is in; None once it is closed for good, or was withdrawn.

    The owner's yes closes it (S6); a major one is closed for good when its return visit has been paid and its summary
    is written.
    """
    if state in _WORK:
        return _WORK[state]
    if state == "cancelled":
        return None
    if has_open_visit:
        return "return_visit"
    return "sum_up" if needs_summary(severity) and not has_summary else None


def needs_summary(severity: str) -> bool:
    return severity in SUMMED_UP


def is_current(written_at: datetime | None, resolved_at: datetime | None) -> bool:
    """Whether a summary is about the present resolution: what was written before the appeal came back is not."""
    if written_at is None:
        return False
    return resolved_at is None or written_at >= resolved_at
