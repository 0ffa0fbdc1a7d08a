"""Messages to label, and the names that must not stay in them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, selectinload

from ownerdesk.model import (
    Conversation,
    LabelItem,
    Owner,
    Residency,
    StaffMember,
    StaffRole,
)
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import LabelItemNotFound

PAGE_SIZE = 30
WAITING = ("open", "disputed")


def list_known_names(session: Session, conversation: Conversation) -> list[str]:
    """Who might be named: the writer, whoever lives in the same homes, and the staff of the project."""
    names = [conversation.name]
    if conversation.owner_id is not None:
        homes = select(Residency.unit_id).where(Residency.owner_id == conversation.owner_id)
        names += session.scalars(
            select(Owner.name)
            .join(Residency, Residency.owner_id == Owner.id)
            .where(Residency.unit_id.in_(homes))
            .distinct()
        )
    names += session.scalars(
        select(StaffMember.name)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(
            or_(
                StaffRole.project_id == conversation.project_id,
                StaffRole.project_id.is_(None),
            )
        )
        .distinct()
    )
    return [name for name in names if name]


def get_item(session: Session, member: StaffMember, item_id: int) -> LabelItem:
    """Raises LabelItemNotFound, also where the member may not label."""
    item = session.get(LabelItem, item_id)
    if item is None or item.project_id not in _label_projects(session, member):
        raise LabelItemNotFound
    return item


def list_items(
    session: Session,
    member: StaffMember,
    *,
    states: Sequence[str] = WAITING,
    reason: str = "",
    language: str = "",
    before: tuple[float, int] | None = None,
) -> list[tuple[LabelItem, int]]:
    """The first of each group of near-duplicates with how many wait in it, what teaches most first. `before` is worth and
    id of the last one seen."""
    wanted: list[ColumnElement[bool]] = [
        LabelItem.project_id.in_(_label_projects(session, member)),
        LabelItem.state.in_(states),
    ]
    if reason:
        wanted.append(LabelItem.reasons.contains([reason]))
    if language:
        wanted.append(LabelItem.language == language)
    first = (
        select(
            func.min(LabelItem.id).label("id"),
            func.count().label("alike"),
            func.max(LabelItem.worth).label("worth"),
        )
        .where(*wanted)
        .group_by(LabelItem.group_id)
        .subquery()
    )
    query = (
        select(LabelItem, first.c.alike)
        .join(first, first.c.id == LabelItem.id)
        .options(selectinload(LabelItem.votes))
        .order_by(first.c.worth.desc(), LabelItem.id.desc())
        .limit(PAGE_SIZE)
    )
    if before is not None:
        worth, item_id = before
        query = query.where(
            or_(first.c.worth < worth, (first.c.worth == worth) & (LabelItem.id < item_id))
        )
    return [(item, alike) for item, alike in session.execute(query)]


def count_items(session: Session, member: StaffMember) -> int:
    """How many messages wait."""
    return (
        session.scalar(
            select(func.count())
            .select_from(LabelItem)
            .where(
                LabelItem.project_id.in_(_label_projects(session, member)),
                LabelItem.state.in_(WAITING),
            )
        )
        or 0
    )


def _label_projects(session: Session, member: StaffMember) -> list[int]:
    return visible_project_ids(session, member, Right.LABEL_MESSAGES)
