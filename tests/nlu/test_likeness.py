"""The training messages are no templates, and the test messages are none of them with other words put in."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from nlu.components.text import HAN, clean, fold, units
from ownerdesk.supervisor.roster import REPOSITORY
from tests.nlu.test_data import FILES, Example, all_examples

TESTED = sorted((REPOSITORY / "tests" / "data").glob("*/*.csv"))
COMMON = 150  # so many of the commonest words of a language make the frame of a sentence
KEPT = 4  # with fewer of them in it a sentence has no frame worth the name
MOST = 3
NEAR = 0.5
# Everybody greets and thanks alike: runs of letters below which a likeness proves nothing.
SHORTEST = 12


@cache
def common_words(language: str) -> frozenset[str]:
    counts = Counter(
        word
        for example in all_examples()
        if example.language == language
        for word in words_of(example.text)
    )
    return frozenset(word for word, _ in counts.most_common(COMMON))


def words_of(text: str) -> list[str]:
    return [unit for unit, _ in units(fold(clean(text))) if unit not in "?!¿¡"]


def frame_of(text: str, common: frozenset[str]) -> tuple[str, ...] | None:
    """The common words of a sentence in their order, with one gap for whatever stands between them."""
    frame: list[str] = []
    for word in words_of(text):
        mark = word if word in common else "_"
        if mark != "_" or not frame or frame[-1] != "_":
            frame.append(mark)
    kept = sum(mark != "_" for mark in frame)
    return tuple(frame) if kept >= KEPT and len(frame) > kept else None


def overused(examples: Iterable[tuple[str, str]]) -> dict[tuple[str, ...], list[str]]:
    frames: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for text, language in examples:
        frame = frame_of(text, common_words(language))
        if frame is not None:
            frames[(language, *frame)].append(text)
    return {frame: texts for frame, texts in frames.items() if len(texts) > MOST}


def letters_of(text: str) -> frozenset[str]:
    """Runs of letters: of two Chinese characters, of four letters otherwise."""
    bare = re.sub(r"[\W_]+", "", clean(text).lower())
    size = 2 if HAN.search(bare) else 4
    return frozenset(bare[at : at + size] for at in range(len(bare) - size + 1))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def texts_of(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["text"]


def near_pairs(tested: Iterable[str], taught: list[Example]) -> list[tuple[str, str]]:
    """Pairs that share half of their runs of letters; both must be long enough to be anybody's own."""
    runs = [letters_of(example.text) for example in taught]
    places: dict[str, list[int]] = defaultdict(list)
    for place, of_one in enumerate(runs):
        for run in of_one:
            places[run].append(place)
    pairs = []
    for text in tested:
        own = letters_of(text)
        if len(own) < SHORTEST:
            continue
        shared = Counter(place for run in own for place in places.get(run, ()))
        pairs += [
            (text, taught[place].text)
            for place, _ in shared.most_common(5)
            if len(runs[place]) >= SHORTEST and likeness(own, runs[place]) >= NEAR
        ]
    return pairs


def test_no_sentence_frame_occurs_more_than_three_times() -> None:
    assert overused((example.text, example.language) for example in all_examples()) == {}


def test_a_template_would_be_found() -> None:
    things = ("hinge", "boiler", "sink", "radiator")
    made = [
        (f"could you please send someone to fix the {thing} in my kitchen", "en")
        for thing in things
    ]
    assert len(overused(made)) == 1
    assert overused(made[:MOST]) == {}


@pytest.mark.parametrize("path", TESTED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_test_message_is_a_training_message_with_other_words(path: Path) -> None:
    assert near_pairs(texts_of(path), all_examples()) == []


def test_a_test_message_with_one_other_word_would_be_found() -> None:
    text = "the radiator in the kids room is stone cold since monday morning"
    taught = [Example(text, "help_seeking", "heating", None, "en")]
    assert near_pairs([text.replace("kids", "guest")], taught)
    assert not near_pairs(["my fob does not open the bicycle cellar any more"], taught)


def test_every_file_says_how_it_was_made() -> None:
    for path in FILES:
        head = path.read_text(encoding="utf-8").split("version:")[0]
        assert "Ownerdesk" in head, path
        assert re.search(r"written|composed", head, re.IGNORECASE), path


def test_there_is_enough_of_everything() -> None:
    """The numbers that were promised for each language, and 400 messages that are none of the desk's business."""
    counts = Counter(example.language for example in all_examples())
    assert (counts["en"] >= 2500, counts["es"] >= 1800, counts["zh"] >= 1800) == (True,) * 3
    assert sum(example.intent == "out_of_scope" for example in all_examples()) >= 400
