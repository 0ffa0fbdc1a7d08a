"""Which emergencies somebody does not want to hear just now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import AlarmMute, Appeal, StaffMember


def list_muted(
    session: Session, member: StaffMember, emergencies: Sequence[Appeal], *, at: datetime
) -> set[int]:
    """The ids of those that are silent for this person."""
    if not emergencies:
        return set()
    return set(
        session.scalars(
            select(AlarmMute.appeal_id).where(
                AlarmMute.staff_id == member.id,
                AlarmMute.until > at,
                AlarmMute.appeal_id.in_([appeal.id for appeal in emergencies]),
            )
        )
    )
