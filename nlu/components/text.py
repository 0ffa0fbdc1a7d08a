"""Cleaning and cutting of message text, shared by every component. Pure functions, no Rasa.

A message may mix Latin and Chinese writing. Latin words are units; so is each single Chinese
character, which needs no dictionary and lets n-grams find the words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST_TEXT = 4096  # Telegram's own limit; whatever comes by another door is cut there.

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
HAN = re.compile(f"[{_HAN}]")
_UNIT = re.compile(
    f"[{_HAN}]"
    f"|(?:(?![{_HAN}])[^\\W\\d_])+(?:['’](?:(?![{_HAN}])[^\\W\\d_])+)*"
    r"|\d+"
    r"|[?!¿¡]"
)
_LONG_RUN = re.compile(r"(.)\1{2,}", re.DOTALL)
_SPACE = re.compile(r"\s+")
_PIECE = re.compile(f"[{_HAN}]+|(?:(?![{_HAN}])[^\\W_])+|[?!¿¡]")


def clean(text: str) -> str:
    """Make any string safe to read: no control, format or surrogate characters, one width, one space.

    A leading slash goes too: Rasa reads `/intent{...}` as an order, and an owner gives none.
    """
    normal = unicodedata.normalize("NFKC", text[: 2 * LONGEST_TEXT])
    # What can be printed holds none of the characters that go.
    kept = normal if normal.isprintable() else "".join(map(_kept, normal))
    return _SPACE.sub(" ", kept).strip().lstrip("/ ")[:LONGEST_TEXT]


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "" if category in ("Cf", "Cs", "Co", "Cn") else character


def fold(text: str) -> str:
    """Lower case without accents and without drawn-out letters, as hurried people type."""
    bare = text.lower()
    if not bare.isascii():
        plain = unicodedata.normalize("NFKD", bare)
        bare = "".join([letter for letter in plain if unicodedata.category(letter) != "Mn"])
    return _LONG_RUN.sub(r"\1\1", bare)


def units(text: str) -> list[tuple[str, int]]:
    """Cut text into words, Chinese characters, numbers and the marks that colour a sentence, with their places."""
    return [(match.group(), match.start()) for match in _UNIT.finditer(text)]


def word_ngrams(folded: str, longest: int) -> list[str]:
    """Runs of 1 to `longest` units of a folded text."""
    words = [unit for unit, _ in units(folded)]
    return [
        " ".join(words[start : start + size])
        for size in range(1, longest + 1)
        for start in range(len(words) - size + 1)
    ]


def character_ngrams(folded: str, longest: int) -> list[str]:
    """Runs of 1 to `longest` characters of a folded text inside words (padded) and inside Chinese runs (not padded)."""
    grams: list[str] = []
    for piece in _PIECE.findall(folded):
        grams += _runs(piece, longest) if HAN.match(piece) else _runs_of_word(piece, longest)
    return grams


def _runs(piece: str, longest: int) -> list[str]:
    return [
        piece[at : at + size]
        for size in range(1, longest + 1)
        for at in range(len(piece) - size + 1)
    ]


@lru_cache(maxsize=4096)
def _runs_of_word(word: str, longest: int) -> list[str]:
    """The same words come again in every message; the list is for reading only."""
    return _runs(f" {word} ", longest)


def shorten(text: str, longest: int = 1200) -> str:
    """Keep the beginning and the end of a very long text, where people put their point; runs of one sign shrink.

    The sentence encoder's time grows with the text, and nobody should wait for three thousand emoji.
    """
    short = _LONG_RUN.sub(r"\1\1", text)
    if len(short) <= longest:
        return short
    head = longest * 7 // 12
    return f"{short[:head]} … {short[head - longest :]}"
