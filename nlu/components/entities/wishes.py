"""A wished time as it was read, and whether the words around it say that it is wished at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlu.components.entities.words import Word

_SENTENCE_ENDS = frozenset(".!?;。！？；")
_CLAUSE_ENDS = frozenset(",，、") | _SENTENCE_ENDS
_AHEAD = re.compile(r"tomorrow|day after|next |in |.*\d")
_FAR, _NEAR, _NEARER = 40, 6, 3  # words
_MOST_OF_IT = 0.6
_PART_BEGINS = {"afternoon": 12, "evening": 17}


@dataclass
class Clock:
    """A time of day as it was said."""

    hour: int
    minute: int
    is_pm: bool | None = None  # None: not said
    is_sure: bool = False  # nothing else than a time of day

    def text(self, part: str) -> str:
        """As 24 hours. What is not said is guessed from the part of the day, else from when people are visited."""
        hour, is_pm = self.hour, self.is_pm
        if is_pm is None and hour < 12:
            if part == "noon":
                is_pm = hour < 6
            elif part:
                is_pm = part != "morning" and hour + 12 >= _PART_BEGINS[part]
            else:
                is_pm = 1 <= hour <= 7
        if is_pm and hour < 12:
            hour += 12
        elif hour == 12 and (self.is_pm is False or (self.is_pm is None and part == "evening")):
            hour = 24 if part == "evening" else 0
        return f"{hour:02d}:{self.minute:02d}"


@dataclass
class Wish:
    """What has been read of one expression."""

    day: str = ""
    part: str = ""
    # after, from, before, by, at or between its clock or clocks, else the day.
    relation: str = ""
    first: Clock | None = None
    second: Clock | None = None
    wait: str = ""

    def is_ahead(self) -> bool:
        """Whether it can only be ahead; a weekday or an hour alone may as well have been."""
        by_day = self.relation in ("before", "by") and self.first is None
        return bool(self.wait or by_day or _AHEAD.match(self.day))

    def is_part(self) -> bool:
        """ "Good evening" says nothing else either."""
        return self.text() == self.part

    def is_empty(self) -> bool:
        return not (self.day or self.part or self.first or self.wait)

    def text(self) -> str:
        if self.wait:
            return self.wait
        pieces = [self.day, self.part if self.first is None else ""]
        if self.first is None:
            return " ".join(filter(None, [self.relation, *pieces]))
        hours = self.first.text(self.part)
        if self.second is not None:
            hours += f" and {self._later(hours)}"
        return " ".join(filter(None, [*pieces, f"{self.relation or 'at'} {hours}"]))

    def _later(self, first: str) -> str:
        """ "from 9 to 2": the end lies after the beginning."""
        assert self.second is not None, "asked only then"
        second = self.second.text(self.part)
        if second <= first and self.second.is_pm is None and self.second.hour < 12:
            return f"{self.second.hour + 12:02d}:{self.second.minute:02d}"
        return second


def _around(words: Sequence[Word], start: int, end: int, ends: frozenset[str]) -> range:
    """The clause or sentence of an expression, or what is near of a long one. A point inside "18.30" ends nothing."""
    first, last = start, end
    while first > max(0, start - _FAR):
        before = words[first - 1]
        if before.text in ends and (words[first].start > before.end or words[first].is_han):
            break
        first -= 1
    while last < min(len(words), end + _FAR) and words[last].text not in ends:
        last += 1
    return range(first, last)


def fills_its_clause(words: Sequence[Word], wish: Wish, start: int, end: int) -> bool:
    """ "…, tomorrow after six": whoever says nothing else in a clause says when they would like something."""
    clause = _around(words, start, end, _CLAUSE_ENDS)
    spoken = words[clause[-1]].end - words[clause[0]].start
    said = words[end - 1].end - words[start].start
    return not wish.is_part() and said >= _MOST_OF_IT * spoken


def is_wanted(words: Sequence[Word], wish: Wish, start: int, end: int) -> bool:
    """What is ahead needs a wanting word in its sentence; what may have been needs one near by."""
    sentence = _around(words, start, end, _SENTENCE_ENDS)
    if wish.is_ahead():
        return any("wish" in words[at].marks for at in sentence)
    is_weak = wish.text() == "today" or (not wish.day and wish.relation in ("", "at", "between"))
    reach, mark = (_NEARER, "visit") if is_weak else (_NEAR, "wish")
    near = range(max(start - reach, sentence[0]), min(end + reach, sentence[-1] + 1))
    return any(mark in words[at].marks for at in near)


def is_told(words: Sequence[Word], wish: Wish, start: int, end: int) -> bool:
    """Whether the words around say that it was, is always so, or was said by somebody."""
    if wish.day == "today" and wish.part == "morning" and wish.first is None:
        return True
    before = words[start - 1] if start else None
    if before and "ordinals" in before.marks:
        return True  # "every second Friday"
    if before and before.number is not None and "by" in words[start].marks:
        return True  # "4 by 3"
    around = _around(words, start, end, _SENTENCE_ENDS)
    if any("recordings" in words[at].marks for at in around):
        return True  # whoever asks for the camera's pictures says when something was
    if wish.day == "tomorrow" and before and "not_tomorrow_after" in before.marks:
        return True
    if end < len(words):
        behind = words[end]
        if "not_a_wish_after" in behind.marks or behind.text.lower() == words[start].text.lower():
            return True
    for back in range(start - 1, max(start - 4, -1), -1):
        if "not_a_wish_before" in words[back].marks or words[back].text == words[start].text:
            return True
        if "time_glue" not in words[back].marks:
            break
    return False
