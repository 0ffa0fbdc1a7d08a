"""Opening times: weekly periods, days that differ, and feeds of holidays."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id


class Calendar(Base):
    """When working time counts, in the project's time zone. `periods` has seven lists, Monday first, of
    `["08:00", "12:30"]`; a period that ends at `24:00` goes to midnight. `feed_url` is an iCalendar address whose
    whole days are closed; what it said last is kept in `special_days`."""

    __tablename__ = "calendars"
    __table_args__ = (UniqueConstraint("project_id", "name", postgresql_nulls_not_distinct=True),)

    id: Mapped[Id]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[Code]
    periods: Mapped[list[Any]]
    feed_url: Mapped[str | None]
    feed_read_at: Mapped[datetime | None]
    feed_error: Mapped[str | None]


class SpecialDay(Base):
    """A date on which a calendar differs: closed (no periods) or open at other times. `source` is `staff` or `feed`;
    what staff wrote wins."""

    __tablename__ = "special_days"
    __table_args__ = (
        UniqueConstraint("calendar_id", "day", "source"),
        CheckConstraint("source in ('staff', 'feed')", name="source"),
    )

    id: Mapped[Id]
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendars.id"), index=True)
    day: Mapped[date]
    name: Mapped[str]
    periods: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    source: Mapped[Code]
