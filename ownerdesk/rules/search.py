"""How text is cut for full-text search, so that one index serves English, Spanish and Chinese.

PostgreSQL's own parsers do not segment Chinese; runs of Chinese characters become overlapping pairs, which
need no dictionary and find every word of two characters or more. Latin words lose case and accents, and a
plain plural or verb ending.
"""

from __future__ import annotations

import re
import unicodedata

_CHINESE = "\u3400"
MAX_WORD = 60  # characters of a word that are kept; nobody searches for more
MAX_QUERY = 12  # words of a search that count
TYPED = 3  # a word of so many characters finds what begins with it
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


def _fold(text: str) -> str:
    """Without capitals and accents."""
    folded = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in folded if not unicodedata.combining(c))


def cut_words(text: str) -> list[str]:
    """Search words in order, with repetitions."""
    words: list[str] = []
    for run in _RUN.findall(_fold(text)):
        if run[0] >= _CHINESE:
            words += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
        elif run not in _STOPWORDS:
            words.append(_without_ending(run))
    return words


def cut_for_index(text: str) -> list[str]:
    """The different words of a text as they are indexed, in order. Beside the pairs of Chinese characters the last
    character of a run stands alone, so that every character is the beginning of something."""
    words = cut_words(text)
    words += [run[-1] for run in _RUN.findall(_fold(text)) if run[0] >= _CHINESE]
    return [word[:MAX_WORD] for word in dict.fromkeys(words)]


def make_query(text: str) -> str:
    """A `tsquery` that wants every word of the text: what may still be being typed, the last word and a single Chinese
    character, by its beginning. Empty where the text holds no word that is searched for."""
    words = [word[:MAX_WORD] for word in dict.fromkeys(cut_words(text))][:MAX_QUERY]
    parts = []
    for place, word in enumerate(words):
        is_last = place == len(words) - 1 and len(word) >= TYPED and not word.isdecimal()
        is_single = len(word) == 1 and word >= _CHINESE
        is_open = is_single or (is_last and word < _CHINESE)
        parts.append(f"'{word}':*" if is_open else f"'{word}'")
    return " & ".join(parts)


def _without_ending(word: str) -> str:
    for ending in _ENDINGS:
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word.removesuffix(ending)
    return word
