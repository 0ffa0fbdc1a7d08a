"""What is taken out of Ownerdesk as a file is recorded before the first line leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import StaffMember
from ownerdesk.services.audit import record_change


def record_export(
    session: Session, what: Mapping[str, str], *, rows: int, by: StaffMember, at: datetime
) -> None:
    """`what` says which figures or cases, as the address does; the rows themselves are not kept."""
    record_change(
        session,
        "figures.exported",
        subject="staff",
        subject_id=by.id,
        at=at,
        staff_id=by.id,
        after={**what, "rows": rows},
    )
