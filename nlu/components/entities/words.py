"""The words of a text, each with what the word lists say of it.

All languages are read at once, because owners mix them. Latin entries are whole words, of one to five; Chinese
entries are runs of characters, the longest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nlu.components.text import HAN, fold

FOLDER = Path(__file__).with_name("words")
NOTHING: Mapping[str, str] = {}

_PIECE = re.compile(
    r"\d+"
    r"|[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
    r"|(?:(?![\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])[^\W\d_])+"
    r"(?:['’](?:(?![\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])[^\W\d_])+)*"
    r"|\S"
)
_DIGITS = dict(zip("零〇一二三四五六七八九", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)) | {
    "两": 2
}
_HAN_NUMERALS = frozenset(_DIGITS) | frozenset("十百")
_LONGEST_NUMERAL = 6
# Marks of our own, so that most words are passed over with one look.
TIME, ADDRESS, NAMED = "may begin a time", "may belong to an address", "may be a place or a thing"
_USES = {
    TIME: frozenset(
        [
            "in",
            "half_hour",
            "after",
            "before",
            "by",
            "by_day",
            "between",
            "days",
            "weekdays",
            "next",
            "this",
            "day_parts",
            "months",
            "parts",
            "at",
            "clock_words",
            "half_before",
            "numbers",
            "numbers_after_las",
        ]
    ),
    ADDRESS: frozenset(
        [
            "building",
            "entrance",
            "floor",
            "unit",
            "building_after",
            "entrance_after",
            "floor_after",
            "unit_after",
            "ordinals_after",
        ]
    ),
    NAMED: frozenset(["things", "things_after_a_word", "places"]),
}
_MOST_DIGITS = 9
_SHORTEST_DRAWN = 3
_UNDRAWN = re.compile(r"(.)\1{2,}")


class Word:
    """One entry of the word lists, or one piece of text they do not have.

    `marks` maps a key of the lists (`building`, `places`, `weekdays`…) to what the entry stands for there.
    `number` is set for digits and for number words.
    """

    __slots__ = ("end", "is_han", "marks", "number", "start", "text")

    def __init__(
        self,
        text: str,
        start: int,
        end: int,
        marks: Mapping[str, str] = NOTHING,
        number: int | None = None,
        is_han: bool = False,
    ) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.marks = marks
        self.number = number
        self.is_han = is_han


@dataclass(frozen=True)
class Lexicon:
    """Entry to marks: Latin ones by their folded words, Chinese ones as they are. The longest entry that begins
    with a word, or with a character, says how far to look."""

    latin: Mapping[tuple[str, ...], Mapping[str, str]]
    han: Mapping[str, Mapping[str, str]]
    longest: Mapping[str, int]


@cache
def lexicon() -> Lexicon:
    latin: dict[tuple[str, ...], dict[str, str]] = {}
    han: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.yml")):  # one a language
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for key, value, entry in _entries(content):
            if HAN.search(entry):
                han.setdefault(entry, {})[key] = value
            else:
                latin.setdefault(tuple(fold(entry).split()), {})[key] = value
    for marks in (*latin.values(), *han.values()):
        for use, keys in _USES.items():
            if not keys.isdisjoint(marks):
                marks[use] = ""
    longest: dict[str, int] = {}
    for entry in (*latin, *han):
        longest[entry[0]] = max(longest.get(entry[0], 0), len(entry))
    return Lexicon(latin, han, longest)


def _entries(content: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Key, value and entry. `counted: {building: [...]}` gives the mark `building` itself."""
    for key, listed in content.items():
        if isinstance(listed, list):
            for entry in listed:
                yield key, str(entry), str(entry)
            continue
        for value, entries in listed.items():
            for entry in entries:
                if key in ("counted", "counted_after"):
                    yield (value if key == "counted" else f"{value}_after"), str(entry), str(entry)
                else:
                    yield key, str(value), str(entry)


def read_words(text: str) -> list[Word]:
    """Cut a text into words, from left to right, the longest entry first."""
    pieces = [(match.group(), match.start(), match.end()) for match in _PIECE.finditer(text)]
    folded = [
        piece if len(piece) == 1 and not piece.isalpha() else _fold(piece) for piece, _, _ in pieces
    ]
    known = lexicon()
    words = []
    at = 0
    while at < len(pieces):
        piece, start, end = pieces[at]
        if "\u3400" <= piece <= "\ufaff" and len(piece) == 1:
            word, size = _read_han(known, pieces, at)
        elif piece.isdecimal():
            number = int(piece) if len(piece) <= _MOST_DIGITS else None
            word, size = Word(piece, start, end, NOTHING, number), 1
        elif folded[at] in known.longest:
            word, size = _read_latin(known, text, pieces, folded, at)
        else:
            word, size = Word(piece, start, end), 1
        words.append(word)
        at += size
    return words


def _fold(piece: str) -> str:
    if piece.isascii():
        if len(piece) < _SHORTEST_DRAWN:
            return piece.lower()
        return _UNDRAWN.sub(r"\1\1", piece.lower()).replace("'", "")
    if len(piece) == 1 and piece >= "\u3400":
        return piece
    return fold(piece).replace("’", "")


def _read_latin(
    known: Lexicon, text: str, pieces: list[tuple[str, int, int]], folded: list[str], at: int
) -> tuple[Word, int]:
    start = pieces[at][1]
    for size in range(min(known.longest[folded[at]], len(pieces) - at), 0, -1):
        marks = known.latin.get(tuple(folded[at : at + size]))
        if marks is not None:
            end = pieces[at + size - 1][2]
            number = int(marks["numbers"]) if "numbers" in marks else None
            return Word(text[start:end], start, end, marks, number), size
    return Word(*pieces[at]), 1


def _read_han(known: Lexicon, pieces: list[tuple[str, int, int]], at: int) -> tuple[Word, int]:
    first, start, _ = pieces[at]
    reach = max(known.longest.get(first, 1), _LONGEST_NUMERAL if first in _HAN_NUMERALS else 1)
    run = first
    for piece, begins, _ in pieces[at + 1 : at + reach]:
        if begins != start + len(run) or len(piece) > 1:
            break
        run += piece
    for size in range(len(run), 0, -1):
        marks = known.han.get(run[:size])
        if marks is not None:
            return Word(run[:size], start, start + size, marks, None, True), size
    size = next((n for n, sign in enumerate(run) if sign not in _HAN_NUMERALS), len(run))
    number = _read_numeral(run[:size]) if size else None
    size = size or 1
    return Word(run[:size], start, start + size, NOTHING, number, True), size


def _read_numeral(numeral: str) -> int:
    """三, 十二, 二十, 三百二十; 一五零二 is read figure by figure."""
    if not set(numeral) & set("十百"):
        return int("".join(str(_DIGITS[character]) for character in numeral))
    total, digit = 0, None
    for character in numeral:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:
            total += (1 if digit is None else digit) * (10 if character == "十" else 100)
            digit = None
    return total + (digit or 0)
