"""What appeals are found by."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base


class AppealWords(Base):
    """The words of an appeal, cut by `rules.search`: its number, home, owner and summary, and what people wrote about
    it. Apart from the appeal, because appeals change often and their words seldom. `fastupdate` is off: a search never
    reads through what was not filed yet."""

    __tablename__ = "appeal_words"
    __table_args__ = (
        Index(
            "ix_appeal_words_words",
            "words",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
    )

    appeal_id: Mapped[int] = mapped_column(
        ForeignKey("appeals.id"), primary_key=True, autoincrement=False
    )
    words: Mapped[Any] = mapped_column(TSVECTOR)
