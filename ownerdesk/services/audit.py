"""The audit log: every change of what staff set up leaves a row with the old and the new values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ownerdesk.model import AuditEntry


def record_change(
    session: Session,
    action: str,
    *,
    subject: str,
    subject_id: int,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    staff_id: int | None = None,
) -> None:
    """`action` is a fact in the past tense, such as `owner.updated`; `staff_id` None means the command line."""
    session.add(
        AuditEntry(
            at=at,
            staff_id=staff_id,
            action=action,
            subject=subject,
            subject_id=subject_id,
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
        )
    )
