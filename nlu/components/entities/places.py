"""Where something is and what it is: building, entrance, floor, unit, place in the building, thing.

Precision before recall: a bare number is nothing, a keyword without a designation is nothing, and what might be a
temperature, a quantity or a verb is left alone. A wrong door costs more than one that has to be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nlu.components.entities.found import Found
from nlu.components.entities.words import ADDRESS, NAMED, Word

BUILDING, ENTRANCE, FLOOR, UNIT = "building", "entrance", "floor", "unit"
PLACE, THING = "place", "thing"

HIGHEST_FLOOR = 150
_ORDINAL_ENDINGS = r"(?:st|nd|rd|th|er|ro|do|ra|da|to|ta|vo|va|mo|ma|no|na|[ºª°oa]\.?)"
_SIDES = {
    "izquierda": "IZQ",
    "izqda": "IZQ",
    "izda": "IZQ",
    "izq": "IZQ",
    "derecha": "DCHA",
    "dcha": "DCHA",
    "drcha": "DCHA",
}
_SIDE = "|".join(_SIDES)

# What may stand after a keyword, tried at one place only. After a number a letter with a gap must be a capital.
_NUMBER_WORD = r"(?:(?:no|nr|n|num|number|nº|n°|numero|número)\b\.?|#)?"
_UNIT_NAME = re.compile(
    rf"[ ,]{{0,2}}(?i:{_NUMBER_WORD})[ #]{{0,2}}"
    r"(?P<name>"
    rf"\d{{1,2}}\s?[ºª°oa]?\.?\s?-?\s?(?i:{_SIDE})"
    r"|\d{1,4}(?:[ºª°]|(?<=\d)o(?=\s?[A-Z]))?\s?-?\s?[B-DF-HJ-NP-TV-XZ]"
    r"|\d{1,4}[ºª°o]?\s?-\s?[A-Za-z]"
    r"|\d{1,4}(?:[ºª°]\s?)?[A-Za-z]"
    r"|\d{1,2}[ºª°o]\s?[A-Z]"
    r"|\d{1,4}\s?/\s?\d{1,4}"
    r"|[A-Za-z]{1,2}\s?-\s?\d{1,5}"
    r"|[A-Za-z]\d{1,5}"
    r"|\d{1,5}"
    r"|[A-HJ-Z]"
    r")(?![\w\u00c0-\u024f]|[.,:]\d|-\w)",
    re.ASCII,
)
_NAME = re.compile(
    rf"[ ]{{0,2}}(?i:{_NUMBER_WORD})[ #]{{0,2}}(?P<name>\d{{1,3}}[A-Za-z]?|[A-Za-z]\d{{1,2}}|[A-HJ-Za-z])(?![\w\u00c0-\u024f]|[.,:/]\d|-\w|['’](?!s\b)\w)",
    re.ASCII,
)
_LEVEL = re.compile(
    rf"[ ]{{0,2}}(?i:{_NUMBER_WORD})[ #]{{0,2}}(?P<name>-?\d{{1,3}})(?:(?i:{_ORDINAL_ENDINGS}))?(?![\w\u00c0-\u024f]|[.,:/]\d|-\w)",
    re.ASCII,
)
# A number with an ending of an ordinal, looked for backwards from the keyword: "5th floor", "3er piso", "2ª planta".
_ORDINAL_BEFORE = re.compile(rf"(?<![\w.,-])(\d{{1,3}})(?i:{_ORDINAL_ENDINGS})\s?$", re.ASCII)
# "3ºB", "1oC" (as it is when cleaned), "5º izda": a Spanish door without any keyword.
_SPANISH_DOOR = re.compile(
    rf"(?<![\w.,-])(?P<floor>\d{{1,2}})(?:(?:\s?[ºª°]|o\.?|er|ro|do|to)\s?-?\s?(?:(?P<letter>[A-H])|(?i:(?P<side>{_SIDE})))"
    rf"|[ºª°o](?P<small>[a-h])|\s?(?i:(?P<bare_side>{_SIDE})))(?![\w\u00c0-\u024f])",
    re.ASCII,
)
# "B-12" is a door: a capital, a dash, and at most two digits; three and more are an appeal's number.
_DASHED_DOOR = re.compile(r"(?<![\w-])[A-Z]-\d{1,2}(?![\w-]|[.,]\d)", re.ASCII)
# 3-2-1502 in a Chinese message: building, entrance, unit.
_TRIPLE = re.compile(r"(?<![\w.+-])(\d{1,2})-(\d{1,2})-(\d{3,4})(?![\w-])", re.ASCII)
_HAN = re.compile("[\u4e00-\u9fff]")
_DOOR_AFTER_PLACE = re.compile(
    r"[ ]?-?[ ]?(\d{3,4})(?![\w]|[.,:/-]\d)(?:室|号房|房|户|号(?!楼))?", re.ASCII
)
_BASEMENT = re.compile(r"(?<![\w-])B(\d)(?=\s?[层楼车地停])", re.ASCII)
_COUNTED_BEFORE = frozenset("了掉降升跌几两")
_COUNTING_SIGNS = tuple("€$£¥元块年月日楼层点度个")
_REACH = 12
_SHORTEST_DOOR = 3  # 2室1厅 is a size


def find_addresses(text: str, words: Sequence[Word]) -> Iterator[Found]:
    """Building, entrance, floor and unit."""
    has_han = bool(_HAN.search(text))
    if has_han:
        yield from _find_triples(text)
        for match in _BASEMENT.finditer(text):
            yield Found(FLOOR, f"-{match.group(1)}", match.start(), match.end())
    for at, word in enumerate(words):
        if ADDRESS in word.marks:
            yield from _after_keyword(text, words, at)
            yield from _before_keyword(text, words, at)
            yield from _named_door(text, words, at)
    for match in _SPANISH_DOOR.finditer(text):
        yield from _spanish_door(match)
    for match in _DASHED_DOOR.finditer(text):
        yield Found(UNIT, match.group(), match.start(), match.end())


def find_named(words: Sequence[Word]) -> Iterator[Found]:
    """Places in the building, and the things that messages are about."""
    for at, word in enumerate(words):
        marks = word.marks
        if NAMED not in marks:
            continue
        before = words[at - 1] if at else None
        if "no_things" in marks:
            continue
        if "things" in marks and not _is_verb(word, before):
            yield Found(THING, marks["things"], word.start, word.end)
        elif "things_after_a_word" in marks and before and "words_before_things" in before.marks:
            yield Found(THING, marks["things_after_a_word"], word.start, word.end)
        elif "places" in marks:
            yield Found(PLACE, marks["places"], word.start, word.end)


def _is_verb(word: Word, before: Word | None) -> bool:
    return "verbs_too" in word.marks and before is not None and "words_before_verbs" in before.marks


def _after_keyword(text: str, words: Sequence[Word], at: int) -> Iterator[Found]:
    """ "building 4", "portal 2", "flat 6B", "piso tercero", "piso 3º B"."""
    word = words[at]
    if UNIT in word.marks:
        unit = _unit_after(text, word)
        if unit is not None:
            yield unit
            return
    following = words[at + 1] if at + 1 < len(words) else None
    for name, pattern in (
        (FLOOR, _LEVEL),
        (BUILDING, _NAME),
        (ENTRANCE, _NAME),
        (UNIT, _UNIT_NAME),
    ):
        if name not in word.marks:
            continue
        match = pattern.match(text, _behind(text, word))
        if match and _is_designation(text, words, at, match):
            value = _plain(match["name"])
            if name == FLOOR and abs(int(value)) > HIGHEST_FLOOR:
                continue
            yield Found(name, value, word.start, match.end())
            if name in (BUILDING, ENTRANCE):
                yield from _door_after(text, words, match.end())
            return
        if following is not None and not following.is_han and _joined(text, word, following):
            value = _word_value(following, ordinals_too=name != UNIT)
            if value is not None and not _goes_on(words, at + 2):
                yield Found(name, value, word.start, following.end)
                return


def _unit_after(text: str, word: Word) -> Found | None:
    """ "piso" is a floor and a flat: with a letter or a side it is a flat."""
    if FLOOR not in word.marks:
        return None
    match = _UNIT_NAME.match(text, _behind(text, word))
    if match is None:
        return None
    name = _plain(match["name"])
    if name.isdigit() or len(name) == 1:
        return None
    return Found(UNIT, name, word.start, match.end())


def _behind(text: str, word: Word) -> int:
    """Where the designation may begin: behind the point of "apt." too."""
    return word.end + ("abbreviated" in word.marks and text[word.end : word.end + 1] == ".")


def _joined(text: str, left: Word, right: Word) -> bool:
    """Only blanks between two words."""
    return text[left.end : right.start].strip() == ""


def _word_value(word: Word, *, ordinals_too: bool) -> str | None:
    if "numbers" in word.marks:
        return word.marks["numbers"]
    return word.marks.get("ordinals_after") if ordinals_too else None


def _goes_on(words: Sequence[Word], at: int) -> bool:
    """Whether the number counts something: "floor two of", "flat two bedrooms"."""
    return at < len(words) and bool({"counts", "of"} & set(words[at].marks))


def _is_designation(text: str, words: Sequence[Word], at: int, match: re.Match[str]) -> bool:
    name = match["name"]
    if name.islower() and any(
        "letters_that_are_words" in word.marks
        for word in words[at + 1 : at + 3]
        if word.start == match.start("name")
    ):
        return False  # "portal a oscuras", "building a wall"
    after = next((w for w in words[at + 1 : at + 6] if w.start >= match.end()), None)
    if after is not None and _joined(text, Word("", match.start(), match.end()), after):
        return not {"counts", "money"} & set(after.marks)
    return True


def _door_after(text: str, words: Sequence[Word], at: int) -> Iterator[Found]:
    """ "Tower C 1203": three or four digits right after a building or an entrance are a door."""
    match = _DOOR_AFTER_PLACE.match(text, at)
    if match is None:
        return
    if text[match.end() : match.end() + 2].strip()[:1] not in _COUNTING_SIGNS:
        yield Found(UNIT, match.group(1), match.start(1), match.end())


def _before_keyword(text: str, words: Sequence[Word], at: int) -> Iterator[Found]:
    """ "second entrance", "5th floor", "3栋", "十二楼", "1502室"."""
    word, before = words[at], words[at - 1] if at else None
    if before is None:
        return
    if word.is_han:
        yield from _chinese(text, words, at)
        return
    for name in (FLOOR, ENTRANCE, BUILDING):
        if name not in word.marks:
            continue
        match = _ORDINAL_BEFORE.search(text, max(0, word.start - _REACH), word.start)
        if match and int(match.group(1)) <= HIGHEST_FLOOR:
            yield Found(name, match.group(1).lstrip("0") or "0", match.start(), word.end)
        elif "ordinals" in before.marks and _joined(text, before, word):
            yield Found(name, before.marks["ordinals"], before.start, word.end)
        break


def _named_door(text: str, words: Sequence[Word], at: int) -> Iterator[Found]:
    """ "tercero B": a Spanish door in words."""
    word, following = words[at], words[at + 1] if at + 1 < len(words) else None
    if "ordinals_after" not in word.marks or following is None:
        return
    if re.fullmatch("[A-H]", following.text) and _joined(text, word, following):
        value = f"{word.marks['ordinals_after']}{following.text}"
        yield Found(UNIT, value, word.start, following.end)


def _chinese(text: str, words: Sequence[Word], at: int) -> Iterator[Found]:
    """A number, or for a building a letter, and the word that says what it numbers."""
    word, before = words[at], words[at - 1]
    if before.end != word.start and text[before.end : word.start].strip():
        return
    following = words[at + 1] if at + 1 < len(words) else None
    marks = word.marks
    if "building_after" in marks:
        letter = re.fullmatch(r"[A-Za-z]", before.text, re.ASCII)
        counted = before.number is not None and not (
            before.is_han
            and (word.text.startswith("座") or (before.text == "一" and "楼" in word.text[1:]))
            and "号" not in word.text
        )
        if counted or letter:
            name = str(before.number) if before.number is not None else before.text.upper()
            yield Found(BUILDING, name, before.start, word.end)
            yield from _door_after(text, words, word.end)
    elif "entrance_after" in marks and before.number is not None:
        yield Found(ENTRANCE, str(before.number), before.start, word.end)
        yield from _door_after(text, words, word.end)
    elif "floor_after" in marks and before.number is not None:
        yield from _chinese_floor(text, words, at, following)
    elif "unit_after" in marks and before.text.isdecimal() and len(before.text) >= _SHORTEST_DOOR:
        yield Found(UNIT, before.text, before.start, word.end)


def _chinese_floor(
    text: str, words: Sequence[Word], at: int, following: Word | None
) -> Iterator[Found]:
    word, before = words[at], words[at - 1]
    earlier = words[at - 2] if at > 1 and words[at - 2].end == before.start else None
    if before.number is None or not 0 < before.number <= HIGHEST_FLOOR:
        return
    is_count = word.text.startswith("层") and (
        (earlier is not None and earlier.text[-1] in _COUNTED_BEFORE)
        or before.text == "两"
        or (
            before.text == "一"
            and not (following and {"places", "time_glue"} & set(following.marks))
        )
    )
    if is_count or before.text == "两":
        return
    below = earlier is not None and "below_ground" in earlier.marks
    starts = earlier.start if earlier and (below or earlier.text == "第") else before.start
    yield Found(FLOOR, f"{'-' if below else ''}{before.number}", starts, word.end)
    if not below:
        yield from _door_after(text, words, word.end)


def _find_triples(text: str) -> Iterator[Found]:
    for match in _TRIPLE.finditer(text):
        for number, name in enumerate((BUILDING, ENTRANCE, UNIT), start=1):
            value = match.group(number)
            yield Found(
                name, value if name == UNIT else value.lstrip("0") or "0", *match.span(number)
            )


def _spanish_door(match: re.Match[str]) -> Iterator[Found]:
    floor = match["floor"]
    letter = (match["letter"] or match["small"] or "").upper()
    if letter in ("C", "F") and int(floor) >= 10:
        return  # 20º C is a temperature
    side = (match["side"] or match["bare_side"] or "").lower()
    yield Found(UNIT, f"{int(floor)}{letter or _SIDES[side]}", *match.span())


def _plain(name: str) -> str:
    """ "3º B" and "3oB" are 3B, "6 b" is 6B, "B – 12" stays B-12, "3 izquierda" is 3IZQ."""
    bare = re.sub(r"\s", "", name)
    side = re.fullmatch(rf"(\d+)[ºª°oa]?\.?-?({_SIDE})", bare, re.IGNORECASE)
    if side:
        return f"{int(side.group(1))}{_SIDES[side.group(2).lower()]}"
    ordinal = re.fullmatch(r"(\d+)[ºª°o]?-?([A-Za-z])", bare)
    if ordinal:
        return f"{ordinal.group(1)}{ordinal.group(2).upper()}"
    return bare.upper()
