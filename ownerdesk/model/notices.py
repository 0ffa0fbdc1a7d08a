"""What members of staff are told: shown in the console, and sent to their Telegram chat where one is linked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id


class Notice(Base):
    """Something one member of staff has to know. `key` makes the cause unique for each of them; `topic` says what
    it is about, such as `promise.warning`; `appeal_id`, else `conversation_id`, says where to look."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("staff_id", "key"),
        Index("ix_notices_unread", "staff_id", "id", postgresql_where=text("read_at is null")),
    )

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id"), index=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"))
    topic: Mapped[Code]
    words: Mapped[str]
    key: Mapped[str]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
