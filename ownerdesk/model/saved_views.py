"""Views of the work list that somebody saved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Id, Json


class SavedView(Base):
    """Tab, filters, search and order under a name: one's own (`project_id` null), or shared with everybody who sees the
    project. `query` is what the address of the list says."""

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("staff_id", "project_id", "name", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[Json]
    made_at: Mapped[datetime]
