"""The company's own emergency phrases, in versions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Json
from ownerdesk.model.versions import Version, version_rules


class EmergencyPhraseSet(Version, Base):
    """What is changed of the shipped phrases. `added` and `switched_off` are lists of language, idea and phrase
    (`rules.emergency_phrases.changes`); `trial` says what the draft did to the test messages, and at which revision."""

    __tablename__ = "emergency_phrase_sets"
    __table_args__ = version_rules(__tablename__)

    added: Mapped[list[Any]] = mapped_column(server_default=sql("'[]'"))
    switched_off: Mapped[list[Any]] = mapped_column(server_default=sql("'[]'"))
    trial: Mapped[Json | None]
