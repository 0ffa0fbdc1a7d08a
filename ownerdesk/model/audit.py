"""The audit log: who changed what, with the old and the new value."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id, Json


class AuditEntry(Base):
    """One change. `staff_id` is null for what the installation itself or the command line did; `project_id` is null
    where it concerns all projects, or none."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_subject_subject_id", "subject", "subject_id"),
        Index("ix_audit_project_id_id", "project_id", "id"),
        Index("ix_audit_staff_id_id", "staff_id", "id"),
    )

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    action: Mapped[Code]
    subject: Mapped[Code]
    subject_id: Mapped[int | None]
    before: Mapped[Json | None]
    after: Mapped[Json | None]
