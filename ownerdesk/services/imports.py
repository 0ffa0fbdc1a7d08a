"""Imports: the company's own list of buildings, units, owners and their ties, written as a whole or not at all.

The console and the command line go the same way: the rows of a file are stored (`stage_rows`), checked, which is the dry
run (`check_import`), and written in one transaction (`apply_import`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from ownerdesk.model import ImportRow, OwnerImport, StaffMember
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.imports import (
    MOST_ROWS,
    FileMistake,
    Mistake,
    parse_record,
    read_header,
)
from ownerdesk.rules.refusals import NotFound, Refusal
from ownerdesk.services.audit import record_change
from ownerdesk.services.import_steps import count_changes, resolve_rows, write_rows
from ownerdesk.services.jobs import APPLY_IMPORT, CHECK_IMPORT, FORGET_IMPORT, enqueue
from ownerdesk.texts import LANGUAGES

CHUNK = 2000
KEPT_FOR = timedelta(days=1)
SHOWN_MISTAKES = 500

Records = Iterable[tuple[int, list[str]]]


class ImportNotFound(NotFound):
    """No such import of this person's."""


class ImportOver(Refusal):
    """The import is in a state that does not allow it: applied, refused or forgotten."""


@dataclass(frozen=True)
class RowError:
    """What is wrong with a line of the file."""

    line: int
    mistake: Mistake


class ImportRefused(Refusal):
    """The file has mistakes; nothing was written. `errors` are the first of them, in the order of the lines; `count`
    says how many lines have some."""

    def __init__(self, errors: Sequence[RowError], count: int) -> None:
        super().__init__(f"{count} lines with mistakes in the file")
        self.errors = list(errors)
        self.count = count


@dataclass(frozen=True)
class ImportCounts:
    """What an import makes, changes and ends. An unchanged row counts nowhere but in `rows`."""

    rows: int = 0
    buildings_made: int = 0
    units_made: int = 0
    owners_made: int = 0
    owners_updated: int = 0
    residencies_made: int = 0
    residencies_updated: int = 0
    residencies_ended: int = 0

    @property
    def is_nothing(self) -> bool:
        return not any(value for name, value in asdict(self).items() if name != "rows")


def import_owners(
    session: Session,
    records: Records,
    *,
    at: datetime,
    project_code: str = "",
    is_complete: bool = False,
    file_name: str = "",
) -> ImportCounts:
    """All three steps in the caller's transaction, for the command line. The same file again changes nothing; people
    who are not in it stay, unless it `is_complete`.

    Raises ImportRefused before anything is written.
    """
    row = OwnerImport(
        state="reading", file_name=file_name[:200], project_code=project_code,
        is_complete=is_complete, created_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    try:
        for chunk in parse_chunks(records, project_code=project_code, at=at):
            stage_rows(session, row.id, chunk)
    except FileMistake as wrong:
        mistakes = list_mistakes(session, row.id)
        last = RowError(wrong.line, wrong.mistake)
        raise ImportRefused([*mistakes, last], len(mistakes) + 1) from None
    check_import(session, row.id, at=at)
    if row.state == "refused":
        raise ImportRefused(list_mistakes(session, row.id), row.mistakes)
    row.state = "applying"
    apply_import(session, row.id, at=at)
    return ImportCounts(**(row.counts or {}))


def start_import(
    session: Session,
    *,
    path: str,
    file_name: str,
    project_code: str,
    is_complete: bool,
    by: StaffMember,
    at: datetime,
) -> OwnerImport:
    """A file has come and lies at `path`: it is read, checked, and forgotten after a day."""
    row = OwnerImport(
        staff_id=by.id, state="reading", file_name=file_name[:200], path=path,
        project_code=project_code, is_complete=is_complete, created_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    enqueue(session, CHECK_IMPORT, import_id=row.id, lock=f"import:{row.id}")
    enqueue(session, FORGET_IMPORT, import_id=row.id, at=at + KEPT_FOR)
    return row


def parse_chunks(
    records: Records, *, project_code: str, at: datetime
) -> Iterator[list[tuple[int, dict[str, object], list[Mistake]]]]:
    """Some rows at a time. Raises FileMistake for the columns, for no rows or too many, and what reading raises."""
    lines = iter(records)
    line, header = next(lines, (1, None))
    if header is None:
        raise FileMistake(line, "empty_file")
    names = read_header(line, header, has_project=bool(project_code))
    today = (at + timedelta(hours=14)).date()  # wherever on earth the company is
    languages = tuple(LANGUAGES)
    count = 0
    while chunk := list(islice(lines, CHUNK)):
        count += len(chunk)
        if count > MOST_ROWS:
            raise FileMistake(chunk[-1][0], "too_many_rows", limit=MOST_ROWS)
        yield [
            (line, *parse_record(
                record, names, languages=languages, project=project_code, today=today
            ))
            for line, record in chunk
        ]  # fmt: skip
    if not count:
        raise FileMistake(line, "no_rows")


def restart_reading(session: Session, import_id: int) -> OwnerImport | None:
    """Before the file is read, once more after a fault too. None when it is not to be read any more."""
    row = session.get(OwnerImport, import_id)
    if row is None or row.state != "reading":
        return None
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    row.rows_read = 0
    return row


def stage_rows(
    session: Session,
    import_id: int,
    chunk: Sequence[tuple[int, dict[str, object], list[Mistake]]],
) -> None:
    """Store rows of a file."""
    values = [
        {"import_id": import_id, "line": line, **row, "mistakes": [m.to_json() for m in mistakes]}
        for line, row, mistakes in chunk
    ]
    session.execute(insert(ImportRow), values)
    row = session.get_one(OwnerImport, import_id)
    row.rows_read += len(values)
    session.flush()


def refuse_file(session: Session, import_id: int, wrong: FileMistake, *, at: datetime) -> None:
    """The file cannot be read from a line on; what was read of it says its own mistakes."""
    row = session.get_one(OwnerImport, import_id)
    row.state, row.checked_at, row.path = "refused", at, None
    row.mistake = {"line": wrong.line, **wrong.mistake.to_json()}
    row.mistakes = len(list_mistakes(session, import_id)) + 1


def check_import(session: Session, import_id: int, *, at: datetime) -> None:
    """The dry run: every row is looked up and every mistake named; nothing is written but in the rows themselves."""
    row = session.get_one(OwnerImport, import_id)
    if row.state != "reading":
        return
    session.execute(text("analyze import_rows"))
    row.mistakes = resolve_rows(session, import_id, _allowed_projects(session, row))
    counts = count_changes(session, import_id, is_complete=row.is_complete, at=at)
    row.counts = counts
    row.state = "refused" if row.mistakes else "checked"
    row.checked_at, row.path = at, None
    session.flush()


def _allowed_projects(session: Session, row: OwnerImport) -> list[int] | None:
    """None for the command line, which may write everywhere."""
    if row.staff_id is None:
        return None
    member = session.get_one(StaffMember, row.staff_id)
    return visible_project_ids(session, member, Right.MANAGE_ESTATE) if member.is_active else []


def ask_to_apply(session: Session, import_id: int, *, by: StaffMember, at: datetime) -> OwnerImport:
    """What was checked is to be written. Asked twice it is written once. Raises ImportNotFound for another person's,
    ImportOver for one with mistakes or a forgotten one."""
    row = get_own_import(session, import_id, by=by, for_update=True)
    if row.state in ("applying", "applied"):
        return row
    if row.state != "checked":
        raise ImportOver
    row.state, row.progress = "applying", 0
    enqueue(session, APPLY_IMPORT, import_id=row.id, lock=f"import:{row.id}")
    record_change(
        session, "import.asked", subject="import", subject_id=row.id,
        after={"file_name": row.file_name, "counts": row.counts, "is_complete": row.is_complete},
        staff_id=by.id, at=at,
    )  # fmt: skip
    return row


def apply_import(
    session: Session,
    import_id: int,
    *,
    at: datetime,
    report: Callable[[int], None] = lambda _: None,
) -> None:
    """Write an import that was asked for, whole. What changed since the check is looked up again: a row that cannot be
    any more refuses the whole. Done twice it changes nothing. `report` hears per cents; it may not write in this
    transaction."""
    # Two imports at once would both find a building missing.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("import_owners"))))
    row = session.get_one(OwnerImport, import_id, populate_existing=True)
    if row.state != "applying":
        return
    mistakes = resolve_rows(session, import_id, _allowed_projects(session, row))
    counts = count_changes(session, import_id, is_complete=row.is_complete, at=at)
    report(10)
    if mistakes:
        row.state, row.mistakes, row.counts = "refused", mistakes, counts
        return
    is_complete, staff_id = row.is_complete, row.staff_id
    write_rows(session, import_id, is_complete=is_complete, staff_id=staff_id, at=at, report=report)
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    row.state, row.applied_at, row.progress, row.counts = "applied", at, 100, counts
    if not ImportCounts(**counts).is_nothing:
        record_change(
            session, "import.applied", subject="import", subject_id=import_id,
            after={"counts": counts, "is_complete": is_complete}, staff_id=staff_id, at=at,
        )  # fmt: skip
    session.flush()


def forget_import(session: Session, import_id: int) -> str | None:
    """What was not applied within a day goes: its rows, and the file at the path that is returned."""
    row = session.get(OwnerImport, import_id)
    if row is None or row.state in ("applying", "applied"):
        return None
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    path, row.path, row.state = row.path, None, "forgotten"
    return path


def drop_import(session: Session, import_id: int, *, by: StaffMember) -> str | None:
    """The same at once, for whoever brought the file. Raises ImportNotFound, ImportOver while it is written."""
    row = get_own_import(session, import_id, by=by, for_update=True)
    if row.state in ("applying", "applied"):
        raise ImportOver
    return forget_import(session, import_id)


def get_own_import(
    session: Session, import_id: int, *, by: StaffMember, for_update: bool = False
) -> OwnerImport:
    """An import is seen by whoever brought it in: it may hold rows of several projects. Raises ImportNotFound."""
    query = select(OwnerImport).where(OwnerImport.id == import_id, OwnerImport.staff_id == by.id)
    row = session.scalar(query.with_for_update() if for_update else query)
    if row is None:
        raise ImportNotFound
    return row


def list_mistakes(session: Session, import_id: int, limit: int = SHOWN_MISTAKES) -> list[RowError]:
    """The first mistakes in the order of the lines."""
    rows = session.execute(
        select(ImportRow.line, ImportRow.mistakes)
        .where(ImportRow.import_id == import_id, ImportRow.mistakes != [])
        .order_by(ImportRow.line)
        .limit(limit)
    )
    return [RowError(line, Mistake.from_json(m)) for line, mistakes in rows for m in mistakes]
