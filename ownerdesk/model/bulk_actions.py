"""What was done to many appeals in one go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id


class BulkAction(Base):
    """One action on several appeals, and what became of each: `outcomes` is a list of
    `{"appeal_id": 7, "done": true}` or, where it was refused, with the reason under `why`, in the words of whoever
    asked. `key` comes from the form, so that the same form sent twice acts once."""

    __tablename__ = "bulk_actions"

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    action: Mapped[Code]
    outcomes: Mapped[list[Any]]
    key: Mapped[str] = mapped_column(unique=True)
    done_at: Mapped[datetime]
