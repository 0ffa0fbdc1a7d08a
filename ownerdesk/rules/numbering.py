"""The units of a new building: entrances, floors, flats on each floor, and how they are numbered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ownerdesk.rules.refusals import InvalidField

SCHEMES = ("continuous", "entrance", "floor", "chinese")
MOST_UNITS = 5000
LONGEST_NAME = 40


@dataclass(frozen=True)
class NewUnit:
    """A unit as it would be."""

    entrance: str
    floor: int
    number: str


@dataclass(frozen=True)
class UnitPlan:
    """`continuous` counts through the building, `entrance` begins again in each entrance, `floor` puts the floor before
    the flat (301–304), and `chinese` does so with entrances named as 2单元. `entrances` may be given by name; else
    there are `entrance_count` of them. `skipped` floors do not exist (13, or 4 in China)."""

    scheme: str
    entrance_count: int
    first_floor: int
    last_floor: int
    flats: int
    entrances: Sequence[str] = ()
    skipped: frozenset[int] = field(default_factory=frozenset)
    start: int = 1

    def check(self) -> None:
        """Raises InvalidField with the field that cannot be."""
        if self.scheme not in SCHEMES:
            raise InvalidField("scheme")
        if not self.entrances and not 1 <= self.entrance_count <= 100:
            raise InvalidField("entrance_count")
        if any(not 0 < len(name) <= LONGEST_NAME for name in self.entrances):
            raise InvalidField("entrances")
        if len(set(self.entrances)) != len(self.entrances):
            raise InvalidField("entrances")
        if not -10 <= self.first_floor <= self.last_floor <= 200:
            raise InvalidField("last_floor")
        if not 1 <= self.flats <= 99:
            raise InvalidField("flats")
        if not 0 <= self.start <= 1_000_000:
            raise InvalidField("start")
        count = len(self._entrances()) * len(self._floors()) * self.flats
        if not 1 <= count <= MOST_UNITS:
            raise InvalidField("count")

    def _entrances(self) -> list[str]:
        if self.entrances:
            return list(self.entrances)
        numbers = range(1, self.entrance_count + 1)
        return [f"{number}单元" if self.scheme == "chinese" else str(number) for number in numbers]

    def _floors(self) -> list[int]:
        floors = range(self.first_floor, self.last_floor + 1)
        return [floor for floor in floors if floor not in self.skipped]

    def list_units(self) -> list[NewUnit]:
        """All of them, entrance by entrance from the lowest floor up. Raises InvalidField."""
        self.check()
        units = []
        count = 0
        for entrance in self._entrances():
            if self.scheme == "entrance":
                count = 0
            for floor in self._floors():
                for place in range(1, self.flats + 1):
                    count += 1
                    units.append(NewUnit(entrance, floor, self._number(floor, place, count)))
        return units

    def _number(self, floor: int, place: int, count: int) -> str:
        if self.scheme in ("continuous", "entrance"):
            return str(self.start + count - 1)
        return f"{floor}{place:02d}"
