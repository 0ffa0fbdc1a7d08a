"""Reads the list of owners that a company brings along: records in, typed rows or a mistake for every bad line out.

One row is one person's tie to one unit; a person with several homes has several rows. What lines say against each other
is found where they are stored (`services/import_steps.py`); the sentences of the mistakes are in `wording.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from ownerdesk.rules.phones import normalise_phone
from ownerdesk.rules.refusals import Refusal

COLUMNS = (
    "project",
    "building",
    "entrance",
    "floor",
    "number",
    "kind",
    "name",
    "phone",
    "language",
    "role",
    "share",
    "since",
    "until",
)
REQUIRED = ("building", "number", "name")
KINDS = ("flat", "parking", "storage")
ROLES = ("owner", "family", "tenant")
LONGEST_VALUE = 200
MOST_ROWS = 500_000
# What companies call the columns in lists of their own.
OTHER_NAMES = {
    "complex": "project", "proyecto": "project", "项目": "project", "小区": "project",
    "house": "building", "edificio": "building", "楼栋": "building", "楼": "building",
    "portal": "entrance", "单元": "entrance",
    "planta": "floor", "piso": "floor", "楼层": "floor",
    "unit": "number", "flat": "number", "door": "number", "puerta": "number", "房号": "number",
    "tipo": "kind", "类型": "kind",
    "owner": "name", "owner name": "name", "nombre": "name", "姓名": "name",
    "telephone": "phone", "mobile": "phone", "teléfono": "phone", "móvil": "phone",
    "电话": "phone", "手机": "phone",
    "idioma": "language", "语言": "language",
    "tie": "role", "relación": "role", "关系": "role",
    "cuota": "share", "份额": "share",
    "desde": "since", "起始": "since",
    "hasta": "until", "截止": "until",
}  # fmt: skip
# A spreadsheet runs what begins so; an export puts an apostrophe before it, and an import takes it off again.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Record = Sequence[str]


@dataclass(frozen=True)
class Mistake:
    """What is wrong, by its code, with the details its sentence needs; never a name or a number of the file."""

    code: str
    detail: Mapping[str, str | int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "detail": dict(self.detail)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Mistake:
        return cls(stored["code"], stored["detail"])


class FileMistake(Refusal):
    """The file as a whole, or from a line on, cannot be read."""

    def __init__(self, line: int, code: str, **detail: str | int) -> None:
        super().__init__(code)
        self.line = line
        self.mistake = Mistake(code, detail)


def read_header(line: int, header: Record, *, has_project: bool) -> list[str]:
    """The columns of a file in its order. Raises FileMistake that says which are wrong and which are expected."""
    given = [name.strip().casefold() for name in header]
    while given and not given[-1]:
        given.pop()  # spreadsheets leave empty columns behind
    names = [OTHER_NAMES.get(name, name) for name in given]
    known = ", ".join(COLUMNS)
    unknown = [given[i] for i, name in enumerate(names) if name not in COLUMNS]
    if unknown:
        wrong = ", ".join(name[:40] or "—" for name in unknown[:20])
        raise FileMistake(line, "unknown_columns", columns=wrong, known=known)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FileMistake(line, "columns_twice", columns=", ".join(twice))
    needed = REQUIRED if has_project else ("project", *REQUIRED)
    missing = [name for name in needed if name not in names]
    if missing:
        raise FileMistake(line, "missing_columns", columns=", ".join(missing), known=known)
    return names


def parse_record(
    record: Record,
    names: Sequence[str],
    *,
    languages: Sequence[str],
    project: str,
    today: date,
) -> tuple[dict[str, Any], list[Mistake]]:
    """What a line says by column, and what is wrong with it. `project` stands in where it names none; `languages`
    are those that owners can be answered in; an empty phone or language leaves what is known as it is."""
    record = list(record)
    while len(record) > len(names) and not record[-1].strip():
        record.pop()
    wrong = []
    if len(record) != len(names):
        wrong.append(Mistake("fields", {"found": len(record), "expected": len(names)}))
    if any("\x00" in value for value in record):
        wrong.append(Mistake("nul"))
    values = dict.fromkeys(COLUMNS, "")
    for name, value in zip(names, record, strict=False):
        values[name] = _clean(value)
    values["project"] = values["project"] or project
    if not wrong:
        wrong += _check_values(values, languages, today)
    return _type_values(values), wrong


def _clean(value: str) -> str:
    text = value.replace("\x00", "").strip()
    if text.startswith("'") and text[1:].startswith(FORMULA_STARTS):
        return text[1:]
    return text


def _check_values(
    values: Mapping[str, str], languages: Sequence[str], today: date
) -> Iterator[Mistake]:
    for name in ("project", *REQUIRED):
        if not values[name]:
            yield Mistake("empty", {"column": name})
    for name, value in values.items():
        if len(value) > LONGEST_VALUE:
            yield Mistake("too_long", {"column": name, "limit": LONGEST_VALUE})
    if values["floor"] and _parse_floor(values["floor"]) is None:
        yield Mistake("no_whole_number", {"column": "floor"})
    for name, known in (("kind", KINDS), ("role", ROLES), ("language", tuple(languages))):
        if values[name] and values[name].casefold() not in known:
            yield Mistake("unknown_value", {"column": name, "known": ", ".join(known)})
    if values["phone"] and parse_full_phone(values["phone"]) is None:
        yield Mistake("no_phone")
    if values["share"] and parse_share(values["share"]) is None:
        yield Mistake("no_share")
    for name in ("since", "until"):
        day = parse_day(values[name])
        if values[name] and day is None:
            yield Mistake("no_date", {"column": name})
        elif day is not None and day > today:
            yield Mistake("future", {"column": name})
    since, until = parse_day(values["since"]), parse_day(values["until"])
    if since and until and until < since:
        yield Mistake("ends_before")


def _type_values(values: Mapping[str, str]) -> dict[str, Any]:
    kind, role = values["kind"].casefold(), values["role"].casefold()
    texts = {
        name: values[name][:LONGEST_VALUE]
        for name in ("project", "building", "entrance", "number", "name")
    }
    return {
        **texts,
        "floor": _parse_floor(values["floor"]),
        "kind": (kind or "flat")[:LONGEST_VALUE],
        "phone": parse_full_phone(values["phone"]),
        "language": values["language"].casefold()[:LONGEST_VALUE] or None,
        "role": (role or "owner")[:LONGEST_VALUE],
        "share": parse_share(values["share"]),
        "since": parse_day(values["since"]),
        "until": parse_day(values["until"]),
    }


def _parse_floor(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[-+]?[0-9]{1,3}", text) else None


def parse_full_phone(text: str) -> str | None:
    """E.164 of a number that names its country, by + or 00; None for any other. A guessed country could open a home
    to a stranger with the same digits elsewhere."""
    digits = re.sub(r"[^\d+]", "", text)
    number = normalise_phone(text) if digits.startswith(("+", "00")) else None
    return None if number is None or number.startswith("+0") else number


def parse_share(text: str) -> Decimal | None:
    """Per cent above 0 and up to 100, with a point or a comma and an optional sign; None for anything else."""
    try:
        share = round(Decimal(text.removesuffix("%").strip().replace(",", ".")), 2)
    except InvalidOperation:
        return None
    return share if share.is_finite() and 0 < share <= 100 else None


def parse_day(text: str) -> date | None:
    """`2026-03-31`, `31.03.2026` or `31/03/2026` (the day first), also with a midnight behind; None for anything else."""
    text = re.sub(r"[T ]00:00(:00)?$", "", text.strip())
    match = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text, re.ASCII)
    try:
        if match:
            day, month, year = map(int, match.groups())
            return date(year, month, day)
        return (
            date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
        )
    except ValueError:
        return None


def guard_formula(text: str) -> str:
    """A cell as an export writes it: a spreadsheet reads it as text, and an import as what it was."""
    is_number = re.fullmatch(r"-?[0-9]{1,9}", text) is not None
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not is_number else text
