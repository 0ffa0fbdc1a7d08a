"""Ticking off the steps of a working guide."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, GuideTick, StaffMember
from ownerdesk.queries.guides import count_steps
from ownerdesk.rules.refusals import NotFound
from ownerdesk.services.events import Actor, record


def tick_step(
    session: Session, appeal: Appeal, step: int, *, is_done: bool, by: StaffMember, at: datetime
) -> None:
    """`step` counts from 0. Said again, it changes nothing. Raises NotFound for a step the guide does not have."""
    if not 0 <= step < count_steps(session, appeal.project_id, appeal.category):
        raise NotFound
    what = {"appeal_id": appeal.id, "category": appeal.category, "step": step}
    if is_done:
        changed = session.scalar(
            insert(GuideTick)
            .values(**what, staff_id=by.id, at=at)
            .on_conflict_do_nothing(index_elements=list(what))
            .returning(GuideTick.id)
        )
    else:
        changed = session.scalar(delete(GuideTick).filter_by(**what).returning(GuideTick.id))
    if changed is None:
        return
    actor = Actor.staff(by.id)
    if is_done:
        record(session, appeal, "guide.ticked", actor=actor, at=at, step=step + 1)
    else:
        record(session, appeal, "guide.unticked", actor=actor, at=at, step=step + 1)


def list_ticks(session: Session, appeal: Appeal) -> dict[int, GuideTick]:
    """Who ticked off which step of the guide of the present category."""
    ticks = session.scalars(
        select(GuideTick).where(
            GuideTick.appeal_id == appeal.id, GuideTick.category == appeal.category
        )
    )
    return {tick.step: tick for tick in ticks}
