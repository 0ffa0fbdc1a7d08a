"""Which language a short text is in: writing system first, then function words and letter habits.

The function words below settle whole sentences and say which language the training messages are in;
from those the letter habits of English and Spanish are learnt, for texts with no function word at all.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable

from nlu.components.text import fold

SUPPORTED = ("en", "es", "zh")
OTHER = "other"

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\uac00-\ud7af\u1100-\u11ff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_WORD = re.compile(r"[^\W\d_]+")

# Common small words, folded (no accents). A word that two languages share counts for both and settles nothing.
FUNCTION_WORDS = {
    "en": "the a an is are am was were be been it its this that there here i im ive you your we our they he she my me "
    "and or but not no dont doesnt didnt cant wont to of in on at for from with by about as if so what when where who "
    "why how which can could would should will do does did have has had get got please thanks thank hello hi hey yes "
    "just any some all still again need want someone nobody up out off down now today tomorrow",
    "es": "el la los las un una unos unas lo le les es esta este esto estan esta soy son era fue ser hay que no si "
    "yo tu usted ustedes nos me se mi mis su sus y o pero ni de del en a al por para con sin sobre como cuando donde "
    "quien cual cuanto porque ya muy mas todo todos nada nadie alguien otra vez hola gracias favor quiero quisiera "
    "necesito puede pueden podria tengo tiene tienen hace hacer va van han he ha aqui alli hoy manana ahora buenas "
    "buenos dias tardes noches desde hasta",
    "fr": "le la les un une des du de et est sont je tu il elle nous vous ils mon ma mes votre notre ne pas plus que "
    "qui dans sur avec pour par au aux ce cette ces il y a bonjour merci c'est suis avez ai j est-ce quand comment ou "
    "mais tres depuis encore toujours chez s'il plait peut pouvez bonsoir quelqu'un",
    "de": "der die das ein eine einen dem den des und oder ist sind war ich du er sie es wir ihr mein meine nicht kein "
    "keine auf aus bei mit nach von zu zum zur im in wann wie wo wer was warum bitte danke hallo guten tag kann konnen "
    "haben habe hat wird noch schon seit immer wieder auch aber heute morgen uns",
    "it": "il lo la i gli le un uno una e o di del della dei delle da dal in nel nella con su per tra che chi non sono "
    "sei siamo ho hai ha abbiamo mio mia nostro questo questa ciao grazie buongiorno quando dove come perche piu molto "
    "ancora sempre vorrei posso puo qualcuno c'e al alla",
    "pt": "o a os as um uma uns umas de do da dos das em no na nos nas por para com sem que quem nao sim sou esta estao "
    "foi ser eu voce voces nos meu minha seu sua e ou mas muito mais ja ainda ola obrigado obrigada bom boa dia tarde "
    "noite quando onde como porque tem tenho pode podem preciso ao aos isso",
    "nl": "de het een en of is zijn was ik jij je u hij zij wij we mijn uw niet geen op in aan bij met naar van voor te "
    "om dat die dit deze wat wanneer waar wie waarom hoe kan kunnen heb heeft hebben wordt nog al sinds altijd weer ook "
    "maar graag dank bedankt hallo goedemorgen er",
    "pl": "i w na z do nie jest sa to ten ta co kto gdzie kiedy jak dlaczego czy ja ty on ona my wy moj moja prosze "
    "dziekuje dzien dobry mam ma sie ze od po za o u przez juz jeszcze tylko ale moze",
    "tr": "ve bir bu su o ben sen biz siz de da mi mu ne nasil nerede ne zaman neden icin ile var yok degil cok daha "
    "lutfen tesekkurler merhaba evet hayir benim bizim gun",
}
# Letters that hardly occur in the others, and how many function words each is worth.
TELLING_LETTERS = {
    "ñ": "es",
    "¿": "es",
    "¡": "es",
    "ß": "de",
    "ł": "pl",
    "ż": "pl",
    "ğ": "tr",
    "ı": "tr",
    "ã": "pt",
    "õ": "pt",
    "ç": "fr",
}
_TELLING_WORTH = 1.5
# "No" is both. Saying nothing keeps the language spoken so far; guessing would change it.
_CLEAR_BY = 0.75
_WORDS = {language: frozenset(words.split()) for language, words in FUNCTION_WORDS.items()}

_HOME_WORDS = _WORDS["en"] | _WORDS["es"]


class LanguageProfile:
    """Decides between en, es, zh and other. `habits` are log odds of letter runs: above zero speaks for Spanish."""

    def __init__(self, habits: dict[str, float]) -> None:
        self.habits = habits

    @classmethod
    def learn(cls, messages: Iterable[str]) -> LanguageProfile:
        """Sort the messages by their function words, then count letter runs on either side."""
        runs: dict[str, Counter[str]] = {"en": Counter(), "es": Counter()}
        for text in messages:
            scores = _function_word_scores(text)
            best = max(scores, key=lambda language: scores[language])
            if best in runs and scores[best] >= 2 and not _HAN.search(text):
                runs[best].update(_letter_runs(text))
        totals = {language: sum(counts.values()) + 1 for language, counts in runs.items()}
        habits = {}
        for run in set(runs["en"]) | set(runs["es"]):
            if runs["en"][run] + runs["es"][run] >= 5:
                spanish = (runs["es"][run] + 0.5) / totals["es"]
                english = (runs["en"][run] + 0.5) / totals["en"]
                habits[run] = round(math.log(spanish / english), 3)
        return cls(dict(sorted(habits.items())))

    def detect(self, text: str) -> str | None:
        """The language of a text, or None when it shows none (digits, emoji, a lone name of two letters)."""
        han = len(_HAN.findall(text))
        foreign = len(_KANA_OR_HANGUL.findall(text))
        latin = len(_LATIN.findall(text))
        letters = sum(character.isalpha() for character in text)
        if not letters:
            return None
        # One Chinese character says about as much as three letters.
        if 3 * (han + foreign) >= latin and han + foreign:
            return OTHER if foreign * 4 > han else "zh"
        if letters - latin - han > latin:
            return OTHER
        return self._detect_latin(text)

    def _detect_latin(self, text: str) -> str | None:
        scores = _function_word_scores(text)
        habit = self._spanish_habit(text)
        scores["es"] += max(0.0, habit)
        scores["en"] += max(0.0, -habit)
        foreign = max(scores[language] for language in scores if language not in SUPPORTED)
        home = max(("en", "es"), key=lambda language: scores[language])
        if foreign >= 2 and foreign > scores[home] + 0.5:
            return OTHER
        away = "es" if home == "en" else "en"
        return home if scores[home] >= scores[away] + _CLEAR_BY else None

    def _spanish_habit(self, text: str) -> float:
        """From -1.5 (English) to 1.5 (Spanish), so that letters never outvote two plain function words."""
        rest = " ".join(word for word in _WORD.findall(text) if fold(word) not in _HOME_WORDS)
        known = [self.habits[run] for run in _letter_runs(rest) if run in self.habits]
        return max(-1.5, min(1.5, sum(known) / 4))


def _letter_runs(text: str) -> list[str]:
    runs = []
    for word in _WORD.findall(text.lower()):
        padded = f" {word} "
        runs += [padded[at : at + size] for size in (2, 3) for at in range(len(padded) - size + 1)]
    return runs


def _function_word_scores(text: str) -> dict[str, float]:
    words = _WORD.findall(fold(text))
    scores = {
        language: float(sum(word in known for word in words)) for language, known in _WORDS.items()
    }
    for letter in set(text.lower()) & set(TELLING_LETTERS):
        scores[TELLING_LETTERS[letter]] += _TELLING_WORTH
    return scores
