"""How text is cut for full-text search, so that one index serves English, Spanish and Chinese.

PostgreSQL's own parsers do not segment Chinese; runs of Chinese characters become overlapping pairs, which
need no dictionary and find every word of two characters or more. Latin words lose case and accents, and a
plain plural or verb ending.
"""

from __future__ import annotations

import re
import unicodedata

_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[a-z0-9]+")
_ENDINGS = ("ings", "ing", "es", "s", "ed")
_STOPWORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "at",
        "be",
        "but",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "have",
        "how",
        "i",
        "in",
        "is",
        "it",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "the",
        "to",
        "we",
        "what",
        "when",
        "where",
        "who",
        "will",
        "with",
        "you",
        "your",
        "al",
        "como",
        "con",
        "cuando",
        "de",
        "del",
        "donde",
        "el",
        "en",
        "es",
        "esta",
        "este",
        "hay",
        "la",
        "las",
        "lo",
        "los",
        "mi",
        "no",
        "o",
        "para",
        "pero",
        "por",
        "que",
        "se",
        "si",
        "su",
        "sus",
        "un",
        "una",
        "y",
        "yo",
    ]
)


def cut_words(text: str) -> list[str]:
    """Search words in order, with repetitions."""
    folded = unicodedata.normalize("NFKD", text.lower())
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    words: list[str] = []
    for run in _RUN.findall(folded):
        if run[0] >= "\u3400":
            words += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
        elif run not in _STOPWORDS:
            words.append(_without_ending(run))
    return words


def _without_ending(word: str) -> str:
    for ending in _ENDINGS:
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word.removesuffix(ending)
    return word
