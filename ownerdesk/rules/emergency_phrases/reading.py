"""Finds the phrases of the lexicon in a message."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from ownerdesk.rules.emergency_phrases.lexicon import ANY_NUMBER, Lexicon, Node
from ownerdesk.rules.emergency_phrases.text import cut, fold, is_break, undouble

HARMLESS = "harmless"
_FIRST_HAN = "\u3400"


class Mark(NamedTuple):
    """One idea found in the words from `start` up to, not including, `end`."""

    start: int
    end: int
    idea: str


@dataclass(frozen=True, slots=True)
class Reading:
    words: list[str]
    marks: dict[str, list[Mark]]
    """By idea, in the order of the text."""
    widths: list[int]
    """How far into the message each word begins: a Chinese character counts half a word."""

    def gap(self, one: Mark, other: Mark) -> int:
        """Half words between two marks; 0 when they touch or overlap."""
        first, second = (one, other) if one.start <= other.start else (other, one)
        return max(0, self.widths[second.start] - self.widths[first.end])


def read(text: str, lexicon: Lexicon) -> Reading | None:
    """None when no sign's words are all in it, which is true of most messages."""
    known = lexicon.known_words
    words = [word if word in known else _recognise(word, lexicon) for word in cut(fold(text))]
    found = _find_phrases(words, lexicon)
    ideas = {idea for _, _, idea in found}
    if lexicon.danger_ideas.isdisjoint(ideas):
        return None
    if not any(sign.is_named_in(ideas) for sign in lexicon.signs):
        return None
    marks: dict[str, list[Mark]] = {}
    for mark in _without_harmless([Mark(*mark) for mark in found], lexicon):
        marks.setdefault(mark.idea, []).append(mark)
    return Reading(words=words, marks=marks, widths=[0, *accumulate(map(_width, words))])


def _recognise(word: str, lexicon: Lexicon) -> str:
    """A word the phrases do not contain: misspelt, a number, with doubled letters, or of no matter here."""
    if word[0] >= _FIRST_HAN:
        return word
    if word.isdigit():
        return ANY_NUMBER
    if (meant := lexicon.slips.get(word)) is not None:
        return meant
    single = undouble(word)
    return single if single in lexicon.known_words else lexicon.slips.get(single, word)


def _find_phrases(words: list[str], lexicon: Lexicon) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    first_words = lexicon.phrases
    length = len(words)
    for start in [i for i, word in enumerate(words) if word in first_words]:
        node: Node | None = first_words[words[start]]
        end = start
        while node is not None:
            end += 1
            for idea in node.ideas:
                found.append((start, end, idea))
            if end == length or node.children is None:
                break
            node = node.children.get(words[end])
    return found


def _without_harmless(found: list[Mark], lexicon: Lexicon) -> list[Mark]:
    """Drop what a harmless phrase covers that is at least as long: `fire` in "fire extinguisher".

    What excuses a sign is never dropped, nor a phrase that is harmless and something else as well.
    """
    covering: dict[int, list[Mark]] = {}
    for mark in found:
        if mark.idea == HARMLESS:
            for i in range(mark.start, mark.end):
                covering.setdefault(i, []).append(mark)
    if not covering:
        return found
    return [
        mark
        for mark in found
        if mark.idea in lexicon.excuses
        or not any(_covers(over, mark) for i in range(*mark[:2]) for over in covering.get(i, ()))
    ]


def _covers(harmless: Mark, mark: Mark) -> bool:
    longer = (harmless.end - harmless.start) - (mark.end - mark.start)
    return longer > 0 or (longer == 0 and harmless.start != mark.start)


def _width(word: str) -> int:
    if word[0] >= _FIRST_HAN:
        return 1 if len(word) == 1 else 2
    return 0 if is_break(word) else 2
