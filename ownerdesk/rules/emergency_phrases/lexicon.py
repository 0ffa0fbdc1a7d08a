"""Loads the emergency phrases: ideas (what words mean, per language) and signs (ideas that together mean danger).

A phrase in the files is a sequence of words; `(a/b/-)` stands for a, b or nothing, also within a word
(`atrapad(o/a)`), `<name>` for a shorthand of the same file and `<number>` for any number.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ownerdesk.model.labels import KINDS
from ownerdesk.rules.emergency_phrases.text import cut, fold

PHRASES_FOLDER = Path(__file__).resolve().parents[2] / "content" / "emergency_phrases"
SIGNS_FILE = "signs.yml"
DEFAULT_WITHIN = 8
ANY_NUMBER = "0"
MOST_SPELT = 20_000

_PIECES = re.compile(r"[()/]|[^()/]+")
_SHORTHAND = re.compile(r"<(\w+)>")


class EmergencyPhrasesUnusable(ValueError):
    """A phrase file is missing or says something the rules cannot use; the message names file and entry."""


class TooManyWays(ValueError):
    """The choices of a phrase multiply beyond what can be written out."""


@dataclass(slots=True)
class Node:
    """One step in the tree of all phrases; `ideas` is not empty where a phrase ends."""

    ideas: tuple[str, ...] = ()
    # Most steps are last ones: an empty dict for each would double the memory.
    children: dict[str, Node] | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """Ideas that, close to each other, are a sign of one kind of emergency."""

    id: str
    kind: str
    certain: bool
    danger: tuple[tuple[str, ...], ...]
    """Each entry is one idea or several that do equally; all are weighed by the scopes."""
    context: tuple[tuple[str, ...], ...]
    """The same for places, persons and things, which only have to be named."""
    unless: tuple[str, ...]
    within: int
    in_order: bool
    at_most: int | None
    """The sign counts only in a message of at most so many words."""

    def is_named_in(self, ideas: Container[str]) -> bool:
        """Is there at least a word for everything the sign is made of?"""
        for choice in (*self.danger, *self.context):
            if not any(idea in ideas for idea in choice):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Lexicon:
    phrases: Mapping[str, Node]
    known_words: frozenset[str]
    slips: Mapping[str, str]
    signs: tuple[Sign, ...]
    danger_ideas: frozenset[str]
    excuses: frozenset[str]
    """Ideas that only ever excuse a sign."""


@cache
def load_lexicon(folder: Path = PHRASES_FOLDER) -> Lexicon:
    """Read every phrase file once; refuses with `EmergencyPhrasesUnusable`."""
    signs_file = folder / SIGNS_FILE
    if not signs_file.is_file():
        raise EmergencyPhrasesUnusable(f"{signs_file} is missing")
    root = Node()
    slips: dict[str, str] = {}
    known_words: set[str] = set()
    ideas: set[str] = set()
    for path in _list_files(folder):
        document = _load(path)
        short = {"number": ANY_NUMBER, **document.get("short", {})}
        for idea, phrases in document.get("ideas", {}).items():
            for phrase in _expand_all(phrases, short, f"{path.name}: {idea}"):
                words = [sys.intern(word) for word in cut(fold(phrase))]
                if not words:
                    raise EmergencyPhrasesUnusable(f"{path.name}: {idea}: a phrase without a word")
                _add_phrase(root, words, idea)
                known_words.update(words)
            ideas.add(idea)
        slips.update(_make_slips(document.get("slips", {})))
        known_words.update(document.get("slips", {}).get("real_words", ()))
    signs = tuple(_parse_sign(entry) for entry in _load(signs_file)["signs"])
    _check(signs, ideas)
    return Lexicon(
        phrases=root.children or {},
        known_words=frozenset(known_words),
        slips={slip: word for slip, word in slips.items() if slip not in known_words},
        signs=tuple(sorted(signs, key=lambda sign: not sign.certain)),
        danger_ideas=frozenset(idea for s in signs for choice in s.danger for idea in choice),
        excuses=frozenset(idea for s in signs for idea in s.unless)
        - {idea for s in signs for choice in (*s.danger, *s.context) for idea in choice},
    )


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as somebody writes it. `language` is the name of a file of the content, such as `es`."""

    language: str
    idea: str
    text: str


@cache
def list_shipped(folder: Path = PHRASES_FOLDER) -> tuple[Phrase, ...]:
    """Every phrase of the files, in their order."""
    return tuple(
        Phrase(path.stem, idea, str(text))
        for path in _list_files(folder)
        for idea, texts in _load_once(path).get("ideas", {}).items()
        for text in texts
    )


def word_sequences(phrase: Phrase, folder: Path = PHRASES_FOLDER) -> list[tuple[str, ...]]:
    """Every way a phrase can be said, in the words that a message is read in. Raises ValueError for what is no phrase:
    an open bracket, a shorthand that its language has not."""
    path = folder / f"{phrase.language}.yml"
    short = _load_once(path).get("short", {}) if path.is_file() else {}
    try:
        said = expand(phrase.text, {"number": ANY_NUMBER, **short})
    except KeyError as error:
        raise ValueError(f"there is no shorthand {error}") from None
    return list(dict.fromkeys(tuple(map(sys.intern, cut(fold(one)))) for one in said))


def expand(phrase: str, shorthands: Mapping[str, str]) -> list[str]:
    """Write out the choices of one phrase; choices may stand within choices."""
    while _SHORTHAND.search(phrase):
        phrase = _SHORTHAND.sub(lambda found: f"({shorthands[found[1]]})", phrase)
    pieces = _PIECES.findall(phrase)
    written = _spell_out(pieces)
    if pieces:
        raise ValueError(f"nothing opens the bracket before {''.join(pieces)!r}")
    return written


def _spell_out(pieces: list[str], *, within_choice: bool = False) -> list[str]:
    """Consume the pieces up to the `)` or `/` that ends this sequence."""
    written = [""]
    while pieces and not (pieces[0] == ")" or (within_choice and pieces[0] == "/")):
        piece = pieces.pop(0)
        endings = _read_choice(pieces) if piece == "(" else [piece]
        if len(written) * len(endings) > MOST_SPELT:
            raise TooManyWays
        written = [start + end for start in written for end in endings]
    return written


def _read_choice(pieces: list[str]) -> list[str]:
    choices: list[str] = []
    while True:
        choices += ["" if c.strip() == "-" else c for c in _spell_out(pieces, within_choice=True)]
        if not pieces:
            raise ValueError("a bracket is not closed")
        if pieces.pop(0) == ")":
            return choices


def _expand_all(phrases: Iterable[str], shorthands: Mapping[str, str], where: str) -> Iterable[str]:
    for phrase in phrases:
        try:
            yield from expand(str(phrase), shorthands)
        except (KeyError, ValueError) as error:
            raise EmergencyPhrasesUnusable(f"{where}: {phrase!r}: {error}") from error


def _list_files(folder: Path) -> list[Path]:
    """Those with words, one a language."""
    return [path for path in sorted(folder.glob("*.yml")) if path.name != SIGNS_FILE]


@cache
def _load_once(path: Path) -> Any:
    return _load(path)


def _load(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506
    except yaml.YAMLError as error:
        raise EmergencyPhrasesUnusable(f"{path.name}: {error}") from error


# The C loader is ten times as fast and as safe; it is missing where PyYAML was built without libyaml.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _add_phrase(root: Node, words: list[str], idea: str) -> None:
    node = root
    for word in words:
        if node.children is None:
            node.children = {}
        following = node.children.get(word)
        if following is None:
            node.children[word] = following = Node()
        node = following
    if idea not in node.ideas:
        node.ideas = (*node.ideas, idea)


def _parse_sign(entry: Mapping[str, Any]) -> Sign:
    def choices(name: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(choice.split("|")) for choice in entry.get(name, ()))

    try:
        return Sign(
            id=entry["id"],
            kind=entry["kind"],
            certain=entry["certain"],
            danger=choices("danger"),
            context=choices("with"),
            unless=tuple(entry.get("unless", ())),
            within=entry.get("within", DEFAULT_WITHIN),
            in_order=entry.get("in_order", False),
            at_most=entry.get("at_most"),
        )
    except KeyError as error:
        raise EmergencyPhrasesUnusable(f"{SIGNS_FILE}: {entry}: no {error}") from error


def _check(signs: tuple[Sign, ...], ideas: set[str]) -> None:
    seen: set[str] = set()
    for sign in signs:
        if sign.kind not in KINDS:
            raise EmergencyPhrasesUnusable(f"{sign.id}: unknown kind {sign.kind}")
        if sign.id in seen:
            raise EmergencyPhrasesUnusable(f"{sign.id} stands twice in {SIGNS_FILE}")
        seen.add(sign.id)
        used = {idea for choice in (*sign.danger, *sign.context) for idea in choice}
        missing = (used | set(sign.unless)) - ideas
        if missing or not sign.danger:
            raise EmergencyPhrasesUnusable(f"{sign.id}: no danger, or no words for {missing}")


def _make_slips(section: Mapping[str, Any]) -> dict[str, str]:
    """The ways a hurried thumb misspells the listed words, and the slips listed one by one.

    The first letter is kept: people rarely miss it, and most confusions with other words begin there.
    """
    slips: dict[str, str] = {}
    for word in section.get("of", ()):
        for i in range(1, len(word)):
            slips.setdefault(word[:i] + word[i + 1 :], word)
            slips.setdefault(word[:i] + word[i] + word[i:], word)
            if i + 1 < len(word):
                slips.setdefault(word[:i] + word[i + 1] + word[i] + word[i + 2 :], word)
            if len(word) >= 8:
                for letter in "abcdefghijklmnopqrstuvwxyz":
                    slips.setdefault(word[:i] + letter + word[i + 1 :], word)
    slips.update({str(slip): str(word) for slip, word in section.get("listed", {}).items()})
    return slips
