"""The steps of an import over its stored rows: what is there already, what lines say against each other, what would
change, and writing it. Each is a statement over all rows, so that a file of any length needs the same memory.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Result, text
from sqlalchemy.orm import Session

from ownerdesk.services.import_statements import (
    COUNT,
    END_MISSING,
    REFUSE_CONTRADICTIONS,
    RESOLVE,
    TELL_CHANGES,
    WRITE,
)
from ownerdesk.services.owners import leave_ended_homes


def resolve_rows(session: Session, import_id: int, projects: Collection[int] | None) -> int:
    """Find what every row is about, and which rows cannot be. `projects` are those that may be written to (None: any).
    Returns how many rows have mistakes."""
    for statement in RESOLVE:
        _run(session, statement, id=import_id, everywhere=projects is None,
             projects=list(projects or []))  # fmt: skip
    _run(session, REFUSE_CONTRADICTIONS, id=import_id)
    found = _run(
        session,
        "select count(*) from import_rows r where r.import_id = :id and r.mistakes <> '[]'",
        id=import_id,
    )
    return int(found.scalar_one())


def count_changes(
    session: Session, import_id: int, *, is_complete: bool, at: datetime
) -> dict[str, int]:
    """What writing would do, and beside every row what it changes."""
    _run(session, TELL_CHANGES, id=import_id, at=at)
    row = _run(session, COUNT, id=import_id, complete=is_complete, at=at).mappings().one()
    return dict(row)


def write_rows(
    session: Session,
    import_id: int,
    *,
    is_complete: bool,
    staff_id: int | None,
    at: datetime,
    report: Callable[[int], None],
) -> None:
    """Write what `resolve_rows` found, with a line of the audit log for every change. `report` hears per cents."""
    if is_complete:
        _run(session, END_MISSING, id=import_id, staff=staff_id, at=at)
    for done, statement in enumerate(WRITE, start=1):
        _run(session, statement, id=import_id, staff=staff_id, at=at)
        report(10 + done * 80 // len(WRITE))
    session.expire_all()
    leave_ended_homes(session)


def _run(session: Session, statement: str, **values: Any) -> Result[Any]:
    return session.execute(text(statement), values)
