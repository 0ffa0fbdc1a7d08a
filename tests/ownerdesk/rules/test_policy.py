"""What is promised when nobody promised anything else (S2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ownerdesk.model.labels import CATEGORIES, NATURES
from ownerdesk.rules.policy import MAJOR_CATEGORIES, Policy, severity_of, speak_at, warning_at
from tests.make import NOON


def test_the_times_are_those_of_the_service_rules() -> None:
    policy = Policy()
    assert policy.resolution_time("general") == timedelta(minutes=30)
    assert policy.resolution_time("major") == timedelta(hours=6)
    assert policy.emergency_accept_minutes == 5
    assert (policy.reminder_hours, policy.silence_hours) == (24, 72)


def test_a_project_changes_what_it_names_and_keeps_the_rest() -> None:
    policy = Policy.of({"general_minutes": "45", "silence_hours": 96, "unknown": "x"})
    assert (policy.general_minutes, policy.silence_hours) == (45, 96)
    assert policy.major_minutes == 360


@pytest.mark.parametrize(
    ("nature", "category", "severity"),
    [
        ("emergency", "other", "emergency"),
        ("dissatisfaction", "lighting", "major"),
        ("help_seeking", "elevator", "major"),
        ("help_seeking", "lighting", "general"),
        ("consultation", "elevator", "general"),
        ("paid_service", "home_repair", "general"),
        ("other", "other", "general"),
    ],
)
def test_nature_and_category_decide_how_severe_it_is(
    nature: str, category: str, severity: str
) -> None:
    assert severity_of(nature, category) == severity


def test_the_labels_named_in_the_policy_exist() -> None:
    assert set(CATEGORIES) >= MAJOR_CATEGORIES
    for nature in NATURES:
        for category in CATEGORIES:
            assert severity_of(nature, category) in ("general", "major", "emergency")


@pytest.mark.parametrize(("minutes", "before"), [(30, 6), (360, 30), (5, 1)])
def test_a_promise_is_looked_at_before_its_time(minutes: int, before: int) -> None:
    due = NOON + timedelta(minutes=minutes)
    assert warning_at(NOON, due) == due - timedelta(minutes=before)


@pytest.mark.parametrize(("minutes", "before"), [(30, 2), (360, 5), (15, 1)])
def test_the_owner_hears_of_a_slip_after_the_warning_and_before_the_time(
    minutes: int, before: int
) -> None:
    due = NOON + timedelta(minutes=minutes)
    assert speak_at(NOON, due) == due - timedelta(minutes=before)
    assert warning_at(NOON, due) < speak_at(NOON, due) < due
