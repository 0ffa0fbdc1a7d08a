"""A report tells figures of each class in each language, and which messages changed."""

from __future__ import annotations

from ownerdesk.rules.model_reports import (
    TAUGHT,
    changes,
    list_outdated,
    readings_of,
    report_on,
)
from tests.make_models import FIXED, judge, make_sets


def test_every_language_has_its_classes_and_its_emergencies() -> None:
    languages = report_on(make_sets(missed=4))["sets"][FIXED]["languages"]
    assert set(languages) == {"en", "es"}
    assert languages["en"]["natures"]["emergency"] == {"count": 20, "found": 16, "hits": 16}
    assert languages["en"]["emergencies"]["low"]["alarmed"] == 16
    assert languages["es"]["natures"] == {"consultation": {"count": 20, "found": 20, "hits": 20}}
    assert languages["es"]["emergencies"]["high"]["dangers"] == 0


def test_only_messages_that_turned_right_or_wrong_have_changed() -> None:
    def read(*judged: tuple[str, str]) -> dict[str, dict[str, list[object]]]:
        return readings_of({FIXED: [judge(key, "emergency", read_as) for key, read_as in judged]})

    before = read(
        ("a", "emergency"), ("b", "consultation"), ("c", "consultation"), ("gone", "other")
    )
    after = read(("a", "help_seeking"), ("b", "emergency"), ("c", "help_seeking"), ("new", "other"))
    found = [(key, was[3], now[3]) for _, key, was, now in changes(before, after)]
    assert found == [("a", True, False), ("b", False, True)]


def test_what_was_taught_is_compared_and_never_measured_with() -> None:
    sets = make_sets() | {TAUGHT: [judge("7", "dissatisfaction", "dissatisfaction")]}
    assert set(report_on(sets)["sets"]) == {FIXED}
    assert readings_of(sets)[TAUGHT]["7"][3] is True


def test_a_set_is_outdated_once_other_messages_are_in_it() -> None:
    read = {FIXED: {"a": [], "b": []}, TAUGHT: {"1": []}}
    assert list_outdated(read, {FIXED: ["b", "a"], TAUGHT: ["1"]}) == []
    assert list_outdated(read, {FIXED: ["a", "b"], TAUGHT: ["1", "2"]}) == [TAUGHT]
    assert list_outdated(read, {FIXED: ["a", "c"]}) == [FIXED, TAUGHT]
    assert list_outdated(None, {FIXED: ["a"]}) == [FIXED]
