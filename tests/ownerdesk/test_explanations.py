"""A due time explains itself in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ownerdesk.explanations import explain
from tests.make import NOON

SUNDAY = {"day": "2026-11-22", "name": ""}
BASE: dict[str, Any] = {"minutes": 360, "from": (NOON + timedelta(hours=3, minutes=10)).isoformat()}


@pytest.mark.parametrize(
    ("explanation", "words"),
    [
        ({}, ""),
        (BASE, "6 h from 16:10, round the clock."),
        ({**BASE, "calendar": "office"}, "6 h of working time from 16:10."),
        (
            {**BASE, "calendar": "office", "closed": [SUNDAY]},
            "6 h of working time from 16:10; Sunday is closed.",
        ),
        (
            {
                **BASE,
                "calendar": "office",
                "closed": [SUNDAY, {"day": "2026-11-23", "name": "Feast"}],
            },
            "6 h of working time from 16:10; Sunday and Monday (Feast) are closed.",
        ),
        (
            {**BASE, "calendar": "office", "closed": [SUNDAY] * 5},
            "6 h of working time from 16:10; Sunday, Sunday, Sunday and 2 more days are closed.",
        ),
        (
            {**BASE, "minutes": 90, "stood_still": 130},
            "1 h 30 min from 16:10, round the clock; the clock stood still for 2 h 10 min.",
        ),
        (
            {**BASE, "calendar": "never", "never_open": True},
            "6 h from 16:10, round the clock because “never” is never open.",
        ),
        ({"by_hand": True}, "promised by a person for this time."),
        ({"minutes": 2880, "from": NOON.isoformat()}, "2 days from 13:00, round the clock."),
    ],
)
def test_every_due_time_explains_itself(explanation: dict[str, Any], words: str) -> None:
    assert explain(explanation, timezone="Europe/Madrid", language="en", now=NOON) == words


def test_days_are_listed_as_the_language_lists_them() -> None:
    explanation = {
        **BASE,
        "calendar": "office",
        "closed": [SUNDAY, {"day": "2026-11-23", "name": ""}],
    }
    said = {
        language: explain(explanation, timezone="Europe/Madrid", language=language, now=NOON)
        for language in ("en", "es", "zh")
    }
    assert "Sunday and Monday" in said["en"]
    assert "domingo y lunes" in said["es"]
    assert "星期日和星期一" in said["zh"]
