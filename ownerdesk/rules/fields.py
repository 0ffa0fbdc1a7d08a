"""What staff type into the fields of a setting: read into values, or refused with the reason at each field.

A field that is said in every language is typed as `names.en`, `names.es`, …; what is left empty is not kept.
"""

from __future__ import annotations

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from ownerdesk.rules.categories import is_category_code
from ownerdesk.rules.gaps import find_gaps
from ownerdesk.rules.refusals import Refusal
from ownerdesk.texts import LANGUAGES

Typed = Mapping[str, str]
Values = dict[str, Any]

LONGEST_LIST = 40
MOST_MONEY = Decimal(1_000_000)


@dataclass(frozen=True)
class Problem:
    """Why one field cannot be kept. `why` is missing, too_long, too_many, unknown, no_number, no_money, out_of_range,
    no_code, taken, gaps, tags, phone, hours, address, day or over_limit; `detail` is what its words need."""

    field: str
    why: str
    detail: Mapping[str, object] = dataclasses.field(default_factory=dict)


class Unusable(Refusal):
    """Fields that cannot be kept as they were typed."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(f"{p.field}: {p.why}" for p in problems))
        self.problems = problems

    def at(self, name: str) -> Problem | None:
        """What is wrong with a field, by the name it has in the form."""
        return next((p for p in self.problems if p.field == name), None)


class Field(ABC):
    """One value of a setting."""

    name: str

    @abstractmethod
    def parse(self, typed: Typed) -> Any:
        """The value. Raises Unusable."""

    @abstractmethod
    def show(self, value: Any) -> dict[str, str]:
        """What stands in the form for a value, by the names of its inputs."""


def read_fields(fields: Sequence[Field], typed: Typed) -> tuple[Values, list[Problem]]:
    """The values of the fields that are right, and every problem of the others."""
    values: Values = {}
    problems: list[Problem] = []
    for one in fields:
        try:
            values[one.name] = one.parse(typed)
        except Unusable as refusal:
            problems += refusal.problems
    return values, problems


def parse_fields(fields: Sequence[Field], typed: Typed) -> Values:
    """All values at once. Raises Unusable with every problem there is."""
    values, problems = read_fields(fields, typed)
    refuse(problems)
    return values


def refuse(problems: Sequence[Problem]) -> None:
    """Raises Unusable where there are any."""
    if problems:
        raise Unusable(*problems)


def show_fields(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, str]:
    """What stands in a form for these values."""
    return {
        name: text
        for one in fields
        if one.name in values
        for name, text in one.show(values[one.name]).items()
    }


@dataclass(frozen=True)
class Texts(Field):
    """A text in every language; one of them has to be there where it is `required`. With `gaps`, only these
    variables may stand in it."""

    name: str
    limit: int
    is_long: bool = False
    required: bool = True
    gaps: Collection[str] | None = None

    def parse(self, typed: Typed) -> dict[str, str]:
        typed_in = {code: typed.get(f"{self.name}.{code}", "").strip() for code in LANGUAGES}
        texts = {language: text for language, text in typed_in.items() if text}
        found = [self._find_problem(f"{self.name}.{code}", text) for code, text in texts.items()]
        refuse([problem for problem in found if problem is not None])
        if self.required and not texts:
            raise Unusable(Problem(f"{self.name}.{next(iter(LANGUAGES))}", "missing"))
        return texts

    def _find_problem(self, name: str, text: str) -> Problem | None:
        if len(text) > self.limit:
            return Problem(name, "too_long", {"limit": self.limit, "length": len(text)})
        if self.gaps is not None:
            found = find_gaps(text)
            if found is None or not found <= set(self.gaps):
                return Problem(name, "gaps", {"gaps": sorted(self.gaps)})
        return None

    def show(self, value: Any) -> dict[str, str]:
        return {f"{self.name}.{language}": str(value.get(language, "")) for language in LANGUAGES}


@dataclass(frozen=True)
class Lists(Field):
    """Short texts in every language, one a line (`by` a comma: keywords)."""

    name: str
    limit: int = 200
    by: str = "\n"
    required: bool = True

    def parse(self, typed: Typed) -> dict[str, list[str]]:
        split = {code: self._split(typed.get(f"{self.name}.{code}", "")) for code in LANGUAGES}
        lists = {language: found for language, found in split.items() if found}
        problems = [
            self._find_problem(f"{self.name}.{code}", lines) for code, lines in lists.items()
        ]
        refuse([problem for problem in problems if problem is not None])
        if self.required and not lists:
            raise Unusable(Problem(f"{self.name}.{next(iter(LANGUAGES))}", "missing"))
        return lists

    def _find_problem(self, name: str, lines: Sequence[str]) -> Problem | None:
        if len(lines) > LONGEST_LIST:
            return Problem(name, "too_many", {"limit": LONGEST_LIST})
        longest = max(map(len, lines))
        if longest > self.limit:
            return Problem(name, "too_long", {"limit": self.limit, "length": longest})
        return None

    def _split(self, text: str) -> list[str]:
        pattern = r"\n" if self.by == "\n" else r"[,，、;；\n]"
        parts = (part.strip() for part in re.split(pattern, text))
        return list(dict.fromkeys(part for part in parts if part))

    def show(self, value: Any) -> dict[str, str]:
        glue = "\n" if self.by == "\n" else ", "
        return {
            f"{self.name}.{language}": glue.join(map(str, value.get(language, [])))
            for language in LANGUAGES
        }


@dataclass(frozen=True)
class Choice(Field):
    """One of a few words; None where nothing is chosen and that is allowed."""

    name: str
    options: Collection[str]
    required: bool = True

    def parse(self, typed: Typed) -> str | None:
        text = typed.get(self.name, "").strip()
        if not text and not self.required:
            return None
        if text not in self.options:
            raise Unusable(Problem(self.name, "unknown" if text else "missing"))
        return text

    def show(self, value: Any) -> dict[str, str]:
        return {self.name: str(value or "")}


@dataclass(frozen=True)
class CategoryChoice(Field):
    """The code of a category; which there are the service knows."""

    name: str
    required: bool = True

    def parse(self, typed: Typed) -> str | None:
        text = typed.get(self.name, "").strip()
        if not text and not self.required:
            return None
        if not is_category_code(text):
            raise Unusable(Problem(self.name, "unknown" if text else "missing"))
        return text

    def show(self, value: Any) -> dict[str, str]:
        return {self.name: str(value or "")}


@dataclass(frozen=True)
class CategoryChoices(Field):
    """Any categories, ticked one by one as `categories.lighting`."""

    name: str

    def parse(self, typed: Typed) -> list[str]:
        ticked = (key.removeprefix(f"{self.name}.") for key, value in typed.items() if value)
        return [
            code for code in ticked if f"{self.name}.{code}" in typed and is_category_code(code)
        ]

    def show(self, value: Any) -> dict[str, str]:
        return {f"{self.name}.{code}": "yes" for code in value}


@dataclass(frozen=True)
class Choices(Field):
    """Any of a few words, ticked one by one as `categories.lighting`."""

    name: str
    options: Collection[str]

    def parse(self, typed: Typed) -> list[str]:
        return [option for option in self.options if typed.get(f"{self.name}.{option}")]

    def show(self, value: Any) -> dict[str, str]:
        return {f"{self.name}.{option}": "yes" for option in value}


@dataclass(frozen=True)
class Line(Field):
    """A short text that is the same in every language and has a pattern, such as a currency."""

    name: str
    pattern: str

    def parse(self, typed: Typed) -> str:
        text = typed.get(self.name, "").strip()
        if not text:
            raise Unusable(Problem(self.name, "missing"))
        if not re.fullmatch(self.pattern, text):
            raise Unusable(Problem(self.name, "unknown"))
        return text

    def show(self, value: Any) -> dict[str, str]:
        return {self.name: str(value)}


@dataclass(frozen=True)
class Money(Field):
    """An amount of whole cents, as a text with two decimals: it is stored exactly."""

    name: str

    def parse(self, typed: Typed) -> str:
        text = typed.get(self.name, "").strip()
        if not text:
            raise Unusable(Problem(self.name, "missing"))
        return f"{parse_money(text, self.name):.2f}"

    def show(self, value: Any) -> dict[str, str]:
        return {self.name: f"{Decimal(str(value)):.2f}"}


def parse_money(text: str, name: str) -> Decimal:
    """An amount from nothing to a million, with a point or a comma. Raises Unusable."""
    try:
        amount = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise Unusable(Problem(name, "no_money")) from None
    if not amount.is_finite() or amount != round(amount, 2):
        raise Unusable(Problem(name, "no_money"))
    if not 0 <= amount <= MOST_MONEY:
        raise Unusable(Problem(name, "out_of_range", {"least": 0, "most": MOST_MONEY}))
    return amount


@dataclass(frozen=True)
class Whole(Field):
    """A whole number between two others; None where it is left empty and need not be there."""

    name: str
    least: int
    most: int
    required: bool = True

    def parse(self, typed: Typed) -> int | None:
        text = typed.get(self.name, "").strip()
        if not text:
            if self.required:
                raise Unusable(Problem(self.name, "missing"))
            return None
        if not re.fullmatch(r"[0-9]{1,12}", text):
            raise Unusable(Problem(self.name, "no_number"))
        if not self.least <= int(text) <= self.most:
            limits = {"least": self.least, "most": self.most}
            raise Unusable(Problem(self.name, "out_of_range", limits))
        return int(text)

    def show(self, value: Any) -> dict[str, str]:
        return {self.name: "" if value is None else str(value)}


@dataclass(frozen=True)
class Limits(Field):
    """The most that each role may give, as a number; a role that is left empty may give nothing. Where the unit, the
    value of another field, counts times, only whole numbers will do."""

    name: str
    roles: Collection[str]
    unit: str

    def parse(self, typed: Typed) -> dict[str, float]:
        limits: dict[str, float] = {}
        problems: list[Problem] = []
        counts_times = typed.get(self.unit, "").strip() == "times"
        for role in self.roles:
            name = f"{self.name}.{role}"
            text = typed.get(name, "").strip()
            if not text:
                continue
            try:
                amount = parse_money(text, name)
            except Unusable as refusal:
                problems += refusal.problems
                continue
            if counts_times and amount != round(amount, 0):
                problems.append(Problem(name, "no_number"))
            elif amount > 0:
                limits[role] = int(amount) if amount == round(amount, 0) else float(amount)
        refuse(problems)
        return limits

    def show(self, value: Any) -> dict[str, str]:
        return {f"{self.name}.{role}": str(value.get(role, "")) for role in self.roles}


def parse_code(typed: Typed, name: str = "code") -> str:
    """A short name that stays: small letters, digits, `-` and `_`. Raises Unusable."""
    text = typed.get(name, "").strip().lower()
    if not text:
        raise Unusable(Problem(name, "missing"))
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", text):
        raise Unusable(Problem(name, "no_code"))
    return text
