"""What a project has of content: its own row takes the place of the common one with the same code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

T = TypeVar("T")


def list_content(session: Session, model: type[T], code: str, project_id: int | None) -> list[T]:
    """All of it, whether it is offered or not, by code; without a project the common rows only."""
    table: Any = model
    rows: Sequence[T] = session.scalars(
        select(model)
        .where(or_(table.project_id == project_id, table.project_id.is_(None)))
        .order_by(table.project_id.nulls_first(), table.id)
    ).all()
    found = {getattr(row, code): row for row in rows}
    return [found[key] for key in sorted(found)]


def list_offered(session: Session, model: type[T], code: str, project_id: int | None) -> list[T]:
    """What is offered in a project. One of its own that is switched off hides the common one too."""
    rows: list[Any] = list_content(session, model, code, project_id)
    return [row for row in rows if row.is_offered]
