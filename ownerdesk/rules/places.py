"""What a message names: homes, places and things, and which of an owner's homes it means.

The reader gives the values in normal form (`nlu/components/entities/`); what stands in `units` and `buildings` is
as the company wrote it. A name is only ever compared with the asker's own homes, so that nobody learns which others
there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

# The entities that are kept with a message; phones and sums are left in its text.
KEPT_ENTITIES = ("building", "entrance", "floor", "unit", "place", "thing", "wished_time")
MOST_NAMED = 5
# Where the owner's own home is meant, whoever else's is named: the noise comes from there.
ABOUT_OTHERS = frozenset({"noise", "neighbours"})

_SIDES = {"izquierda": "izq", "izqda": "izq", "izda": "izq", "derecha": "dcha", "drcha": "dcha"}
_SIDE = re.compile("|".join(sorted(_SIDES, key=len, reverse=True)))
_DOOR = re.compile(r"([a-z])-(\d+)")
_NUMERALS = dict(zip("一二三四五六七八九十", range(1, 11), strict=True))
_MARKS = re.compile(
    r"\d+|(?<![^\W\d_])[^\W\d_](?![^\W\d_])|[一二三四五六七八九十](?=栋|幢|号|座|单元)"
)


class Door(Protocol):
    """The columns of a unit that a name is compared with."""

    number: str
    entrance: str
    floor: int | None


@dataclass(frozen=True)
class Named:
    """What one message names. A message may name several of a sort, the first first."""

    buildings: tuple[str, ...] = ()
    entrances: tuple[str, ...] = ()
    floors: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    wished_times: tuple[str, ...] = ()

    @classmethod
    def of(cls, reading: Mapping[str, Any] | None) -> Named:
        """From the record kept with a message; nothing for one that was not read, or read before there were names."""
        kept = (reading or {}).get("named", {})
        return cls(**{f"{name}s": tuple(kept.get(name, ())) for name in KEPT_ENTITIES})


def record_named(entities: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """What is kept of a reading's entities, by name: normal forms, no words of the owner's."""
    kept: dict[str, list[str]] = {}
    for name, value in entities:
        values = kept.setdefault(name, []) if name in KEPT_ENTITIES else []
        if value not in values and len(values) < MOST_NAMED:
            values.append(value)
    return kept


def is_named(door: Door, building: str, named: Named) -> bool:
    """Whether a home may be the one a message names: what the message says and the home has must agree."""
    numbers, marks = _numbers_of(door), _marks_of(building)
    if not any(_is_number(unit, numbers, marks) for unit in named.units):
        return False
    if named.entrances and door.entrance:
        entrances = {_plain(entrance) for entrance in named.entrances}
        if not entrances & (_marks_of(door.entrance) | {_plain(door.entrance)}):
            return False
    return not named.buildings or bool({_plain(name) for name in named.buildings} & marks)


def find_home_in_words(text: str, names: Sequence[str], doors: Sequence[Door]) -> int | None:
    """The position of the home whose whole name or number a text is; None when it is anything else."""
    wanted = _plain(text)
    matches = [
        position
        for position, (name, door) in enumerate(zip(names, doors, strict=True))
        if wanted and wanted in {_plain(name), _plain(name.rpartition(",")[2]), *_numbers_of(door)}
    ]
    return matches[0] if len(matches) == 1 else None


def _is_number(unit: str, numbers: set[str], marks: set[str]) -> bool:
    if _plain(unit) in numbers:
        return True
    parts = _DOOR.fullmatch(unit.lower())  # "B-12" may be flat 12 of building B
    return parts is not None and parts.group(1) in marks and _plain(parts.group(2)) in numbers


def _numbers_of(door: Door) -> set[str]:
    """ "3º B" is 3b; a door that is only "B" on the third floor is 3b too."""
    plain = _plain(door.number)
    numbers = {plain}
    if door.floor is not None and not plain.isdigit():
        numbers.add(f"{door.floor}{plain}")
    return numbers


def _marks_of(name: str) -> set[str]:
    """The numbers and single letters in a name: "Tower C" has c, "3栋" has 3, "Birch House" has none."""
    return {
        str(_NUMERALS[mark]) if mark in _NUMERALS else _plain(mark) for mark in _MARKS.findall(name)
    }


def _plain(name: str) -> str:
    bare = re.sub(r"(?<=\d)(?:er|[ºª°])", "", name.lower())
    bare = _SIDE.sub(lambda match: _SIDES[match.group()], bare)
    bare = re.sub(r"[^\w]|_", "", bare)
    bare = re.sub(r"[室户房号]$", "", bare)
    return bare.lstrip("0") or bare
