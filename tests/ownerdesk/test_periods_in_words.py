"""Periods as people in a place write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ownerdesk.texts import format_period


@pytest.mark.parametrize(
    ("start", "end", "language", "wanted"),
    [
        ((19, 17, 0), (19, 21, 0), "en", "Thu 19 Nov, 18:00–22:00"),
        ((19, 17, 0), (19, 21, 0), "es", "jue 19 nov, 18:00–22:00"),
        ((19, 17, 0), (19, 21, 0), "zh", "11月19日周四 18:00–22:00"),
        ((18, 23, 0), (19, 23, 0), "en", "Thu 19 Nov"),
        ((20, 23, 0), (22, 23, 0), "en", "Sat 21 Nov – Sun 22 Nov"),
        ((18, 12, 0), (18, 23, 0), "en", "Wed 18 Nov, 13:00–24:00"),
        ((18, 12, 0), (20, 23, 0), "en", "Wed 18 Nov, 13:00 – Fri 20 Nov, 24:00"),
        ((20, 21, 0), (21, 0, 30), "en", "Fri 20 Nov, 22:00 – Sat 21 Nov, 01:30"),
    ],
)
def test_a_period_has_its_days_and_where_it_matters_its_hours(
    start: tuple[int, int, int], end: tuple[int, int, int], language: str, wanted: str
) -> None:
    first, last = (datetime(2026, 11, *moment, tzinfo=UTC) for moment in (start, end))
    assert format_period(first, last, timezone="Europe/Madrid", language=language) == wanted
