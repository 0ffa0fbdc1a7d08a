"""News for whoever is looking: a notification that leaves PostgreSQL when the transaction commits."""

from __future__ import annotations

import json

from sqlalchemy import func, select
from sqlalchemy.orm import Session

CHANNEL = "ownerdesk_live"


def announce(session: Session, topic: str, **ids: int | str | None) -> None:
    """Tell open console pages that something of this topic changed. Ids only: never an owner's words."""
    body = json.dumps({"topic": topic, **{k: v for k, v in ids.items() if v is not None}})
    session.execute(select(func.pg_notify(CHANNEL, body)))
