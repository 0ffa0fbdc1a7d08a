"""Switching off the sound of emergencies for one person and a while; the banner stays, and new ones sound."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import AlarmMute, Appeal, StaffMember
from ownerdesk.queries.appeals import list_open_emergencies

MUTED_FOR = timedelta(minutes=10)


def mute_alarms(session: Session, member: StaffMember, *, at: datetime) -> None:
    """The emergencies that call this person now are silent for them, ten minutes from now."""
    for appeal in list_open_emergencies(session, member):
        session.execute(
            insert(AlarmMute)
            .values(staff_id=member.id, appeal_id=appeal.id, until=at + MUTED_FOR)
            .on_conflict_do_update(
                index_elements=["staff_id", "appeal_id"], set_={"until": at + MUTED_FOR}
            )
        )


def unmute_alarms(session: Session, member: StaffMember) -> None:
    """This person hears everything again."""
    session.execute(delete(AlarmMute).where(AlarmMute.staff_id == member.id))


def unmute_alarm(session: Session, appeal: Appeal) -> None:
    """It begins anew, for everybody."""
    session.execute(delete(AlarmMute).where(AlarmMute.appeal_id == appeal.id))
