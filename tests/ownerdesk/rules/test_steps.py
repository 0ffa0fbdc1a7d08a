"""The five steps of S11."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ownerdesk.model.labels import AppealState
from ownerdesk.rules.return_visits import visit_reason, visit_window
from ownerdesk.rules.steps import STEPS, is_current, step_of
from tests.make import NOON


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("received", "receive"), ("accepted", "record"), ("dispatched", "handle"),
        ("in_progress", "handle"), ("deferred", "handle"), ("resolved", "handle"), ("cancelled", None),
    ],
)  # fmt: skip
def test_an_open_appeal_is_in_the_step_of_its_state(state: str, step: str | None) -> None:
    for severity in ("general", "major", "emergency"):
        found = step_of(state, severity=severity, has_open_visit=False, has_summary=False)
        assert found == step


@pytest.mark.parametrize(
    ("severity", "has_open_visit", "has_summary", "step"),
    [
        ("general", False, False, None),
        ("general", True, False, "return_visit"),
        ("major", True, False, "return_visit"),
        ("major", True, True, "return_visit"),
        ("major", False, False, "sum_up"),
        ("emergency", False, False, "sum_up"),
        ("major", False, True, None),
    ],
)
def test_a_major_appeal_is_closed_for_good_once_it_was_visited_and_summed_up(
    severity: str, has_open_visit: bool, has_summary: bool, step: str | None
) -> None:
    found = step_of(
        "closed", severity=severity, has_open_visit=has_open_visit, has_summary=has_summary
    )
    assert found == step


def test_every_state_has_its_step_and_every_step_is_reached() -> None:
    reached = {
        step_of(state, severity="major", has_open_visit=visit, has_summary=False)
        for state in AppealState
        for visit in (True, False)
    }
    assert reached == {*STEPS, None}


def test_a_summary_from_before_the_appeal_came_back_is_not_current() -> None:
    assert is_current(NOON, NOON)
    assert is_current(NOON, None)
    assert not is_current(NOON, NOON + timedelta(seconds=1))
    assert not is_current(None, NOON)


@pytest.mark.parametrize(
    ("severity", "stars", "is_repeat", "reason"),
    [
        ("general", None, False, None), ("general", 3, False, None), ("general", 2, False, "low_rating"),
        ("general", 1, True, "low_rating"), ("general", None, True, "repeat"), ("general", 5, True, "repeat"),
        ("major", None, False, "major"), ("emergency", None, True, "major"), ("major", 1, False, "low_rating"),
    ],
)  # fmt: skip
def test_major_matters_low_ratings_and_repeats_are_visited(
    severity: str, stars: int | None, is_repeat: bool, reason: str | None
) -> None:
    assert visit_reason(severity, stars=stars, is_repeat=is_repeat) == reason


def test_the_window_is_from_one_day_to_three() -> None:
    assert visit_window(NOON) == (NOON + timedelta(hours=24), NOON + timedelta(hours=72))
