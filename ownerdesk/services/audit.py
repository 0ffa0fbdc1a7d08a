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
    subject_id: int | None,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    staff_id: int | None = None,
    project_id: int | None = None,
) -> None:
    """`action` is a fact in the past tense, such as `owner.updated`; `staff_id` None means the command line.

    `project_id` is whose matter it is: managers of that project may read it. Where it is not given, the values may
    tell it; a change that tells of no project is for the company's admins alone.
    """
    if project_id is None:
        project_id = _project_of(subject, subject_id, before or {}, after or {})
    session.add(
        AuditEntry(
            at=at,
            staff_id=staff_id,
            project_id=project_id,
            action=action,
            subject=subject,
            subject_id=subject_id,
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
        )
    )


def _project_of(
    subject: str, subject_id: int | None, before: Mapping[str, Any], after: Mapping[str, Any]
) -> int | None:
    if subject == "project":
        return subject_id
    told = after.get("project_id") or before.get("project_id")
    return told if isinstance(told, int) else None
