"""Whether the parts are alive, as the database sees it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Heartbeat

ALIVE_FOR = timedelta(seconds=20)


def list_heartbeats(session: Session) -> dict[str, datetime]:
    """The latest sign of life of each part, over all its replicas."""
    rows = session.execute(
        select(Heartbeat.part, func.max(Heartbeat.beat_at)).group_by(Heartbeat.part)
    )
    return dict(rows.all())


def is_alive(heartbeats: dict[str, datetime], part: str, *, at: datetime) -> bool:
    return part in heartbeats and at - heartbeats[part] < ALIVE_FOR
