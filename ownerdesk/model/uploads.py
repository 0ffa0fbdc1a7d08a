"""Files that staff have put beside a reply they have not sent yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id


class Upload(Base):
    """One file, of one person in one conversation; sent with their next reply, it becomes an attachment. `kind` is
    photo or document, `path` is relative to the files folder, `size` in bytes."""

    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_conversation_id_staff_id", "conversation_id", "staff_id"),)

    id: Mapped[Id]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[Code]
    name: Mapped[str]
    mime_type: Mapped[str]
    size: Mapped[int]
    path: Mapped[str]
    created_at: Mapped[datetime]
