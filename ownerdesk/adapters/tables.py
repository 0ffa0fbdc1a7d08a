"""Tables in files: CSV of any usual encoding and XLSX, read record by record and written row by row, never whole in
memory."""

from __future__ import annotations

import codecs
import csv
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException

from ownerdesk.rules.imports import FileMistake, guard_formula

CHUNK = 1 << 16
LONGEST_LINE = 1 << 20
DELIMITERS = ",;\t|"
ENCODING_NAMES = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB 18030", "cp1252": "Windows-1252"}  # fmt: skip
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
# What a small file may unpack to: names and numbers of half a million rows are well below.
MOST_UNPACKED = 2 << 30
MOST_STRINGS = 200 << 20


@dataclass(frozen=True)
class Table:
    """How a file was read, and its records with the line each begins on. Blank lines are no records."""

    format: str
    records: Iterator[tuple[int, list[str]]]


def read_table(path: Path) -> Table:
    """What it is its first bytes say, whatever its name. Raises FileMistake, at once or on the way."""
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK\x03\x04"):
        return Table("XLSX", _read_sheet(path))
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileMistake(1, "old_excel")
    encoding = _find_encoding(path)
    with path.open(encoding=encoding, newline="") as file_:
        delimiter = _find_delimiter(file_)
    name = f"CSV · {ENCODING_NAMES[encoding]} · {DELIMITER_NAMES[delimiter]}"
    return Table(name, _read_csv(path, encoding, delimiter))


def _find_encoding(path: Path) -> str:
    """UTF-8 if it is; else Chinese where the high bytes come in pairs as Chinese letters do, else Western."""
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
    wrong_at = _find_undecodable(path, "utf-8")
    if wrong_at is None:
        return "utf-8-sig"
    guesses = ("gb18030", "cp1252") if _looks_chinese(path) else ("cp1252",)
    for encoding in guesses:
        if _find_undecodable(path, encoding) is None:
            return encoding
    raise FileMistake(_line_of(path, wrong_at), "encoding")


def _find_undecodable(path: Path, encoding: str) -> int | None:
    """The place of the first byte that cannot be read so."""
    decoder = codecs.getincrementaldecoder(encoding)()
    place = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return place - waiting + error.start
            if not chunk:
                return None
            place += len(chunk)


def _line_of(path: Path, place: int) -> int:
    lines = 1
    with path.open("rb") as file:
        while place > 0:
            chunk = file.read(min(CHUNK, place))
            if not chunk:
                break
            lines += chunk.count(b"\n")
            place -= len(chunk)
    return lines


def _looks_chinese(path: Path) -> bool:
    """Whether nine of ten high bytes stand in pairs of the common Chinese letters."""
    paired = high = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            for run in re.finditer(rb"[\x80-\xff]+", chunk):
                high += len(run[0])
                common = sum(byte >= 0xA1 for byte in run[0])
                paired += common - common % 2
    return paired * 10 >= high * 9


def _find_delimiter(file: TextIO) -> str:
    first = ""
    while not first.strip():
        first = file.readline(LONGEST_LINE)
        if not first:
            break
    return max(DELIMITERS, key=first.count)


def _read_csv(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(_read_lines(file), delimiter=delimiter, strict=True)
        line = 1
        try:
            for record in reader:
                if any(value.strip() for value in record):
                    yield line, record
                line = reader.line_num + 1
        except csv.Error as error:
            raise FileMistake(line, "not_csv", error=str(error)[:80]) from None


def _read_lines(file: TextIO) -> Iterator[str]:
    while text := file.readline(LONGEST_LINE):
        if len(text) == LONGEST_LINE:
            raise csv.Error("a line is too long")
        yield text


def _read_sheet(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The first sheet: of formulas what they came to, of dates the day."""
    # Opened here, because openpyxl would refuse a file by its name.
    with ExitStack() as stack:
        try:
            _check_size(path)
            file = stack.enter_context(path.open("rb"))
            book = stack.enter_context(closing(load_workbook(file, read_only=True, data_only=True)))
        except (
            zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError,
        ):  # fmt: skip
            raise FileMistake(1, "not_xlsx") from None
        if not book.worksheets:
            raise FileMistake(1, "not_xlsx")
        sheet = book.worksheets[0]
        # What a sheet says of its size may be far more than there is in it.
        sheet.reset_dimensions()
        line = width = 0
        try:
            for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                record = [_write_cell(value) for value in row]
                if any(record):
                    # Rows end with their last cell; the line of the columns tells how many there are.
                    width = width or len(record)
                    yield line, record + [""] * (width - len(record))
        except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError, EOFError):
            raise FileMistake(line + 1, "not_xlsx") from None


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
    strings = sum(i.file_size for i in infos if i.filename.endswith("sharedStrings.xml"))
    if sum(info.file_size for info in infos) > MOST_UNPACKED or strings > MOST_STRINGS:
        raise FileMistake(1, "too_large")


def _write_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """UTF-8 with the mark that spreadsheets look for; nothing in it runs as a formula."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(header)
        for row in rows:
            table.writerow([guard_formula(value) for value in row])


def write_xlsx(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Every cell is text, so that phones keep their plus and nothing runs as a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Owners")
    sheet.append(list(header))
    for row in rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    book.save(path)
