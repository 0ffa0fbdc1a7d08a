"""What is worth a label, and when people agree about one."""

from __future__ import annotations

from typing import Any

import pytest

from ownerdesk.rules.emergencies import detect
from ownerdesk.rules.labelling import (
    Labels,
    Settled,
    Why,
    agreed_labels,
    reasons_in,
    settle,
    use_of,
    worth_of,
)

FAULT = Labels("help_seeking", "elevator").as_record()
DANGER = Labels("emergency", "fire_safety", "fire").as_record()
SURE = {"nature": "help_seeking", "nature_confidence": 0.98, "decision": "accept"}


def test_doubt_and_disagreement_about_danger_ask_for_a_label() -> None:
    fire = detect("fire on the stairs, flames!")
    assert fire is not None
    assert reasons_in(SURE, None, message_id=1) == []
    assert reasons_in(SURE | {"decision": "clarify"}, None, message_id=1) == [Why.UNSURE]
    assert reasons_in(SURE, fire, message_id=1) == [Why.SIGNS]
    danger = {"nature": "emergency", "nature_confidence": 0.9, "decision": "accept"}
    assert reasons_in(danger, None, message_id=1) == [Why.SIGNS]
    assert reasons_in(danger, fire, message_id=1) == []


def test_one_sure_message_in_a_hundred_is_looked_at_all_the_same_and_always_the_same_ones() -> None:
    taken = [n for n in range(10_000) if reasons_in(SURE, None, message_id=n) == [Why.SAMPLE]]
    assert 60 < len(taken) < 140
    assert taken == [n for n in range(10_000) if reasons_in(SURE, None, message_id=n)]


def test_what_a_person_said_teaches_most_and_doubt_adds_to_it() -> None:
    worths = [worth_of([why], SURE) for why in (Why.STAFF, Why.SIGNS, Why.UNSURE, Why.SAMPLE)]
    assert worths == sorted(worths, reverse=True)
    assert worth_of([Why.UNSURE], SURE | {"nature_confidence": 0.3}) > worth_of([Why.UNSURE], SURE)
    assert worth_of([Why.STAFF, Why.UNSURE, Why.SIGNS], {"nature_confidence": 0}) == 1.0


VOTES: list[tuple[list[tuple[str, dict[str, Any]]], Settled]] = [
    ([], Settled.OPEN),
    ([("skip", {})], Settled.OPEN),
    ([("labels", FAULT)], Settled.LABELS),
    ([("skip", {}), ("labels", FAULT)], Settled.LABELS),
    ([("labels", FAULT), ("labels", DANGER)], Settled.DISPUTED),
    ([("labels", FAULT), ("labels", DANGER), ("labels", DANGER)], Settled.LABELS),
    ([("labels", FAULT), ("labels", DANGER), ("out_of_scope", {})], Settled.DISPUTED),
    ([("delete", {})], Settled.DELETE),
    ([("delete", {}), ("labels", FAULT)], Settled.DISPUTED),
    ([("out_of_scope", {})], Settled.LABELS),
]


@pytest.mark.parametrize(("votes", "outcome"), VOTES)
def test_one_opinion_settles_and_two_that_differ_need_a_third(
    votes: list[tuple[str, dict[str, Any]]], outcome: Settled
) -> None:
    assert settle(votes) is outcome


def test_the_labels_are_those_of_the_majority() -> None:
    votes = [("labels", FAULT), ("labels", DANGER), ("skip", {}), ("labels", DANGER)]
    assert agreed_labels(votes) == Labels.of(DANGER)
    assert agreed_labels([("out_of_scope", {})]) == Labels("out_of_scope", "other")


@pytest.mark.parametrize(
    ("labels", "fault"),
    [
        (Labels("help_seeking", "elevator"), None),
        (Labels("thanks", "other"), None),
        (Labels("emergency", "fire_safety", "fire"), None),
        (Labels("weather", "elevator"), "intent"),
        (Labels("help_seeking", "weather"), "category"),
        (Labels("emergency", "fire_safety"), "kind"),
        (Labels("help_seeking", "elevator", "fire"), "kind"),
        (Labels("help_seeking", "elevator", "", ({"name": "floor", "start": 2, "end": 9},)), "entities"),
        (Labels("help_seeking", "elevator", "", ({"name": "floor", "start": 0, "end": 4},)), None),
        (Labels("help_seeking", "elevator", "", ({"name": "mood", "start": 0, "end": 4},)), "entities"),
        (Labels("help_seeking", "elevator", "", ({"name": "floor", "start": 2, "end": 4}, {"name": "unit", "start": 0, "end": 2})), None),
        (Labels("help_seeking", "elevator", "", ({"name": "floor", "start": 0, "end": 4}, {"name": "unit", "start": 3, "end": 5})), "entities"),
    ],
)  # fmt: skip
def test_labels_that_cannot_be_are_named(labels: Labels, fault: str | None) -> None:
    intents = ("help_seeking", "emergency", "thanks", "out_of_scope")
    assert labels.find_fault(intents, "lift") == fault


def test_near_duplicates_are_all_trained_on_or_all_tested_with() -> None:
    uses = [use_of(group) for group in range(2000)]
    assert 0.12 < uses.count("test") / len(uses) < 0.18
    assert uses == [use_of(group) for group in range(2000)]
