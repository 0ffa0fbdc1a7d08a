"""Files beside a reply that is not sent yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Upload


def list_uploads(session: Session, conversation_id: int, staff_id: int) -> Sequence[Upload]:
    """One person's in one conversation, in the order they came."""
    return session.scalars(
        select(Upload)
        .where(Upload.conversation_id == conversation_id, Upload.staff_id == staff_id)
        .order_by(Upload.id)
    ).all()


def list_old_uploads(session: Session, *, before: datetime, limit: int = 500) -> Sequence[Upload]:
    """Those that were put there before a moment and never sent, locked for removal."""
    return session.scalars(
        select(Upload)
        .where(Upload.created_at < before)
        .order_by(Upload.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
