"""Handovers: the one that waits for an answer, and one to be answered."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Handover
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.rules.refusals import NotFound


def find_open_handover(session: Session, appeal_id: int) -> Handover | None:
    return session.scalar(
        select(Handover).where(
            Handover.appeal_id == appeal_id,
            Handover.accepted_at.is_(None),
            Handover.declined_at.is_(None),
        )
    )


def get_handover(session: Session, handover_id: int) -> Handover:
    """Locked for change, its appeal first. Raises NotFound."""
    appeal_id = session.scalar(select(Handover.appeal_id).where(Handover.id == handover_id))
    if appeal_id is None:
        raise NotFound
    get_appeal(session, appeal_id)
    return session.get_one(Handover, handover_id, with_for_update=True, populate_existing=True)
