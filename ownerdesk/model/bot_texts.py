"""Texts of the bot that a company words in its own way."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id


class BotText(Base):
    """What owners of one project or (project null) of all read in a language instead of a text of ours. `key` is the
    English text as the catalogues have it, or the name of a response of Rasa's domain."""

    __tablename__ = "bot_texts"
    __table_args__ = (
        UniqueConstraint("key", "language", "project_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Id]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    key: Mapped[str]
    language: Mapped[Code]
    body: Mapped[str]
