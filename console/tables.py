"""Tables as files that spreadsheets open: CSV in UTF-8 with a mark, and XLSX written row by row to a temporary file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

BOM = "\ufeff"
# What makes a spreadsheet take a text for a formula, also with space before it and in full-width letters.
_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠\t\r|]")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
MAX_CELL = 32_000
MAX_ROWS = 1_000_000  # of a sheet

Value = str | int | float | datetime | None


def defuse(value: Value) -> str | int | float:
    """A value as a cell: texts that look like formulas begin with an apostrophe; numbers stay numbers, and times are
    written with their offset."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, str):
        text = _UNWRITABLE.sub("", value)[:MAX_CELL]
        return f"'{text}" if _FORMULA.match(text) else text
    return round(value, 2) if isinstance(value, float) else value


def format_csv(rows: Iterable[Sequence[Value]], *, first: bool = False) -> bytes:
    """Some rows; the first ones of a file carry the mark that tells spreadsheets its encoding."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([defuse(value) for value in row] for row in rows)
    return ((BOM if first else "") + text.getvalue()).encode()


class Sheet:
    """An XLSX file which never holds its rows in memory; what does not fit into one sheet goes on in the next."""

    def __init__(self, title: str) -> None:
        self._book = Workbook(write_only=True)
        self._title = re.sub(r"[\[\]:*?/\\]", " ", title)[:25]
        self._count = 0
        self._sheet: Any = None

    def add(self, rows: Iterable[Sequence[Value]]) -> None:
        for row in rows:
            if self._count % MAX_ROWS == 0:
                self._sheet = self._book.create_sheet(self._title)
                self._sheet.freeze_panes = "A2"
            self._count += 1
            self._sheet.append([self._cell(value) for value in row])

    def _cell(self, value: Value) -> Any:
        cell = WriteOnlyCell(self._sheet, value=defuse(value))
        if isinstance(cell.value, str):
            cell.data_type = "s"  # whatever it begins with, it is a text
        return cell

    def save(self, target: BinaryIO) -> None:
        self._book.save(target)
