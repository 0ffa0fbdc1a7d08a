"""Cleaning and cutting of message text, shared by every component. Pure functions, no Rasa.

A message may mix Latin and Chinese writing. Latin words are units; so is each single Chinese
character, which needs no dictionary and lets n-grams find the words.
"""

from __future__ import annotations

import re
import unicodedata

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
    kept = "".join(_kept(character) for character in normal)
    return _SPACE.sub(" ", kept).strip().lstrip("/ ")[:LONGEST_TEXT]


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "" if category in ("Cf", "Cs", "Co", "Cn") else character


def fold(text: str) -> str:
    """Lower case without accents and without drawn-out letters, as hurried people type."""
    plain = unicodedata.normalize("NFKD", text.lower())
    bare = "".join(character for character in plain if unicodedata.category(character) != "Mn")
    return _LONG_RUN.sub(r"\1\1", bare)


def units(text: str) -> list[tuple[str, int]]:
    """Cut text into words, Chinese characters, numbers and the marks that colour a sentence, with their places."""
    return [(match.group(), match.start()) for match in _UNIT.finditer(text)]


def word_ngrams(text: str, longest: int) -> list[str]:
    """Runs of 1 to `longest` units of the folded text."""
    words = [unit for unit, _ in units(fold(text))]
    return [
        " ".join(words[start : start + size])
        for size in range(1, longest + 1)
        for start in range(len(words) - size + 1)
    ]


def character_ngrams(text: str, longest: int) -> list[str]:
    """Runs of 1 to `longest` characters inside words (padded) and inside Chinese runs (not padded)."""
    grams: list[str] = []
    for match in _PIECE.finditer(fold(text)):
        piece = match.group()
        padded = piece if HAN.match(piece) else f" {piece} "
        for size in range(1, longest + 1):
            grams.extend(padded[at : at + size] for at in range(len(padded) - size + 1))
    return grams


def shorten(text: str, longest: int = 1200) -> str:
    """Keep the beginning and the end of a very long text, where people put their point; runs of one sign shrink.

    The sentence encoder's time grows with the text, and nobody should wait for three thousand emoji.
    """
    short = _LONG_RUN.sub(r"\1\1", text)
    if len(short) <= longest:
        return short
    head = longest * 7 // 12
    return f"{short[:head]} … {short[head - longest :]}"
