"""Which language a short text is in: the writing system first, then eldc's judgement, weighed by what is likely here.

eldc compares runs of letters with those of 60 languages. What was measured, and why this one:
docs/decisions/0009-other-languages.md
"""

from __future__ import annotations

import re

import eldc

SUPPORTED = ("en", "es", "zh")
# The sentence encoder puts these near the supported ones, so that messages in them are classified too.
WITHIN_REACH = ("fr", "de", "it", "pt", "ru", "ar", "ja", "ko", "pl", "tr", "th", "nl")
OTHER = "other"  # a writing system of which no language could be named

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af\u1100-\u11ff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")

# Scores lie between 0 and 1. Added to them: owners write in a supported language far more often than in another,
# and in one within reach more often than in a rare one that looks like it (Russian, Ukrainian).
_FAVOUR = {**dict.fromkeys(SUPPORTED, 0.1), **dict.fromkeys(WITHIN_REACH, 0.05)}
# "No" and "ok" belong to many. Saying nothing keeps the language spoken so far; guessing would change it.
_FEWEST_LETTERS = 3
# Under so many letters two languages as close as this are not told apart; a longer text is a mixture of both.
_FEW_LETTERS = 12
_CLOSE = 0.03
# eldc calls no single word reliable. "Hilfe" is no name and no slip of the finger: a high score, and far ahead.
_WORD_LETTERS = 5
_WORD_WEIGHT = 0.95
_WORD_AHEAD = 0.25
_NEARLY = 0.1

eldc.init()
_detector = eldc.instance()
_detector.set_scores(eldc.MAX_SCORES)


def detect(text: str) -> str | None:
    """The ISO 639-1 code of the language that carries the text, or None when it shows none (digits, emoji, "ok").

    Only the first 1000 bytes are looked at, beyond the writing system. `text` holds no lone surrogates.
    """
    han, kana, hangul, latin = (
        len(letters.findall(text)) for letters in (_HAN, _KANA, _HANGUL, _LATIN)
    )
    letters = sum(map(str.isalpha, text))
    if not letters:
        return None
    # One Chinese character says about as much as three letters.
    eastern = han + kana + hangul
    if eastern and 3 * eastern >= latin:
        if 4 * (kana + hangul) <= han:
            return "zh"
        return "ja" if kana > hangul else "ko"
    if letters - latin - han > latin:
        ranking = _rank(_detector.detect_details(text).scores)
        return ranking[0][1] if ranking else OTHER
    return _detect_latin(_HAN.sub(" ", text), latin)


def _detect_latin(text: str, letters: int) -> str | None:
    if letters < _FEWEST_LETTERS:
        return None
    result = _detector.detect_details(text)
    ranking = _rank(result.scores)
    homes = [(weight, language) for weight, language in ranking if language in SUPPORTED]
    home_weight, home = homes[0] if homes else (0.0, None)
    weight, language = ranking[0] if ranking else (0.0, None)
    if language != home:
        if result.reliable:
            return language
        ahead = weight - home_weight
        is_plain = weight >= _WORD_WEIGHT and ahead >= _WORD_AHEAD and letters >= _WORD_LETTERS
        return language if is_plain else home if ahead <= _NEARLY else None
    if letters < _FEW_LETTERS and len(homes) > 1 and home_weight - homes[1][0] < _CLOSE:
        return None
    return home


def _rank(scores: dict[str, float]) -> list[tuple[float, str]]:
    weighed = ((score + _FAVOUR.get(language, 0.0), language) for language, score in scores.items())
    return sorted(weighed, reverse=True)
