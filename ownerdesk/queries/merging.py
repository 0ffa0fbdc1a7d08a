"""What was merged into an appeal, and which appeals belong beside it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from ownerdesk.model import Appeal, AppealEvent, AppealLink, Conversation
from ownerdesk.model.labels import OPEN_STATES, AppealState
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.rules.incidents import near_categories

MOST_CANDIDATES = 8


def list_merged(session: Session, appeal_id: int) -> Sequence[Appeal]:
    """The appeals that go on as this one, the oldest first."""
    return session.scalars(
        select(Appeal).where(Appeal.merged_into_id == appeal_id).order_by(Appeal.id)
    ).all()


def follow_merge(session: Session, appeal: Appeal) -> Appeal:
    """The appeal as which this one goes on, locked; itself where it was not merged."""
    if appeal.merged_into_id is None:
        return appeal
    return get_appeal(session, appeal.merged_into_id)


def list_followed(session: Session, conversation: Conversation) -> Sequence[Appeal]:
    """The asker's merged appeals that go on as another owner's, which is still open; the latest first."""
    target = aliased(Appeal)
    same = Appeal.conversation_id == conversation.id
    if conversation.owner_id is not None:
        same = or_(same, Appeal.owner_id == conversation.owner_id)
    return session.scalars(
        select(Appeal)
        .join(target, target.id == Appeal.merged_into_id)
        .where(
            same,
            target.state.in_(OPEN_STATES),
            target.conversation_id != conversation.id,
            # Of two people unknown, neither is the other.
            or_(target.owner_id.is_(None), target.owner_id.is_distinct_from(Appeal.owner_id)),
        )
        .order_by(Appeal.id.desc())
    ).all()


def find_by_number(session: Session, project_id: int, number: str) -> Appeal | None:
    """As people write it: without regard to case, with or without the code of the project."""
    number = number.strip().upper()
    if number.isdecimal():
        like = Appeal.number.endswith(f"-{number}", autoescape=True)
        query = select(Appeal).where(Appeal.project_id == project_id, like)
        found = session.scalars(query.limit(2)).all()
        return found[0] if len(found) == 1 else None
    return session.scalar(
        select(Appeal).where(Appeal.project_id == project_id, Appeal.number == number)
    )


def is_same_owner(one: Appeal, other: Appeal) -> bool:
    if one.conversation_id == other.conversation_id:
        return True
    return one.owner_id is not None and one.owner_id == other.owner_id


def has_confirmed(session: Session, merged: Appeal, target: Appeal) -> bool:
    """Whether the owner of a merged appeal has said yes to the present resolution of what it goes on as."""
    wanted = {"target_id": target.id, "closure": target.reopened}
    found = select(AppealEvent.id).where(
        AppealEvent.appeal_id == merged.id,
        AppealEvent.name == "owner.confirmed",
        AppealEvent.data.contains(wanted),
    )
    return session.scalar(found.limit(1)) is not None


def list_linked_appeals(session: Session, appeal_id: int) -> list[tuple[AppealLink, Appeal]]:
    """What is linked with it, in either direction, the latest link first."""
    rows = session.execute(
        select(AppealLink, Appeal)
        .join(
            Appeal,
            or_(
                (AppealLink.appeal_id == appeal_id) & (Appeal.id == AppealLink.other_id),
                (AppealLink.other_id == appeal_id) & (Appeal.id == AppealLink.appeal_id),
            ),
        )
        .where(or_(AppealLink.appeal_id == appeal_id, AppealLink.other_id == appeal_id))
        .order_by(AppealLink.id.desc())
    )
    return [(link, other) for link, other in rows]


def list_merge_candidates(session: Session, appeal: Appeal) -> Sequence[Appeal]:
    """Open appeals that may be the same: of this owner, or about the like in this building; the latest first."""
    same = [Appeal.conversation_id == appeal.conversation_id]
    if appeal.owner_id is not None:
        same.append(Appeal.owner_id == appeal.owner_id)
    if appeal.building_id is not None:
        same.append(
            (Appeal.building_id == appeal.building_id)
            & Appeal.category.in_(near_categories(appeal.category))
        )
    return session.scalars(
        select(Appeal)
        .where(
            Appeal.project_id == appeal.project_id,
            Appeal.id != appeal.id,
            Appeal.state.in_([s for s in OPEN_STATES if s != AppealState.RESOLVED]),
            or_(*same),
        )
        .order_by(Appeal.id.desc())
        .limit(MOST_CANDIDATES)
    ).all()
