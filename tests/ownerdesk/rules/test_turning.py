"""When communication turns into dissatisfaction (S9)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ownerdesk.rules.moods import Mood
from ownerdesk.rules.turning import Standing, is_ask, signs_of, turned_nature, turned_severity

QUIET = Standing(
    nature="help_seeking", mood=Mood.CALM, is_ask=False, asks=0, slips=0, is_broken=False,
    reads_as_grievance=False,
)  # fmt: skip
ASKING = replace(QUIET, mood=Mood.PRESSING, is_ask=True)


@pytest.mark.parametrize(
    ("standing", "reasons"),
    [
        (QUIET, []),
        (replace(ASKING, asks=2), []),
        (replace(ASKING, asks=3), ["repeated_asking"]),
        (replace(ASKING, asks=1, slips=1), []),
        (replace(ASKING, asks=2, slips=1), ["repeated_asking"]),
        (replace(ASKING, asks=1, is_broken=True), ["missed_promise"]),
        (replace(QUIET, is_broken=True), []),
        (replace(QUIET, asks=5), []),
        (replace(ASKING, mood=Mood.SHARP, asks=1), ["sharp_word"]),
        (replace(QUIET, reads_as_grievance=True), ["dissatisfaction"]),
        (replace(QUIET, nature="dissatisfaction", reads_as_grievance=True), []),
        (replace(QUIET, nature="paid_service", reads_as_grievance=True), []),
        (
            replace(ASKING, mood=Mood.SHARP, asks=3, is_broken=True, reads_as_grievance=True),
            ["repeated_asking", "missed_promise", "sharp_word", "dissatisfaction"],
        ),
    ],
)
def test_the_signs_and_their_thresholds(standing: Standing, reasons: list[str]) -> None:
    assert signs_of(standing) == reasons


def test_a_question_about_the_state_is_an_ask_and_a_calm_detail_is_none() -> None:
    assert is_ask("ask_status", Mood.CALM)
    assert is_ask("add_detail", Mood.PRESSING)
    assert is_ask("", Mood.SHARP)
    assert not is_ask("add_detail", Mood.CALM)
    assert not is_ask("", Mood.CALM)


def test_an_order_keeps_its_nature_and_danger_its_severity() -> None:
    assert [turned_nature(n) for n in ("help_seeking", "consultation", "other")] == [
        "dissatisfaction"
    ] * 3
    assert turned_nature("paid_service") == "paid_service"
    assert turned_nature("emergency") == "emergency"
    assert [turned_severity(s) for s in ("general", "major", "emergency")] == [
        "major", "major", "emergency",
    ]  # fmt: skip
