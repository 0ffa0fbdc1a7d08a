"""Texts of the bot that a company words in its own way, in versions."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Json
from ownerdesk.model.versions import Version, version_rules


class BotTextSet(Version, Base):
    """What owners of one project or (project null) of all read instead of texts of ours: `texts` are by language, and
    there by key, which is the English text as the catalogues have it, or the name of a response of Rasa's domain."""

    __tablename__ = "bot_text_sets"
    __table_args__ = version_rules(__tablename__, "project_id")

    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    texts: Mapped[Json] = mapped_column(server_default=sql("'{}'"))
