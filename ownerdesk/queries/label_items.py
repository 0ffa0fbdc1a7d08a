"""Messages to label, and the names that must not stay in them."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, false, func, or_, select
from sqlalchemy.orm import Session, selectinload

from ownerdesk.model import (
    Conversation,
    LabelItem,
    LabelVote,
    Message,
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
VIEWS = ("waiting", "disputed", "skipped", "settled")
MOST_ALIKE = 50
BEFORE, AFTER = 5, 3


class Group(NamedTuple):
    """Near-duplicates as one row of the inbox: the first of them, how many there are, and the highest worth."""

    item: LabelItem
    alike: int
    worth: float


def list_known_names(session: Session, conversation: Conversation) -> list[str]:
    """Who might be named: the writer, whoever lives in the same homes, and the staff of the project. The longest
    first, so that a whole name is masked as one."""
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
    return sorted({name for name in names if name}, key=lambda name: (-len(name), name))


def get_item(session: Session, member: StaffMember, item_id: int) -> LabelItem:
    """Raises LabelItemNotFound, also where the member may not label."""
    item = session.scalar(
        select(LabelItem).where(LabelItem.id == item_id, visible_items(session, member))
    )
    if item is None:
        raise LabelItemNotFound
    return item


def visible_items(session: Session, member: StaffMember) -> ColumnElement[bool]:
    """Items of the projects in which the person may label. A message of somebody unknown belongs to no project: whoever
    may label anywhere may label it."""
    projects = visible_project_ids(session, member, Right.LABEL_MESSAGES)
    if not projects:
        return false()
    return or_(LabelItem.project_id.in_(projects), LabelItem.project_id.is_(None))


def list_items(
    session: Session,
    member: StaffMember,
    *,
    view: str = "waiting",
    reason: str = "",
    language: str = "",
    before: tuple[float, int] | None = None,
) -> list[Group]:
    """The first of each group of near-duplicates with how many of them the view (`VIEWS`) has, what teaches most first.
    `before` is the highest worth of its group and the id of the last one seen."""
    wanted = [visible_items(session, member), *_in_view(view, member)]
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
        select(LabelItem, first.c.alike, first.c.worth)
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
    return [Group(row[0], row[1], row[2]) for row in session.execute(query)]


def _in_view(view: str, member: StaffMember) -> list[ColumnElement[bool]]:
    """What somebody has said their word about waits for others; what is disputed is shown to both."""
    own = exists().where(LabelVote.item_id == LabelItem.id, LabelVote.staff_id == member.id)
    match view:
        case "disputed":
            return [LabelItem.state == "disputed"]
        case "skipped":
            return [LabelItem.state.in_(WAITING), own.where(LabelVote.verdict == "skip")]
        case "settled":
            return [LabelItem.state.in_(["settled", "deleted"])]
        case _:
            return [LabelItem.state.in_(WAITING), ~own]


def list_alike(session: Session, member: StaffMember, item: LabelItem) -> list[LabelItem]:
    """The near-duplicates that wait for this person too, the oldest first."""
    return list(
        session.scalars(
            select(LabelItem)
            .where(
                LabelItem.group_id == item.group_id,
                LabelItem.id != item.id,
                visible_items(session, member),
                *_in_view("waiting", member),
            )
            .order_by(LabelItem.id)
            .limit(MOST_ALIKE)
        )
    )


def list_context(session: Session, item: LabelItem) -> list[Message]:
    """What was said around the message, the message among it; notes of staff are not part of the conversation."""
    said = select(Message).where(
        Message.conversation_id == item.message.conversation_id, Message.author != "note"
    )
    earlier = session.scalars(
        said.where(Message.id <= item.message_id).order_by(Message.id.desc()).limit(BEFORE + 1)
    ).all()
    later = session.scalars(
        said.where(Message.id > item.message_id).order_by(Message.id).limit(AFTER)
    ).all()
    return [*reversed(earlier), *later]


def list_languages(session: Session, member: StaffMember) -> list[str]:
    """Those in which messages were collected, by code."""
    seen = select(LabelItem.language).where(visible_items(session, member)).distinct()
    return sorted(session.scalars(seen))


def count_views(session: Session, member: StaffMember) -> dict[str, int]:
    """How many messages each view has, but for the settled ones, which only grow."""
    return {
        view: _count(session, visible_items(session, member), *_in_view(view, member))
        for view in VIEWS
        if view != "settled"
    }


def count_items(session: Session, member: StaffMember) -> int:
    """How many messages wait for this person; none for whoever may not label."""
    if not visible_project_ids(session, member, Right.LABEL_MESSAGES):
        return 0
    return _count(session, visible_items(session, member), *_in_view("waiting", member))


def _count(session: Session, *wanted: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(LabelItem).where(*wanted)) or 0
