"""When an owner would like something: a day, a part of it, hours, or a stretch of time ahead.

The value is a small English phrase, whatever the owner's language, that `ownerdesk/rules/periods.py` turns into a
period: "tomorrow after 18:00", "day after tomorrow morning", "saturday between 10:00 and 12:00", "by friday".
Since when something is broken, what comes every week, and what somebody is quoted with are no wishes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nlu.components.entities.found import Found
from nlu.components.entities.wishes import Clock, Wish, fills_its_clause, is_told, is_wanted
from nlu.components.entities.words import TIME, Word

WISHED_TIME = "wished_time"

MOST_ELEMENTS = 8
MOST_GLUE = 2
LONGEST_WAIT = 90  # days
_MINUTES = re.compile(r"\s?[:h.]\s?([0-5]\d)(?![\d:])", re.ASCII)
_HALF_DAY = re.compile(r"\s?([ap])\.?\s?m(?![\w])\.?", re.ASCII | re.IGNORECASE)
_HOUR_SIGN = re.compile(r"\s?h(?!\w)\.?", re.ASCII | re.IGNORECASE)
_ORDINAL_ENDING = re.compile(r"(?:st|nd|rd|th)(?!\w)", re.ASCII | re.IGNORECASE)
_ISO_DATE = re.compile(r"(20\d\d)-(\d{1,2})-(\d{1,2})(?!\d)", re.ASCII)
_LATEST_YEAR = 2099
_BEHIND_NUMBERS = frozenset(
    ["-", "–", "—", "~", ":", ".", "st", "nd", "rd", "th", "am", "pm", "a", "p", "AM", "PM", "h"]
)
_COUNTED = frozenset(
    [
        "counts",
        "money",
        "hours",
        "minutes",
        "day_count",
        "week_count",
        "of",
        "months",
        "building_after",
        "entrance_after",
        "floor_after",
        "unit_after",
    ]
)
_BETWEEN_NUMBERS = frozenset("-.,:/")
_DASHES = frozenset("-–—~")
_QUOTED = re.compile(r"[\"“«「][^\"”»」\n]{1,200}[\"”»」]")
_SHORTEST_HOUR = 7  # "2 h" is how long, "18 h" is when


class _Reader:
    """Reads one expression from a given word on."""

    def __init__(self, text: str, words: Sequence[Word]) -> None:
        self.text = text
        self.words = words

    def read(self, start: int) -> tuple[Wish, int] | None:
        """The wish that begins at a word, and the word behind it."""
        wish = Wish()
        at = end = start
        glue = elements = 0
        while at < len(self.words) and elements < MOST_ELEMENTS:
            step = self._element(wish, at)
            if step is not None:
                at = end = step
                glue = 0
                elements += 1
            elif at > start and glue < MOST_GLUE and self._is_glue(at):
                at += 1
                glue += 1
            else:
                break
        return None if wish.is_empty() else (wish, end)

    def may_begin(self, at: int) -> bool:
        """A quick look, because most words begin no time: "3rd of …", "10 to", "3点", "2026-"."""
        word = self.words[at]
        if word.number is None:
            return TIME in word.marks
        if at + 1 == len(self.words) or word.number > _LATEST_YEAR:
            return False
        if (
            at
            and self.words[at - 1].text in _BETWEEN_NUMBERS
            and self.words[at - 1].end == word.start
        ):
            return False  # the middle of 3-2-1502 or of 1.200,50
        following = self.words[at + 1]
        return bool(following.marks) or following.text in _BEHIND_NUMBERS

    def _word(self, at: int) -> Word | None:
        return self.words[at] if 0 <= at < len(self.words) else None

    def _has(self, at: int, mark: str) -> bool:
        word = self._word(at)
        return word is not None and mark in word.marks

    def _mark(self, at: int, mark: str) -> str:
        return self.words[at].marks.get(mark, "") if 0 <= at < len(self.words) else ""

    def _is_glue(self, at: int) -> bool:
        return self.words[at].text == "," or "time_glue" in self.words[at].marks

    def _element(self, wish: Wish, at: int) -> int | None:
        if wish.wait:
            return None
        return (
            self._wait(wish, at)
            or self._related(wish, at)
            or self._day(wish, at)
            or self._part(wish, at)
            or self._hours(wish, at, bare=bool(wish.day or wish.part) and self._has(at - 1, "at"))
        )

    def _wait(self, wish: Wish, at: int) -> int | None:
        """ "in two hours", "dentro de 3 días", "半小时后"."""
        if not wish.is_empty():
            return None
        word = self.words[at]
        if "half_hour" in word.marks and self._has(at + 1, "after_it"):
            wish.wait = "in 30 minutes"
            return at + 2
        is_latin = "in" in word.marks
        amount = self._word(at + 1) if is_latin else word
        if amount is None or amount.number is None or not 0 < amount.number <= LONGEST_WAIT:
            return None
        unit_at = at + 2 if is_latin else at + 1
        suffix = "" if is_latin else "_after"
        names = {"hours": "hours", "minutes": "minutes", "days" if suffix else "day_count": "days",
                 "weeks" if suffix else "week_count": "weeks"}  # fmt: skip
        for key, name in names.items():
            if self._has(unit_at, key + suffix):
                if not is_latin and not self._has(unit_at + 1, "after_it"):
                    return None
                wish.wait = f"in {amount.number} {name}"
                return unit_at + (1 if is_latin else 2)
        return None

    def _related(self, wish: Wish, at: int) -> int | None:
        """ "after six", "antes de las 10", "between 10 and 12", "by Friday"."""
        if wish.first or wish.relation not in ("", "by"):
            return None
        word = self.words[at]
        if "between" in word.marks:
            end = self._range(wish, at + 1, bare=True)
            if end is not None:
                return end
        for relation in ("after", "before", "by"):
            if relation not in word.marks:
                continue
            clock = self._clock(at + 1, bare="between" not in word.marks or bool(wish.day))
            is_end = relation != "by" or (clock and (clock[0].is_sure or self._ends(clock[1])))
            if clock is not None and is_end and not self._counts(clock[1]):
                wish.relation = "before" if relation == "by" else relation
                wish.first = clock[0]
                return clock[1]
            is_from = relation == "after" and "from_day" in word.marks
            end = self._related_day(wish, at, "from" if is_from else relation)
            if end is not None:
                return end
        return self._related_day(wish, at, "by") if "by_day" in word.marks else None

    def _related_day(self, wish: Wish, at: int, relation: str) -> int | None:
        """ "by Friday", "antes del lunes"."""
        behind = self._skip_glue(at + 1)
        if not wish.is_empty() or behind >= len(self.words):
            return None
        inner = Wish()
        end = self._day(inner, behind)
        if end is None or inner.part:
            return None
        wish.relation, wish.day = relation, inner.day
        return end

    def _skip_glue(self, at: int) -> int:
        return at + 1 if at < len(self.words) and self._is_glue(at) else at

    def _counts(self, at: int) -> bool:
        """Whether the number before that word counted something: "after three weeks"."""
        if at >= len(self.words):
            return False
        is_ordinal = _ORDINAL_ENDING.match(self.text, self.words[at - 1].end)
        return bool(is_ordinal) or not _COUNTED.isdisjoint(self.words[at].marks)

    def _day(self, wish: Wish, at: int) -> int | None:
        if wish.day:
            return None
        word = self.words[at]
        end = at + 1
        if "day_parts" in word.marks:
            day, _, part = word.marks["day_parts"].rpartition(" ")
            wish.day, wish.part = day, part
        elif "days" in word.marks:
            wish.day = word.marks["days"]
        elif "weekdays" in word.marks:
            wish.day = word.marks["weekdays"]
        elif {"next", "this"} & set(word.marks) and self._has(at + 1, "weekdays"):
            prefix = "next " if "next" in word.marks else ""
            wish.day = prefix + self._mark(at + 1, "weekdays")
            end = at + 2
        else:
            return self._date(wish, at)
        if "weekdays" in word.marks and self._has(end, "this"):
            end += 1  # "el viernes que viene"
        return self._behind_day(wish, end)

    def _behind_day(self, wish: Wish, end: int) -> int:
        """ "周五前", "明天之后": the relation follows."""
        for relation in ("after", "before"):
            if self._has(end, f"{relation}_it") and not wish.relation:
                wish.relation = relation
                return end + 1
        return end

    def _date(self, wish: Wish, at: int) -> int | None:
        word = self.words[at]
        iso = _ISO_DATE.match(self.text, word.start) if word.number else None
        if iso is not None:
            year, month, day = (int(group) for group in iso.groups())
            if not (1 <= month <= 12 and 1 <= day <= 31):
                return None
            wish.day = f"{year}-{month:02d}-{day:02d}"
            return next(
                (
                    n
                    for n in range(at, min(at + 6, len(self.words)))
                    if self.words[n].start >= iso.end()
                ),
                min(at + 5, len(self.words)),
            )
        if word.number is not None and 1 <= word.number <= 31 and word.text.lower() != "one":
            if self._has(at + 1, "month_after") and word.number <= 12:
                day_word = self._word(at + 2)
                if day_word and day_word.number and day_word.number <= 31:
                    wish.day = f"{day_word.number} {_MONTHS[word.number - 1]}"
                    return self._behind_day(wish, at + 3 + self._has(at + 3, "day_after"))
                return None
            end = at + 1
            if end < len(self.words) and _ORDINAL_ENDING.match(self.text, word.end):
                end += 1
            end += self._has(end, "of")
            if self._has(end, "months"):
                wish.day = f"{word.number} {self._mark(end, 'months')}"
                return end + 1
            return None
        if "months" in word.marks and word.text[:1].isupper():
            day_word = self._word(at + 1)
            if day_word and day_word.text.isdecimal() and day_word.number in range(1, 32):
                end = at + 2 + bool(_ORDINAL_ENDING.match(self.text, day_word.end))
                if not self._counts(end):
                    wish.day = f"{day_word.number} {word.marks['months']}"
                    return end
        return None

    def _part(self, wish: Wish, at: int) -> int | None:
        if wish.part or "parts" not in self.words[at].marks:
            return None
        wish.part = self.words[at].marks["parts"]
        if wish.part == "noon" and self._has(at + 1, "before_it") and not wish.relation:
            wish.relation, wish.first = "before", Clock(12, 0, is_pm=True, is_sure=True)
            return at + 2  # 中午之前
        return at + 1

    def _hours(self, wish: Wish, at: int, *, bare: bool) -> int | None:
        if wish.first is not None or (wish.relation and wish.day):
            return None
        word = self.words[at]
        if "at" in word.marks:
            clock = self._clock(at + 1, bare=True)
            if clock is None or self._counts(clock[1]):
                return None
            is_time = clock[0].is_sure or wish.day or wish.part or self._ends(clock[1])
            if not is_time:
                return None
            wish.first = clock[0]
            return self._behind_hours(wish, clock[1])
        ranged = self._range(wish, at, bare=bool(wish.day or wish.part))
        if ranged is not None:
            return ranged
        clock = self._clock(at, bare=bare)
        if clock is None or not (clock[0].is_sure or bare):
            return None
        wish.first = clock[0]
        return self._behind_hours(wish, clock[1])

    def _ends(self, at: int) -> bool:
        """A bare hour stands at the end of what is said, or before a part of the day or a day."""
        word = self._word(at)
        if word is None or not (word.text[0].isalnum()):
            return True
        return bool({"parts", "wish", "days", "weekdays", "time_glue"} & set(word.marks))

    def _behind_hours(self, wish: Wish, end: int) -> int:
        """ "六点以后": the relation follows."""
        for relation in ("after", "before"):
            if self._has(end, f"{relation}_it"):
                wish.relation = relation
                return end + 1
        wish.relation = wish.relation or "at"
        return end

    def _range(self, wish: Wish, at: int, *, bare: bool) -> int | None:
        """ "10 and 12", "10–12", "10点到12点"."""
        first = self._clock(at, bare=True)
        if first is None:
            return None
        middle = self._word(first[1])
        if middle is None or not (middle.text in _DASHES or "and" in middle.marks):
            return None
        second = self._clock(first[1] + 1, bare=True)
        if second is None or self._counts(second[1]):
            return None
        if not (bare or first[0].is_sure or second[0].is_sure):
            return None
        if (
            middle.text in _DASHES
            and self._word(second[1])
            and self.words[second[1]].text in _DASHES
        ):
            return None  # 3-2-1502, 25-11-2026
        if first[0].is_pm is None and first[0].hour < second[0].hour < 12:
            first[0].is_pm = second[0].is_pm
        wish.relation, wish.first, wish.second = "between", first[0], second[0]
        return second[1]

    def _clock(self, at: int, *, bare: bool) -> tuple[Clock, int] | None:
        """A time of day at a word, and the word behind it. A bare hour counts only where one is expected."""
        word = self._word(at)
        if word is None:
            return None
        if "clock_words" in word.marks:
            hour, minute = word.marks["clock_words"].split(":")
            return Clock(int(hour), int(minute), is_pm=int(hour) >= 12, is_sure=True), at + 1
        if "half_before" in word.marks:
            follows = self._word(at + 1)
            inner = self._clock(at + 1, bare=True) if follows and follows.number else None
            if inner and inner[0].minute == 0:
                inner[0].minute, inner[0].is_sure = 30, True
                return inner
            return None
        number = word.number
        if "numbers_after_las" in word.marks and self.words[at - 1].text.lower().endswith(
            ("las", "la")
        ):
            number = int(word.marks["numbers_after_las"])
        if (
            number is None
            or not 0 <= number <= 24
            or (len(word.text) > 2 and word.text.isdecimal())
        ):
            return None
        clock = Clock(number, 0)
        end = self._minutes(clock, at + 1)
        end = self._half_day(clock, end)
        if word.text == "一" and end == at + 2 and not self._has(at - 1, "parts"):
            return None  # 一点: a little
        if word.text.startswith("0") and len(word.text) == 2:
            clock.is_pm = False
        if clock.hour == 24 and clock.minute:
            return None
        return (clock, end) if clock.is_sure or bare else None

    def _minutes(self, clock: Clock, at: int) -> int:
        before = self.words[at - 1]
        match = _MINUTES.match(self.text, before.end) if before.text.isdecimal() else None
        if match is not None:
            is_point = "." in match.group()
            if not is_point:
                clock.is_sure = True
            clock.minute = int(match.group(1))
            return self._word_at(match.end(), at)
        if self._has(at, "clock_after"):
            clock.is_sure = True
            at += 1
            number = self._word(at)
            if self._has(at, "half_after"):
                clock.minute = 30
                return at + 1
            if self._has(at, "quarter_after"):
                clock.minute = 15
                return at + 1
            if number and number.number in range(60) and self._has(at + 1, "minute_after"):
                clock.minute = number.number or 0
                return at + 2
            return at
        if self._has(at, "half_after") and not self.words[at].is_han:
            clock.minute, clock.is_sure = 30, True
            return at + 1
        match = _HOUR_SIGN.match(self.text, before.end) if before.text.isdecimal() else None
        if match is not None and clock.hour >= _SHORTEST_HOUR:
            clock.is_sure = True
            return self._word_at(match.end(), at)
        if self._has(at, "oclock"):
            clock.is_sure = True
            return at + 1
        return at

    def _half_day(self, clock: Clock, at: int) -> int:
        match = _HALF_DAY.match(self.text, self.words[at - 1].end)
        if match is None or clock.hour > 12:
            return at
        clock.is_sure, clock.is_pm = True, match.group(1).lower() == "p"
        return self._word_at(match.end(), at)

    def _word_at(self, offset: int, at: int) -> int:
        while at < len(self.words) and self.words[at].start < offset:
            at += 1
        return at


_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")  # fmt: skip


def find_times(text: str, words: Sequence[Word]) -> Iterator[Found]:
    """Wished times, in their order."""
    reader = _Reader(text, words)
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    at = 0
    while at < len(words):
        found = reader.read(at) if reader.may_begin(at) else None
        if found is None:
            at += 1
            continue
        wish, end = found
        start = words[at].start
        if (
            not is_told(words, wish, at, end)
            and (fills_its_clause(words, wish, at, end) or is_wanted(words, wish, at, end))
            and not any(first <= start < last for first, last in quoted)
        ):
            yield Found(WISHED_TIME, wish.text(), start, words[end - 1].end)
        at = end
