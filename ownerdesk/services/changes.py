"""Changes of what staff set up: the row gets its new values, and the audit log the old and the new ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ownerdesk.model import Base, StaffMember
from ownerdesk.rules.refusals import AlreadyExists
from ownerdesk.services.audit import record_change


class Row(Protocol):
    """A table's row with a number."""

    id: Any


def add_row(
    session: Session,
    row: Row,
    subject: str,
    *,
    by: StaffMember,
    at: datetime,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Store a new row. `after` is what the audit log keeps of it; left out: all that was given. Raises AlreadyExists where
    somebody was quicker."""
    given = after if after is not None else _given(row)
    session.add(row)
    _flush(session, subject)
    record_change(
        session, f"{subject}.created", subject=subject, subject_id=row.id,
        after={name: plain(value) for name, value in given.items()}, staff_id=by.id, at=at,
    )  # fmt: skip


def change_row(
    session: Session,
    row: Row,
    subject: str,
    new: Mapping[str, Any],
    *,
    by: StaffMember,
    at: datetime,
    action: str = "updated",
) -> bool:
    """Set what differs. Whether anything did. Raises AlreadyExists where somebody was quicker."""
    before = {
        name: getattr(row, name) for name, value in new.items() if getattr(row, name) != value
    }
    if not before:
        return False
    for name in before:
        setattr(row, name, new[name])
    _flush(session, subject)
    record_change(
        session, f"{subject}.{action}", subject=subject, subject_id=row.id,
        before={name: plain(value) for name, value in before.items()},
        after={name: plain(new[name]) for name in before}, staff_id=by.id, at=at,
    )  # fmt: skip
    return True


def _flush(session: Session, subject: str) -> None:
    """What was looked up before may have been written by another meanwhile."""
    try:
        session.flush()
    except IntegrityError:
        raise AlreadyExists(subject) from None


def delete_row(session: Session, row: Row, subject: str, *, by: StaffMember, at: datetime) -> None:
    """Remove a row that has no history."""
    record_change(
        session, f"{subject}.deleted", subject=subject, subject_id=row.id,
        before={name: plain(value) for name, value in _given(row).items() if name != "id"},
        staff_id=by.id, at=at,
    )  # fmt: skip
    session.delete(row)
    session.flush()


def _given(row: Row) -> dict[str, Any]:
    columns = row.__table__.columns if isinstance(row, Base) else ()
    return {c.name: vars(row)[c.name] for c in columns if vars(row).get(c.name) is not None}


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
