"""Signs of life of the parts that serve no port of their own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code


class Heartbeat(Base):
    """When a part was last alive and ready. `instance` tells replicas apart: host and process id."""

    __tablename__ = "heartbeats"

    part: Mapped[Code] = mapped_column(primary_key=True)
    instance: Mapped[str] = mapped_column(primary_key=True)
    beat_at: Mapped[datetime]
