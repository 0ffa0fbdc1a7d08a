"""Working guides."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id, Json


class Guide(Base):
    """How work of a category is done (S16), in one project or (project null) in all. `steps` and `tools` map a language
    to a list of texts; the steps are in the order of work."""

    __tablename__ = "guides"
    __table_args__ = (
        UniqueConstraint("category", "project_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Id]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    category: Mapped[Code]
    steps: Mapped[Json]
    tools: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    is_offered: Mapped[bool] = mapped_column(server_default=text("true"))
