"""Which closures are followed by a return visit, and when."""

from __future__ import annotations

from datetime import datetime, timedelta

from ownerdesk.rules.turning import LOW_STARS

OPENS_AFTER = timedelta(hours=24)
DUE_AFTER = timedelta(hours=72)
REMIND_BEFORE = timedelta(hours=24)
# Asked to call after the visit was due: by then.
CALL_WITHIN = timedelta(hours=24)
RESULTS_WITH_WORDS = ("not_satisfied", "came_back")


def visit_reason(severity: str, *, stars: int | None, is_repeat: bool) -> str | None:
    """Why a closure is followed by a return visit; None where it is not."""
    if stars is not None and stars <= LOW_STARS:
        return "low_rating"
    if severity in ("major", "emergency"):
        return "major"
    return "repeat" if is_repeat else None


def visit_window(closed_at: datetime) -> tuple[datetime, datetime]:
    """From when on the owner may be asked, and by when it must be done."""
    return closed_at + OPENS_AFTER, closed_at + DUE_AFTER
