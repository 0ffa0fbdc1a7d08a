"""Quiet hours end in the owner's morning, also where the clocks change that night."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from ownerdesk.rules.quiet_hours import wake_at


@pytest.mark.parametrize(
    ("at", "wakes"),
    [
        ("2026-11-18 20:59", None),  # 21:59 in Madrid
        ("2026-11-18 21:00", "2026-11-19 07:00"),
        ("2026-11-19 03:00", "2026-11-19 07:00"),
        ("2026-11-19 06:59", "2026-11-19 07:00"),
        ("2026-11-19 07:00", None),
        ("2026-10-24 21:00", "2026-10-25 07:00"),  # summer time ends that night
        ("2026-03-28 22:00", "2026-03-29 06:00"),  # and begins that night
    ],
)
def test_what_can_wait_goes_out_at_eight_in_madrid(at: str, wakes: str | None) -> None:
    found = wake_at(
        datetime.fromisoformat(at).replace(tzinfo=UTC),
        timezone="Europe/Madrid", starts=time(22), ends=time(8),
    )  # fmt: skip
    assert found == (datetime.fromisoformat(wakes).replace(tzinfo=UTC) if wakes else None)


def test_quiet_hours_in_the_afternoon_end_the_same_day_and_equal_times_are_none() -> None:
    noon = datetime(2026, 11, 18, 13, 30, tzinfo=UTC)
    assert wake_at(noon, timezone="UTC", starts=time(13), ends=time(15)) == noon.replace(
        hour=15, minute=0
    )
    assert wake_at(noon, timezone="UTC", starts=time(13), ends=time(13)) is None
