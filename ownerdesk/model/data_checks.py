"""Checks of the data set: what was found in it, and what Rasa itself says of the export."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id

CHECK_STATES = ("queued", "running", "done", "failed")


class DataCheck(Base):
    """One look at the whole data set. `findings` are those of `rules.dataset_checks`, as `{"kind", "subject", "ids",
    "count"}`; `complaints` are the lines in which `rasa data validate` warned or found a mistake, `is_valid` whether it
    would train on the export. `last_example_id` and `examples` say what was looked at."""

    __tablename__ = "data_checks"
    __table_args__ = (
        CheckConstraint(f"state in {CHECK_STATES}", name="state"),
        # One at a time.
        Index("uq_data_checks_under_way", sql("(true)"), unique=True, postgresql_where=sql("state in ('queued', 'running')")),
    )  # fmt: skip

    id: Mapped[Id]
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    requested_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    state: Mapped[Code] = mapped_column(server_default="queued")
    attempts: Mapped[int] = mapped_column(server_default="0")
    findings: Mapped[list[Any]] = mapped_column(server_default=sql("'[]'"))
    is_valid: Mapped[bool | None]
    complaints: Mapped[list[Any]] = mapped_column(server_default=sql("'[]'"))
    examples: Mapped[int] = mapped_column(server_default="0")
    last_example_id: Mapped[int | None]
    error: Mapped[str | None]
