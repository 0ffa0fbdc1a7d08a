"""The company's own emergency phrases, in versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id, Json

SET_STATES = ("draft", "in_service", "past")


class EmergencyPhraseSet(Base):
    """What is changed of the shipped phrases. `added` and `switched_off` are lists of language, idea and phrase
    (`rules.emergency_phrases.changes`). There is one draft at most and one in service; without one in service the shipped
    phrases count as they are. `revision` grows with each change of a draft; `trial` says what the draft did to the test
    messages, and at which revision. `reason` is why it was put into service though it misses something."""

    __tablename__ = "emergency_phrase_sets"
    __table_args__ = (
        CheckConstraint(f"state in {SET_STATES}", name="state"),
        Index("uq_emergency_phrase_sets_draft", "state", unique=True, postgresql_where=sql("state = 'draft'")),
        Index("uq_emergency_phrase_sets_in_service", "state", unique=True, postgresql_where=sql("state = 'in_service'")),
    )  # fmt: skip

    id: Mapped[Id]
    state: Mapped[Code] = mapped_column(server_default="draft")
    added: Mapped[list[Any]] = mapped_column(server_default=sql("'[]'"))
    switched_off: Mapped[list[Any]] = mapped_column(server_default=sql("'[]'"))
    revision: Mapped[int] = mapped_column(server_default=sql("0"))
    trial: Mapped[Json | None]
    reason: Mapped[str] = mapped_column(server_default="")
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]
    put_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    put_at: Mapped[datetime | None]
