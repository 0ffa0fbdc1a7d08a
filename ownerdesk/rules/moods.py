"""How an owner's message sounds: calm, pressing or sharp, by words in every language that is answered in.

The phrases are data (`content/moods.yml`). A sharp word that is denied ("I do not want to call my lawyer") is none,
and nobody who shouts thanks is impatient.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from ownerdesk.rules.emergency_phrases.text import cut, fold, is_break

MOODS_FILE = Path(__file__).resolve().parents[1] / "content" / "moods.yml"
LISTS = ("sharp", "pressing", "kind", "patient", "unless")
ANY_NUMBER = "<number>"

# A denial this many words before a sharp phrase, in the same clause, takes it back.
DENIAL_REACH = 4
# Shouting: so many words in capitals, so many letters, and so much of all letters.
SHOUTED_WORDS = 3
SHOUTED_LETTERS = 12
SHOUTED_SHARE = 0.7

_RUN = re.compile(r"[!?！？]{3,}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_NUMBER = re.compile(r"<number>")


class Mood(StrEnum):
    """How a message sounds."""

    CALM = "calm"
    PRESSING = "pressing"
    SHARP = "sharp"


@dataclass
class _Phrases:
    """Phrases by their first word, each with the list it stands in."""

    by_first: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)
    denials: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, words: tuple[str, ...], where: str) -> None:
        self.by_first.setdefault(words[0], []).append((words, where))


@dataclass(frozen=True)
class _Found:
    where: str
    start: int
    end: int


def mood_of(text: str) -> Mood:
    """The mood of one message; without words it is calm."""
    words = cut(fold(text))
    found = list(_find(words))
    excused = [f for f in found if f.where == "unless"]
    meant = {
        f.where
        for f in found
        if not any(f.start < e.end and e.start < f.end for e in excused)
        and not (f.where == "sharp" and _is_denied(words, f.start))
    }
    if "sharp" in meant:
        return Mood.SHARP
    is_shouted = is_shouting(text) and "kind" not in meant
    if ("pressing" in meant or is_shouted) and "patient" not in meant:
        return Mood.PRESSING
    return Mood.CALM


def is_shouting(text: str) -> bool:
    """Capitals throughout, or a run of exclamation or question marks."""
    if _RUN.search(text):
        return True
    words = [w for w in _WORD.findall(text) if w.lower() != w.upper()]
    letters = sum(map(len, words))
    loud = [w for w in words if w.isupper()]
    shouted = sum(map(len, loud))
    return (
        len(loud) >= SHOUTED_WORDS
        and shouted >= SHOUTED_LETTERS
        and shouted >= SHOUTED_SHARE * letters
    )


def _find(words: list[str]) -> Iterator[_Found]:
    phrases = _load()
    for start, word in enumerate(words):
        first = (word, ANY_NUMBER) if word.isdecimal() else (word,)
        for key in first:
            for phrase, where in phrases.by_first.get(key, ()):
                if _fits(words, start, phrase):
                    yield _Found(where, start, start + len(phrase))


def _fits(words: list[str], start: int, phrase: tuple[str, ...]) -> bool:
    if start + len(phrase) > len(words):
        return False
    return all(
        word == wanted or (wanted == ANY_NUMBER and word.isdecimal())
        for word, wanted in zip(words[start:], phrase, strict=False)
    )


def _is_denied(words: list[str], start: int) -> bool:
    """Whether a denial stands close before, with no break in between."""
    clause: list[str] = []
    for word in reversed(words[max(0, start - DENIAL_REACH) : start]):
        if is_break(word):
            break
        clause.insert(0, word)
    return any(
        tuple(clause[i : i + len(denial)]) == denial
        for denial in _load().denials
        for i in range(len(clause))
    )


@cache
def _load() -> _Phrases:
    """Raises ValueError with the entry for a file that says something unusable."""
    data = yaml.safe_load(MOODS_FILE.read_text(encoding="utf-8"))
    phrases = _Phrases()
    for language, lists in data.items():
        for where, words in _entries(language, lists):
            if where == "denials":
                phrases.denials.append(words)
            else:
                phrases.add(words, where)
    return phrases


def _entries(
    language: str, lists: Mapping[str, Iterable[object]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for where, entries in lists.items():
        if where not in (*LISTS, "denials"):
            raise ValueError(f"moods.yml: {language} has a list {where!r}")
        for entry in entries:
            if not isinstance(entry, str):
                raise ValueError(f"moods.yml: {language}, {where}: {entry!r} is no phrase")
            for variant in expand(entry):
                words = _as_words(variant)
                if words:
                    yield where, words


def _as_words(variant: str) -> tuple[str, ...]:
    parts = _NUMBER.split(variant)
    words: list[str] = []
    for number, part in enumerate(parts):
        words += ([ANY_NUMBER] if number else []) + cut(fold(part))
    return tuple(words)


def expand(phrase: str) -> list[str]:
    """Every spelling of a phrase with alternatives: `hart(o/a) de` → `harto de`, `harta de`."""
    variants, rest = _expand_sequence(phrase, 0)
    if rest != len(phrase):
        raise ValueError(f"moods.yml: a bracket too many in {phrase!r}")
    return variants


def _expand_sequence(phrase: str, at: int) -> tuple[list[str], int]:
    """Up to the end, or to the `/` or `)` that ends the alternative."""
    variants = [""]
    while at < len(phrase) and phrase[at] not in "/)":
        if phrase[at] == "(":
            choices, at = _expand_choice(phrase, at + 1)
            variants = [v + choice for v in variants for choice in choices]
        else:
            variants = [v + phrase[at] for v in variants]
            at += 1
    return variants, at


def _expand_choice(phrase: str, at: int) -> tuple[list[str], int]:
    choices: list[str] = []
    while True:
        variants, at = _expand_sequence(phrase, at)
        choices += ["" if v == "-" else v for v in variants]
        if at >= len(phrase):
            raise ValueError(f"moods.yml: a bracket is not closed in {phrase!r}")
        at += 1
        if phrase[at - 1] == ")":
            return choices, at
