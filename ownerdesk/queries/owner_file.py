"""One owner on one page (S13): homes, household facts, what is promised, what was, and how they sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from ownerdesk.model import (
    Appeal,
    Building,
    Conversation,
    Message,
    Owner,
    Promise,
    Rating,
    Residency,
    StaffMember,
    Unit,
)
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.model.promises import TOLD
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right

HISTORY_LENGTH = 8
MOODS_SHOWN = 5


@dataclass(frozen=True)
class OwnerFile:
    """What staff may know. Homes and appeals are those of the projects the asker sees; `moods` are the latest first,
    `stars` the average of the ratings given, `reopened` how many appeals came back."""

    owner: Owner | None
    conversation: Conversation
    homes: Sequence[Residency]
    facts: dict[str, str]
    promises: Sequence[tuple[Promise, Appeal]]
    history: Sequence[Appeal]
    total: int
    open: int
    reopened: int
    stars: float | None
    moods: Sequence[str]
    quiet: tuple[time, time] | None


def read_owner_file(session: Session, conversation: Conversation, member: StaffMember) -> OwnerFile:
    projects = visible_project_ids(session, member, Right.SEE_APPEALS)
    owner = conversation.owner
    own = _own(conversation, projects)
    total, is_open, reopened = session.execute(
        select(
            func.count(),
            func.count().filter(Appeal.state.in_(OPEN_STATES)),
            func.count().filter(Appeal.reopened > 0),
        ).where(*own)
    ).one()
    stars = session.scalar(
        select(func.avg(Rating.stars)).join(Appeal, Appeal.id == Rating.appeal_id).where(*own)
    )
    has_quiet = owner is not None and owner.quiet_from is not None and owner.quiet_until is not None
    return OwnerFile(
        owner=owner,
        conversation=conversation,
        homes=_homes(session, owner, projects),
        facts={str(k): str(v) for k, v in (owner.facts if owner else {}).items()},
        promises=_promises(session, own),
        history=session.scalars(
            select(Appeal).where(*own).order_by(Appeal.id.desc()).limit(HISTORY_LENGTH)
        ).all(),
        total=total,
        open=is_open,
        reopened=reopened,
        stars=float(stars) if stars is not None else None,
        moods=_moods(session, conversation),
        quiet=(owner.quiet_from, owner.quiet_until)  # type: ignore[arg-type, union-attr]
        if has_quiet
        else None,
    )


def _own(conversation: Conversation, projects: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    same: ColumnElement[bool] = Appeal.conversation_id == conversation.id
    if conversation.owner_id is not None:
        same = or_(same, Appeal.owner_id == conversation.owner_id)
    return same, Appeal.project_id.in_(projects)


def _homes(session: Session, owner: Owner | None, projects: Sequence[int]) -> Sequence[Residency]:
    if owner is None:
        return []
    return session.scalars(
        select(Residency)
        .join(Unit, Unit.id == Residency.unit_id)
        .join(Building, Building.id == Unit.building_id)
        .where(
            Residency.owner_id == owner.id,
            Residency.ended_at.is_(None),
            Building.project_id.in_(projects),
        )
        .order_by(Unit.kind != "flat", Unit.id)
        .options(joinedload(Residency.unit).joinedload(Unit.building))
    ).all()


def _promises(
    session: Session, own: tuple[ColumnElement[bool], ...]
) -> list[tuple[Promise, Appeal]]:
    rows = session.execute(
        select(Promise, Appeal)
        .join(Appeal, Appeal.id == Promise.appeal_id)
        .where(
            *own,
            Promise.kind.in_(TOLD),
            Promise.kept_at.is_(None),
            Promise.broken_at.is_(None),
            Promise.renegotiated_at.is_(None),
            Promise.withdrawn_at.is_(None),
            Appeal.state.in_(OPEN_STATES),
        )
        .order_by(Promise.due_at)
        .limit(HISTORY_LENGTH)
    )
    return [(promise, appeal) for promise, appeal in rows]


def _moods(session: Session, conversation: Conversation) -> list[str]:
    moods = session.scalars(
        select(Message.mood)
        .where(
            Message.conversation_id == conversation.id,
            Message.direction == "in",
            Message.mood.is_not(None),
        )
        .order_by(Message.id.desc())
        .limit(MOODS_SHOWN)
    )
    return [mood for mood in moods if mood is not None]
