"""What is wrong with a data set is found before it is trained on, and said with the examples it is about."""

from __future__ import annotations

from ownerdesk.rules.dataset_checks import Finding, Taught, check_examples

BASE = [
    Taught(None, f"message {word} of the house", "en", "help_seeking", "elevator")
    for word in ("one", "two", "three", "four", "five")
]


def own(number: int, text: str, intent: str = "help_seeking", category: str = "elevator") -> Taught:
    return Taught(number, text, "en", intent, category)


def kinds(findings: list[Finding]) -> list[tuple[str, tuple[int, ...]]]:
    return [(finding.kind, finding.ids) for finding in findings]


def test_a_sound_set_has_no_findings() -> None:
    assert check_examples([*BASE, own(1, "the lift hums at night")], ["no hot water"]) == []


def test_nothing_and_a_class_of_too_few_stop_a_training() -> None:
    [nothing] = check_examples([], [])
    assert nothing.stops
    [few] = check_examples([*BASE, own(1, "hello there", "greet", "other")], [])
    assert (few.kind, few.subject, few.count, few.stops) == ("few", "greet", 1, True)


def test_an_own_category_of_too_few_is_told_of_and_one_of_none_stops_nothing() -> None:
    texts = [own(1, "there is algae in the pond", category="pond")]
    [few, none] = check_examples([*BASE, *texts], [], ["pond", "roof_bar", "elevator"])
    assert (few.kind, few.subject, few.count, few.stops) == ("few", "pond", 1, True)
    assert (none.kind, none.subject, none.count, none.stops) == ("few", "roof_bar", 0, False)


def test_the_same_words_with_other_labels_contradict_each_other() -> None:
    texts = [own(1, "The lift is BROKEN!"), own(2, "the lift is broken", category="intercom")]
    [finding] = check_examples([*BASE, *texts], [])
    assert (finding.kind, finding.ids, finding.stops) == ("contradiction", (1, 2), False)
    against_base = check_examples([*BASE, own(3, "Message two of the house", category="noise")], [])
    assert kinds(against_base) == [("contradiction", (3,))]


def test_the_same_words_twice_are_a_duplicate() -> None:
    texts = [own(1, "The lift is broken"), own(2, "the lift, is broken")]
    assert kinds(check_examples([*BASE, *texts], [])) == [("duplicate", (1, 2))]


def test_sentences_from_one_mould_are_found() -> None:
    texts = [own(n, f"please repair at once the {thing}") for n, thing in enumerate("abcd", 1)]
    assert kinds(check_examples([*BASE, *texts], [])) == [("frame", (1, 2, 3, 4))]
    assert check_examples([*BASE, *texts[:3]], []) == []


def test_an_example_near_a_test_message_is_a_leak() -> None:
    tests = ["The lift on the third floor makes a grinding noise"]
    near = own(1, "the lift on the third floor makes a grinding noise.")
    assert kinds(check_examples([*BASE, near, own(2, "thanks a lot")], tests)) == [("leak", (1,))]
