"""Recognises an emergency in an owner's message without any model (rule S12).

The shipped phrases live in `ownerdesk/content/emergency_phrases/`: words per language in `en.yml`, `es.yml`, `zh.yml`
and `more.yml`, and in `signs.yml` which of them together are a sign of danger. Nothing here knows a language.
The work grows with the length of the message and nothing else: every word is looked up once, and a sign looks
a fixed number of words around it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from ownerdesk.rules.emergency_phrases.in_service import lexicon_in_service
from ownerdesk.rules.emergency_phrases.lexicon import Lexicon, Sign
from ownerdesk.rules.emergency_phrases.reading import Mark, Reading, read
from ownerdesk.rules.emergency_phrases.scopes import DEAD, LIVE, Scopes
from ownerdesk.rules.emergency_phrases.text import is_break

# No phrase is longer, so that a mark this many words before another cannot reach it.
_LONGEST_PHRASE = 12
_EXCUSE_WITHIN = 10


@dataclass(frozen=True, slots=True)
class EmergencySign:
    """Why a message is taken for an emergency; holds nothing of what the owner wrote."""

    kind: str
    certain: bool
    """True: clear enough to tell the owner what to do and to raise the alarm at once. False: somebody should look."""
    phrase_id: str


def strength_of(sign: EmergencySign | None) -> str | None:
    """The sign as the reader is told of it: certain, possible or nothing."""
    if sign is None:
        return None
    return "certain" if sign.certain else "possible"


def detect(text: str) -> EmergencySign | None:
    """The strongest sign of danger that is going on or about to happen. Takes any text, never raises."""
    return detect_with(text, lexicon_in_service())


def detect_with(text: str, lexicon: Lexicon) -> EmergencySign | None:
    """The same with other phrases than those in service."""
    reading = read(text, lexicon)
    if reading is None:
        return None
    signs = [sign for sign in lexicon.signs if _is_complete(sign, reading)]
    if not signs:
        return None
    scopes = Scopes(reading)
    possible: EmergencySign | None = None
    for sign in signs:
        certain = _weigh(sign, reading, scopes)
        if certain:
            return EmergencySign(sign.kind, True, sign.id)
        if certain is False and possible is None:
            possible = EmergencySign(sign.kind, False, sign.id)
    return possible


def find_words(text: str, sign: EmergencySign, lexicon: Lexicon) -> list[str]:
    """The words of the message that a sign was found by, for showing why."""
    reading = read(text, lexicon)
    known = next((one for one in lexicon.signs if one.id == sign.phrase_id), None)
    if reading is None or known is None:
        return []
    ideas = {idea for choice in (*known.danger, *known.context) for idea in choice}
    marks = sorted({mark[:2] for idea in ideas for mark in reading.marks.get(idea, ())})
    return [" ".join(reading.words[start:end]) for start, end in marks]


def _is_complete(sign: Sign, reading: Reading) -> bool:
    """Is it worth a closer look in this message?"""
    if not sign.is_named_in(reading.marks):
        return False
    return sign.at_most is None or _count_words(reading) <= sign.at_most


def _weigh(sign: Sign, reading: Reading, scopes: Scopes) -> bool | None:
    """Is the sign there, and if so, is it certain? A danger that is only weak counts one step less."""
    best: bool | None = None
    for anchor in [mark for idea in sign.danger[0] for mark in reading.marks.get(idea, ())]:
        weight = _weigh_at(anchor, sign, reading, scopes)
        if weight == LIVE and sign.certain:
            return True
        if weight == LIVE or (weight > DEAD and sign.certain):
            best = False
    return best


def _weigh_at(anchor: Mark, sign: Sign, reading: Reading, scopes: Scopes) -> int:
    weight = scopes.strength(anchor)
    if weight == DEAD or _is_excused(anchor, sign, reading, scopes):
        return DEAD
    for choice in sign.danger[1:]:
        near = _near(anchor, choice, reading, sign.within, sign.in_order)
        weight = min(weight, max((scopes.strength(mark) for mark in near), default=DEAD))
    for choice in sign.context:
        near = _near(anchor, choice, reading, sign.within, sign.in_order)
        if all(scopes.is_negated(mark) for mark in near):
            return DEAD
    return weight


def _near(
    anchor: Mark, ideas: tuple[str, ...], reading: Reading, within: int, in_order: bool = False
) -> list[Mark]:
    """Marks of any of the ideas at most so many words away; with an order, only after the anchor."""
    reach = within * 2
    near: list[Mark] = []
    for idea in ideas:
        marks = reading.marks.get(idea, [])
        first = bisect_left(marks, (anchor.start - reach - _LONGEST_PHRASE, 0, ""))
        for mark in marks[first:]:
            if mark.start > anchor.end and reading.gap(anchor, mark) > reach:
                break
            if in_order and mark.start < anchor.start:
                continue
            if (mark.start, mark.end) != anchor[:2] and reading.gap(anchor, mark) <= reach:
                near.append(mark)
    return near


def _is_excused(anchor: Mark, sign: Sign, reading: Reading, scopes: Scopes) -> bool:
    return any(
        scopes.same_statement(anchor, mark) and not scopes.is_negated(mark)
        for mark in _near(anchor, sign.unless, reading, _EXCUSE_WITHIN)
    )


def _count_words(reading: Reading) -> int:
    return sum(not is_break(word) for word in reading.words)
