"""What early warnings are drawn from, and the list of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    AppealEvent,
    Building,
    EarlyWarning,
    Owner,
    Project,
    Promise,
    Rating,
    StaffMember,
)
from ownerdesk.model.promises import TOLD
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.early_warnings import level_of
from ownerdesk.rules.refusals import WarningNotFound
from ownerdesk.rules.repeats import TROUBLE

LIST_SIZE = 100
MOST_EVIDENCE = 50

Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Found:
    """What was counted, with the ids of what is behind it."""

    count: int
    ids: list[int]


def count_by_building(
    session: Session, project_id: int, window: Window
) -> dict[int | None, list[int]]:
    """The troubles of a project in an hour, by building (None: no building known)."""
    found: dict[int | None, list[int]] = {}
    for building_id, appeal_id in session.execute(
        select(Appeal.building_id, Appeal.id)
        .where(Appeal.project_id == project_id, *_in(window))
        .order_by(Appeal.id)
    ):
        found.setdefault(building_id, []).append(appeal_id)
    return found


def count_history(
    session: Session, subject: str, subject_id: int, windows: Sequence[Window]
) -> list[int]:
    """How many there were in each window: a short range of an index each, whatever lies between."""
    column = Appeal.building_id if subject == "building" else Appeal.project_id
    counts = [
        select(func.count()).where(column == subject_id, *_in(window)).scalar_subquery()
        for window in windows
    ]
    return list(session.execute(select(*counts)).one()) if counts else []


def find_first_received(session: Session, project_id: int) -> datetime | None:
    """Since when a project has appeals: weeks before that say nothing about what is usual."""
    return session.scalar(
        select(Appeal.received_at)
        .where(Appeal.project_id == project_id)
        .order_by(Appeal.received_at)
        .limit(1)
    )


def find_asks(session: Session, owner_id: int, since: datetime) -> Found:
    """The messages in which an owner asked, over all their appeals."""
    rows = session.scalars(
        select(AppealEvent.data["message_id"].as_integer())
        .join(Appeal, Appeal.id == AppealEvent.appeal_id)
        .where(
            Appeal.owner_id == owner_id,
            AppealEvent.name == "owner.asked",
            AppealEvent.at > since,
        )
        .order_by(AppealEvent.id)
    ).all()
    return Found(len(rows), list(rows[-MOST_EVIDENCE:]))


def find_broken_promises(session: Session, owner_id: int, since: datetime) -> Found:
    """How many promises to an owner were broken, and the appeals they belong to."""
    rows = session.execute(
        select(Promise.id, Promise.appeal_id)
        .join(Appeal, Appeal.id == Promise.appeal_id)
        .where(Appeal.owner_id == owner_id, Promise.kind.in_(TOLD), Promise.broken_at > since)
        .order_by(Promise.id)
    ).all()
    return Found(len(rows), list(dict.fromkeys(row.appeal_id for row in rows))[-MOST_EVIDENCE:])


def list_stars(session: Session, owner_id: int) -> list[tuple[int, int]]:
    """An owner's last ratings, oldest first: the appeal and its stars."""
    rows = session.execute(
        select(Rating.appeal_id, Rating.stars)
        .join(Appeal, Appeal.id == Rating.appeal_id)
        .where(Appeal.owner_id == owner_id)
        .order_by(Rating.rated_at.desc(), Rating.id.desc())
        .limit(10)
    ).all()
    return [(row.appeal_id, row.stars) for row in reversed(rows)]


def list_owners_let_down(session: Session, since: datetime) -> Sequence[Appeal]:
    """One appeal for each owner to whom a promise was broken lately."""
    return session.scalars(
        select(Appeal)
        .join(Promise, Promise.appeal_id == Appeal.id)
        .where(Promise.kind.in_(TOLD), Promise.broken_at > since, Appeal.owner_id.is_not(None))
        .order_by(Appeal.owner_id, Appeal.id.desc())
        .ext(distinct_on(Appeal.owner_id))
    ).all()


def find_level(session: Session, subject: str, subject_id: int, cause: str) -> int:
    """How far feedback has raised the bar of a subject for a cause."""
    rows: dict[str | None, int] = dict(
        session.execute(
            select(EarlyWarning.feedback, func.count())
            .where(
                EarlyWarning.subject == subject,
                EarlyWarning.subject_id == subject_id,
                EarlyWarning.cause == cause,
            )
            .group_by(EarlyWarning.feedback)
        ).all()
    )
    return level_of(rows.get("false_alarm", 0), rows.get("right", 0))


def get_warning_for_staff(
    session: Session, member: StaffMember, warning_id: int, right: Right
) -> EarlyWarning:
    """Raises WarningNotFound, also where the member lacks the right in its project."""
    warning = session.get(EarlyWarning, warning_id, with_for_update=True, populate_existing=True)
    if warning is None or warning.project_id not in visible_project_ids(session, member, right):
        raise WarningNotFound
    return warning


def list_warnings(session: Session, member: StaffMember) -> Sequence[EarlyWarning]:
    """The latest warnings of the member's projects, those without feedback first."""
    return session.scalars(
        select(EarlyWarning)
        .where(EarlyWarning.project_id.in_(visible_project_ids(session, member, Right.SEE_FIGURES)))
        .order_by(EarlyWarning.feedback.is_not(None), EarlyWarning.raised_at.desc())
        .limit(LIST_SIZE)
    ).all()


def name_subject(session: Session, warning: EarlyWarning) -> str:
    """Whom or what a warning is about, for staff."""
    names = {"owner": Owner.name, "building": Building.name, "project": Project.name}
    name = names[warning.subject]
    return session.scalars(select(name).where(name.class_.id == warning.subject_id)).one()


def _in(window: Window) -> tuple[ColumnElement[bool], ...]:
    start, end = window
    return (Appeal.received_at >= start, Appeal.received_at < end, Appeal.nature.in_(TROUBLE))
