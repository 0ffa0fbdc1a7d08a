"""Ready answers of staff."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id, Json


class CannedReply(Base):
    """A ready answer, of one project or (project null) of all. `bodies` maps a language to the text, which may name
    variables such as `{owner}` or `{due}`; `category` null means that it fits anything."""

    __tablename__ = "canned_replies"
    __table_args__ = (
        UniqueConstraint("project_id", "shortcut", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Id]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    shortcut: Mapped[Code]
    names: Mapped[Json]
    bodies: Mapped[Json]
    category: Mapped[Code | None]
    is_offered: Mapped[bool] = mapped_column(server_default=text("true"))
