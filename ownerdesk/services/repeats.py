"""Repeats: an appeal about the same place and category as one of the last 30 days is linked with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealLink
from ownerdesk.model.labels import AppealState
from ownerdesk.rules.repeats import TROUBLE, WITHIN, can_repeat, is_shared
from ownerdesk.services.events import BOT, record

MOST_LINKS = 10


def link_repeats(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """Link an appeal with those it repeats. Called again, when its place became known or was corrected, it links
    what is new. What was withdrawn is not repeated, and what a neighbour told of a shared thing that is still being
    dealt with is the same trouble, not a new one."""
    if not can_repeat(appeal.nature, appeal.category):
        return
    place = _same_place(appeal)
    if place is None:
        return
    earlier = session.scalars(
        select(Appeal)
        .where(
            place,
            Appeal.category == appeal.category,
            Appeal.nature.in_(TROUBLE),
            Appeal.id < appeal.id,
            Appeal.received_at > appeal.received_at - WITHIN,
            Appeal.state != AppealState.CANCELLED,
        )
        .order_by(Appeal.id.desc())
        .limit(MOST_LINKS)
    ).all()
    for other in earlier:
        new = session.scalar(
            insert(AppealLink)
            .values(appeal_id=appeal.id, other_id=other.id, kind="repeat", made_at=at)
            .on_conflict_do_nothing(index_elements=["appeal_id", "other_id", "kind"])
            .returning(AppealLink.id)
        )
        if new is not None:
            record(
                session, appeal, "appeal.repeated", actor=BOT, at=at, other_id=other.id,
                number=other.number,
            )  # fmt: skip


def _same_place(appeal: Appeal) -> ColumnElement[bool] | None:
    """The same home; for what a building shares, the building, once the earlier trouble was over."""
    same_owner = (
        Appeal.owner_id == appeal.owner_id
        if appeal.owner_id is not None
        else Appeal.conversation_id == appeal.conversation_id
    )
    was_over = or_(same_owner, Appeal.resolved_at < appeal.received_at)
    in_building = and_(Appeal.building_id == appeal.building_id, was_over)
    if appeal.building_id is not None and is_shared(appeal.category):
        return in_building
    if appeal.unit_id is not None:
        return Appeal.unit_id == appeal.unit_id
    if appeal.building_id is not None:
        return and_(in_building, Appeal.unit_id.is_(None))
    return None
