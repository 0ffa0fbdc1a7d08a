"""Reads the list of owners that a company brings along: CSV in, typed rows or a complaint for every bad line out.

One row is one person's tie to one unit; a person with several homes has several rows.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ownerdesk.rules.phones import normalise_phone

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
)
REQUIRED = ("building", "number", "name")
KINDS = ("flat", "parking", "storage")
ROLES = ("owner", "family", "tenant")
LONGEST_VALUE = 200


@dataclass(frozen=True)
class OwnerRow:
    """One line. `phone` is E.164; None, and an empty `language`, leave what is known as it is."""

    line: int
    project: str
    building: str
    entrance: str
    floor: int | None
    number: str
    kind: str
    name: str
    phone: str | None
    language: str | None
    role: str

    @property
    def unit_key(self) -> tuple[str, str, str, str, str]:
        return (self.project, self.building, self.kind, self.entrance, self.number)

    @property
    def person_key(self) -> tuple[object, ...]:
        """A phone is a person; without one, a name is a person only within its unit."""
        return (self.phone,) if self.phone else (self.unit_key, self.name.casefold())


@dataclass(frozen=True)
class RowError:
    """What is wrong with a line of the file, and what it should be; never a name or a number from it."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


def parse_owners(
    data: bytes, *, languages: Mapping[str, str], project: str = ""
) -> tuple[list[OwnerRow], list[RowError]]:
    """The rows of a CSV file in UTF-8, with commas or semicolons. `project` stands in where a row names none.

    `languages` are those that owners can be answered in, by code.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return [], [RowError(line, "this is not UTF-8; save the file as “CSV UTF-8”")]
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        return [], [RowError(line, "a NUL character; this is not a text file")]
    records = _read_records(text)
    try:
        header_line, header = next(records)
    except StopIteration:
        return [], [RowError(1, "the file is empty; its first line names the columns")]
    except csv.Error as error:
        return [], [RowError(1, f"this cannot be read as CSV ({error})")]
    names = [name.strip().casefold() for name in header]
    wrong = _check_header(names, has_project=bool(project))
    if wrong:
        return [], [RowError(header_line, wrong)]
    return _parse_records(records, names, languages=languages, project=project)


def _read_records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the line they begin on; a quoted field may hold line breaks. Blank lines are no records."""
    first = text.lstrip().partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    for record in reader:
        if any(field.strip() for field in record):
            yield line, record
        line = reader.line_num + 1


def _check_header(names: list[str], *, has_project: bool) -> str:
    unknown = [name or "(no name)" for name in names if name not in COLUMNS]
    if unknown:
        return f"unknown columns: {', '.join(unknown)}; known are {', '.join(COLUMNS)}"
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return f"columns that stand twice: {', '.join(twice)}"
    needed = REQUIRED if has_project else ("project", *REQUIRED)
    missing = [name for name in needed if name not in names]
    return f"missing columns: {', '.join(missing)}" if missing else ""


def _parse_records(
    records: Iterator[tuple[int, list[str]]],
    names: list[str],
    *,
    languages: Mapping[str, str],
    project: str,
) -> tuple[list[OwnerRow], list[RowError]]:
    rows: list[OwnerRow] = []
    errors: list[RowError] = []
    line = 1
    try:
        for line, record in records:
            if len(record) != len(names):
                text = f"{len(record)} fields where the first line names {len(names)}"
                errors.append(RowError(line, text))
                continue
            values = {name: field.strip() for name, field in zip(names, record, strict=True)}
            values["project"] = values.get("project") or project
            wrong = list(_check_values(values, languages))
            errors += [RowError(line, text) for text in wrong]
            if not wrong:
                rows.append(_make_row(line, values))
    except csv.Error as error:
        errors.append(RowError(line + 1, f"from here on this cannot be read as CSV ({error})"))
    if not rows and not errors:
        errors.append(RowError(1, "no rows follow the line that names the columns"))
    errors += _find_contradictions(rows)
    return rows, sorted(errors, key=lambda error: error.line)


def _check_values(values: Mapping[str, str], languages: Mapping[str, str]) -> Iterator[str]:
    for name in ("project", *REQUIRED):
        if not values[name]:
            yield f"{name} is empty"
    for name, value in values.items():
        if len(value) > LONGEST_VALUE:
            yield f"{name} is longer than {LONGEST_VALUE} characters"
    if not re.fullmatch(r"[-+]?\d{1,3}|", values.get("floor", "")):
        yield "floor is not a whole number"
    for name, known in (("kind", KINDS), ("role", ROLES), ("language", tuple(languages))):
        value = values.get(name, "").casefold()
        if value and value not in known:
            yield f"{name} is none of {', '.join(known)}"
    if values.get("phone") and parse_full_phone(values["phone"]) is None:
        yield "phone is no number with its country code, such as +34 600 000 000"


def parse_full_phone(text: str) -> str | None:
    """E.164 of a number that names its country, by + or 00; None for any other. A guessed country could open a home
    to a stranger with the same digits elsewhere."""
    digits = re.sub(r"[^\d+]", "", text)
    number = normalise_phone(text) if digits.startswith(("+", "00")) else None
    return None if number is None or number.startswith("+0") else number


def _make_row(line: int, values: Mapping[str, str]) -> OwnerRow:
    floor, phone = values.get("floor", ""), values.get("phone", "")
    return OwnerRow(
        line=line,
        project=values["project"],
        building=values["building"],
        entrance=values.get("entrance", ""),
        floor=int(floor) if floor else None,
        number=values["number"],
        kind=values.get("kind", "").casefold() or "flat",
        name=values["name"],
        phone=parse_full_phone(phone) if phone else None,
        language=values.get("language", "").casefold() or None,
        role=values.get("role", "").casefold() or "owner",
    )


def _find_contradictions(rows: list[OwnerRow]) -> Iterator[RowError]:
    """Lines that say two things of one person, one tie or one unit: which of them holds is not for us to guess."""
    names: dict[object, OwnerRow] = {}
    languages: dict[object, OwnerRow] = {}
    ties: dict[object, OwnerRow] = {}
    floors: dict[object, OwnerRow] = {}
    for row in rows:
        known = names.setdefault(row.person_key, row)
        if known.name != row.name and row.phone:
            yield RowError(row.line, f"the phone of line {known.line} with another name")
        if row.language:
            known = languages.setdefault(row.person_key, row)
            if known.language != row.language:
                yield RowError(row.line, f"the person of line {known.line}, another language")
        known = ties.setdefault((row.person_key, row.unit_key), row)
        if known.role != row.role:
            yield RowError(row.line, f"the person and unit of line {known.line}, another role")
        if row.floor is not None:
            known = floors.setdefault(row.unit_key, row)
            if known.floor != row.floor:
                yield RowError(row.line, f"the unit of line {known.line}, another floor")
