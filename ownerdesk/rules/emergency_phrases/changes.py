"""What a company changes of the emergency phrases: phrases of its own, and shipped ones switched off.

The shipped lexicon is never touched: what changes is copied along its path, so that two of them share nearly all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ownerdesk.rules.emergency_phrases.lexicon import (
    Lexicon,
    Node,
    Phrase,
    TooManyWays,
    list_shipped,
    load_lexicon,
    word_sequences,
)

LONGEST_TEXT = 120
LONGEST_SAID = 12  # words; a sign looks no further
MOST_WAYS = 200
LEAST_LETTERS = 3
LEAST_HAN = 2
# Of everyday messages, three in a thousand: what alarms more of them is a word that everybody uses.
COMMON_SHARE = 0.003
_HAN = "\u3040"


@dataclass(frozen=True)
class Changes:
    """`added` are the company's own, `switched_off` are shipped ones."""

    added: tuple[Phrase, ...] = ()
    switched_off: tuple[Phrase, ...] = ()

    def as_record(self) -> dict[str, list[list[str]]]:
        """As it is stored."""
        return {"added": _rows(self.added), "switched_off": _rows(self.switched_off)}

    @classmethod
    def of(cls, added: Iterable[Sequence[str]], switched_off: Iterable[Sequence[str]]) -> Changes:
        return cls(
            tuple(Phrase(*row) for row in added), tuple(Phrase(*row) for row in switched_off)
        )


def _rows(phrases: Iterable[Phrase]) -> list[list[str]]:
    return [[one.language, one.idea, one.text] for one in phrases]


@cache
def ideas_of_signs() -> Mapping[str, tuple[str, bool] | None]:
    """What a phrase may mean: every idea that a sign is made of. The value is the kind of emergency and whether it is
    certain where the idea alone is a sign; None where it counts beside others only."""
    lexicon = load_lexicon()
    found: dict[str, tuple[str, bool] | None] = {}
    for sign in lexicon.signs:  # the certain ones come first
        for choice in (*sign.danger, *sign.context):
            for idea in choice:
                found.setdefault(idea, None)
        if len(sign.danger) == 1 and not sign.context and sign.at_most is None:
            for idea in sign.danger[0]:
                found[idea] = found[idea] or (sign.kind, sign.certain)
    return found


@cache
def list_languages() -> tuple[str, ...]:
    """Those that phrases are shipped in; `more` holds a few words of several others."""
    return tuple(dict.fromkeys(phrase.language for phrase in list_shipped()))


def find_fault(phrase: Phrase) -> str | None:
    """Why it cannot be a phrase: `language`, `meaning`, `missing`, `too_long`, `syntax`, `ways` or `short`."""
    if phrase.language not in list_languages():
        return "language"
    if phrase.idea not in ideas_of_signs():
        return "meaning"
    if not phrase.text.strip():
        return "missing"
    if len(phrase.text) > LONGEST_TEXT:
        return "too_long"
    try:
        ways = word_sequences(phrase)
    except TooManyWays:
        return "ways"
    except (ValueError, RecursionError):
        return "syntax"
    if len(ways) > MOST_WAYS:
        return "ways"
    if any(len(way) > LONGEST_SAID for way in ways):
        return "too_long"
    if not all(map(_is_long_enough, ways)):
        return "short"
    return None


def _is_long_enough(way: Sequence[str]) -> bool:
    """A single short word stands in every second message."""
    letters = "".join(word for word in way if word[0].isalnum())
    if any(letter >= _HAN for letter in letters):
        return len(letters) >= LEAST_HAN
    return len(letters) >= LEAST_LETTERS


def with_changes(shipped: Lexicon, changes: Changes) -> Lexicon:
    """The lexicon with them. What another phrase of the same idea says as well stays, whatever is switched off.

    Raises ValueError for a phrase that cannot be read.
    """
    if changes == Changes():
        return shipped
    root = Node((), dict(shipped.phrases))
    copied = {id(root)}
    kept = _still_said(changes)
    for phrase in changes.switched_off:
        for way in word_sequences(phrase):
            if (phrase.idea, way) not in kept:
                node = _copy_path(root, way, copied)
                node.ideas = tuple(idea for idea in node.ideas if idea != phrase.idea)
    words: set[str] = set()
    for phrase in changes.added:
        for way in word_sequences(phrase):
            node = _copy_path(root, way, copied)
            if phrase.idea not in node.ideas:
                node.ideas = (*node.ideas, phrase.idea)
            words.update(way)
    return replace(
        shipped,
        phrases=root.children or {},
        known_words=shipped.known_words | words,
        slips={slip: word for slip, word in shipped.slips.items() if slip not in words},
    )


def _still_said(changes: Changes) -> set[tuple[str, tuple[str, ...]]]:
    off = set(changes.switched_off)
    ideas = {phrase.idea for phrase in off}
    return {
        (phrase.idea, way)
        for phrase in list_shipped()
        if phrase.idea in ideas and phrase not in off
        for way in word_sequences(phrase)
    }


def _copy_path(root: Node, way: Sequence[str], copied: set[int]) -> Node:
    """The step at the end of these words, made where there is none; every step on the way is a copy of our own."""
    node = root
    for word in way:
        if node.children is None:
            node.children = {}
        following = node.children.get(word)
        if following is None or id(following) not in copied:
            following = (
                Node()
                if following is None
                else Node(following.ideas, dict(following.children) if following.children else None)
            )
            copied.add(id(following))
            node.children[word] = following
        node = following
    return node


def as_plain(changes: Changes) -> dict[str, Any]:
    """For the audit log: lines people can read."""
    return {
        name: [f"{language}: {text} ({idea})" for language, idea, text in rows]
        for name, rows in changes.as_record().items()
    }
