"""A company's own phrases beside the shipped ones: what can be one, what it changes, and that nothing else changes."""

from __future__ import annotations

import pytest

from ownerdesk.adapters.labelled_messages import read_phrase_tests
from ownerdesk.rules.emergencies import detect, detect_with, find_words
from ownerdesk.rules.emergency_phrases.changes import (
    Changes,
    find_fault,
    ideas_of_signs,
    list_languages,
    with_changes,
)
from ownerdesk.rules.emergency_phrases.lexicon import (
    Phrase,
    list_shipped,
    load_lexicon,
    word_sequences,
)
from ownerdesk.rules.emergency_phrases.trials import Found, Labelled, try_phrases

DRAGON = Phrase("en", "on_fire", "dragon (breath/breathing)")
SPOKEN = "There is dragon breath in the kitchen"


def lexicon(*added: Phrase, off: tuple[Phrase, ...] = ()):  # type: ignore[no-untyped-def]
    return with_changes(load_lexicon(), Changes(added, off))


def test_an_own_phrase_raises_the_alarm_and_the_shipped_lexicon_is_left_alone() -> None:
    with_dragon = lexicon(DRAGON)
    sign = detect_with(SPOKEN, with_dragon)
    assert sign is not None
    assert (sign.kind, sign.certain) == ("fire", True)
    assert find_words(SPOKEN, sign, with_dragon) == ["dragon breath"]
    assert detect(SPOKEN) is None
    assert detect_with("No dragon breath here, all is well", with_dragon) is None, "it is denied"


def test_own_phrases_change_no_message_that_does_not_have_them() -> None:
    with_dragon = lexicon(DRAGON)
    texts = [one.text for one in read_phrase_tests()][::7]
    assert [detect_with(text, with_dragon) for text in texts] == [detect(text) for text in texts]


def test_a_switched_off_phrase_is_silent_and_what_others_say_as_well_stays() -> None:
    emergencies = [one for one in read_phrase_tests() if one.is_danger and one.language == "en"]
    shipped = next(p for p in list_shipped() if p.language == "en" and p.text == "onfire")
    silent = lexicon(off=(shipped,))
    assert detect("the bin is onfire") is not None
    assert detect_with("the bin is on fire", silent) is not None
    assert detect_with("onfire", silent) != detect("onfire")
    assert len(emergencies) > 50


def test_everything_shipped_can_be_read_and_may_be_chosen() -> None:
    known = ideas_of_signs()
    wrong = [p for p in list_shipped()[::5] if p.idea in known and find_fault(p) == "syntax"]
    assert wrong == []
    assert {"en", "es", "zh"} <= set(list_languages())


@pytest.mark.parametrize(
    ("phrase", "fault"),
    [
        (DRAGON, None),
        (Phrase("zh", "on_fire", "失火"), None),
        (Phrase("xx", "on_fire", "dragon breath"), "language"),
        (Phrase("en", "dragons", "dragon breath"), "meaning"),
        (Phrase("en", "filling", "dragon breath"), "meaning"),
        (Phrase("en", "on_fire", "  "), "missing"),
        (Phrase("en", "on_fire", "(dragon"), "syntax"),
        (Phrase("en", "on_fire", "dragon)"), "syntax"),
        (Phrase("en", "on_fire", "<dragon> breath"), "syntax"),
        (Phrase("en", "on_fire", "x" * 121), "too_long"),
        (Phrase("en", "on_fire", "a dragon is in the cellar and breathes at us all the time"), "too_long"),
        (Phrase("en", "on_fire", "(a/b/c)" * 9), "ways"),
        (Phrase("en", "on_fire", "(a/b)" * 24), "ways"),
        (Phrase("en", "on_fire", "(dragon/-)"), "short"),
        (Phrase("en", "on_fire", "it"), "short"),
        (Phrase("zh", "on_fire", "火"), "short"),
        (Phrase("en", "on_fire", "!!!"), "short"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_phrase_says_why(phrase: Phrase, fault: str | None) -> None:
    assert find_fault(phrase) == fault


def test_a_phrase_is_read_as_a_message_is() -> None:
    assert word_sequences(Phrase("es", "on_fire", "DRAGÓN (-/grande)")) == [
        ("dragon",), ("dragon", "grande"),
    ]  # fmt: skip


def test_a_trial_names_the_messages_that_change_for_better_and_worse() -> None:
    messages = [
        Labelled("s", "1", SPOKEN, "en", is_danger=True),
        Labelled("s", "2", "the dragon breath candle I ordered has come", "en", is_danger=False),
        Labelled("s", "3", "the bin is on fire", "en", is_danger=True),
        Labelled("s", "4", "the lift hums", "en", is_danger=False),
    ]
    trial = try_phrases(messages, load_lexicon(), lexicon(DRAGON))
    assert trial.emergencies == (Found(2, 1, 1), Found(2, 2, 2))
    assert trial.false_alarms == (Found(2, 0, 0), Found(2, 1, 1))
    assert [one.message.id for one in trial.changes] == ["1", "2"]
    assert [one.message.id for one in trial.frightened] == ["2"]
    assert trial.missed == []
    back = try_phrases(messages, lexicon(DRAGON), load_lexicon())
    assert [one.message.id for one in back.missed] == ["1"]
    record = back.as_record()
    assert (record["missed"], record["messages"][0]["id"]) == (1, "1"), "the worst comes first"
