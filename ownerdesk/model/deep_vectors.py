"""What the deep reader worked out for texts it has seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code


class DeepVector(Base):
    """The vector of one text by one model: little-endian float16. `text_key` is the text's SHA-256, never its words."""

    __tablename__ = "deep_vectors"
    __table_args__ = (Index("ix_deep_vectors_used_at", "used_at"),)

    model: Mapped[Code] = mapped_column(primary_key=True)
    text_key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    used_at: Mapped[datetime]  # to the day: what nobody asked for in a long time is forgotten
