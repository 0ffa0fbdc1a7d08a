"""When people are told of planned works, over daylight saving too."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ownerdesk.rules.works import announcement_at, reminder_at

MADRID = ZoneInfo("Europe/Madrid")


def local(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=MADRID)  # type: ignore[misc,arg-type]


def test_so_many_days_before_is_counted_in_days_of_the_place() -> None:
    starts_at = local(2026, 10, 26, 1, 30)  # the night after the clocks went back
    assert announcement_at(starts_at, days_before=3, timezone="Europe/Madrid") == local(
        2026, 10, 23, 10
    )
    assert reminder_at(starts_at, timezone="Europe/Madrid") == local(2026, 10, 25, 18)


def test_the_evening_before_is_an_evening_on_both_sides_of_daylight_saving() -> None:
    for starts_at, evening in [
        (local(2026, 3, 29, 9), local(2026, 3, 28, 18)),
        (local(2026, 3, 30, 9), local(2026, 3, 29, 18)),
        (local(2026, 10, 25, 9), local(2026, 10, 24, 18)),
        (local(2026, 10, 26, 9), local(2026, 10, 25, 18)),
    ]:
        found = reminder_at(starts_at, timezone="Europe/Madrid").astimezone(MADRID)
        assert (found.date(), found.hour) == (evening.date(), 18)


def test_without_days_it_is_announced_at_once() -> None:
    assert announcement_at(local(2026, 10, 26, 9), days_before=None, timezone="UTC") < local(
        2000, 1, 1
    )
