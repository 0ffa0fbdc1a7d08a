"""Signs of life: written by the parts, read by the health page."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Heartbeat

FORGET_AFTER = timedelta(hours=1)


def beat(session: Session, part: str, instance: str, *, at: datetime) -> None:
    """Say that this instance is ready; instances silent for an hour are forgotten."""
    session.execute(
        insert(Heartbeat)
        .values(part=part, instance=instance, beat_at=at)
        .on_conflict_do_update(index_elements=["part", "instance"], set_={"beat_at": at})
    )
    session.execute(delete(Heartbeat).where(Heartbeat.beat_at < at - FORGET_AFTER))


def stop_beating(session: Session, part: str, instance: str) -> None:
    """An orderly stop: the health page knows at once."""
    session.execute(delete(Heartbeat).where(Heartbeat.part == part, Heartbeat.instance == instance))
