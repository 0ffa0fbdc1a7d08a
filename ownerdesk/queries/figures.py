"""Counts that the metrics page reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Handoff, InboxUpdate, Message
from ownerdesk.model.labels import AppealState


@dataclass(frozen=True)
class Figures:
    """The installation as a whole, for monitoring."""

    appeals_by_state: dict[str, int]
    handoffs_waiting: int
    handoffs_held: int
    outbox_queued: int
    jobs_by_status: dict[str, int]
    oldest_update_seconds: float


def count_figures(session: Session, *, at: datetime) -> Figures:
    """What monitoring asks for every few seconds; no names, no words."""
    states = dict.fromkeys((state.value for state in AppealState), 0)
    by_state = session.execute(select(Appeal.state, func.count()).group_by(Appeal.state))
    states.update(by_state.all())
    waiting, held = session.execute(
        select(
            func.count().filter(Handoff.accepted_at.is_(None)),
            func.count().filter(Handoff.accepted_at.is_not(None)),
        ).where(Handoff.returned_at.is_(None))
    ).one()
    queued = session.scalar(
        select(func.count()).select_from(Message).where(Message.state == "queued")
    )
    jobs = session.execute(
        text("select status::text, count(*) from procrastinate_jobs group by status")
    )
    oldest = session.scalar(
        select(func.min(InboxUpdate.received_at)).where(InboxUpdate.handled_at.is_(None))
    )
    return Figures(
        appeals_by_state=states,
        handoffs_waiting=waiting,
        handoffs_held=held,
        outbox_queued=queued or 0,
        jobs_by_status=dict(jobs.all()),
        oldest_update_seconds=max(0.0, (at - oldest).total_seconds()) if oldest else 0.0,
    )
