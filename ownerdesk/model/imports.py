"""Imports of owners: a file that was brought in, and its rows until they are applied or forgotten."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id, Json

IMPORT_STATES = ("reading", "checked", "refused", "applying", "applied", "forgotten")


class OwnerImport(Base):
    """One file. `reading` until its rows are stored and checked; `checked` can be applied, `refused` has mistakes, which
    its rows name, or one of the whole file (`mistake`). `counts` is what it makes and changes. `project_code` stands in
    for rows that name no project; `is_complete` says that the file lists everybody of the buildings it names.
    `staff_id` is null for the command line."""

    __tablename__ = "owner_imports"
    __table_args__ = (
        CheckConstraint(f"state in {IMPORT_STATES}", name="state"),
        Index("ix_owner_imports_created_at", "created_at"),
    )

    id: Mapped[Id]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[Code]
    file_name: Mapped[str]
    path: Mapped[str | None]
    project_code: Mapped[str] = mapped_column(server_default="")
    is_complete: Mapped[bool] = mapped_column(server_default=text("false"))
    format: Mapped[str] = mapped_column(server_default="")
    rows_read: Mapped[int] = mapped_column(server_default="0")
    progress: Mapped[int] = mapped_column(server_default="0")
    mistakes: Mapped[int] = mapped_column(server_default="0")
    mistake: Mapped[Json | None]
    counts: Mapped[Json | None]
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]


class ImportRow(Base):
    """One line of a file: what it says, its mistakes (`{"code", "detail"}` each), and what was found for it. Rows hold
    personal data: they go when the import is applied, and after a day in any case."""

    __tablename__ = "import_rows"
    __table_args__ = (Index("ix_import_rows_import_id_line", "import_id", "line"),)

    id: Mapped[Id]
    import_id: Mapped[int] = mapped_column(ForeignKey("owner_imports.id"))
    line: Mapped[int]
    project: Mapped[str]
    building: Mapped[str]
    entrance: Mapped[str]
    floor: Mapped[int | None]
    number: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    language: Mapped[str | None]
    role: Mapped[str]
    share: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    since: Mapped[date | None]
    until: Mapped[date | None]
    mistakes: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    change: Mapped[str | None]
    person: Mapped[str | None]
    project_id: Mapped[int | None]
    building_id: Mapped[int | None]
    unit_id: Mapped[int | None]
    owner_id: Mapped[int | None]
    is_new_owner: Mapped[bool] = mapped_column(server_default=text("false"))
    residency_id: Mapped[int | None]
