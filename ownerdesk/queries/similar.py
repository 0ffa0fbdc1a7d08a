"""Solved cases like this one: by the likeness of their words, among the latest of the same and of near categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, StaffMember
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.incidents import near_categories

LOOKED_AT = 200  # by project and category: the index gives the latest, and their words are compared one by one
SHOWN = 4
MOST_PROJECTS = 5
LEAST_LIKENESS = 0.3


@dataclass(frozen=True)
class SolvedCase:
    """A case that was resolved, and how like it is: 1 is word for word."""

    appeal: Appeal
    likeness: float


def list_similar(session: Session, appeal: Appeal, member: StaffMember) -> list[SolvedCase]:
    """The likest first, the appeal's own project before the others that the asker may see. Empty while the appeal has no
    vector, which a job makes shortly after it came in."""
    vector = session.scalar(select(Appeal.vector).where(Appeal.id == appeal.id))
    if vector is None:
        return []
    own = _best(session, appeal, vector, [appeal.project_id])
    if len(own) >= SHOWN:
        return own
    others = [
        project_id
        for project_id in visible_project_ids(session, member, Right.SEE_APPEALS)
        if project_id != appeal.project_id
    ]
    return [*own, *_best(session, appeal, vector, others[:MOST_PROJECTS])][:SHOWN]


def _best(
    session: Session, appeal: Appeal, vector: Sequence[float], project_ids: Sequence[int]
) -> list[SolvedCase]:
    latest = [
        select(Appeal.id, Appeal.vector)
        .where(
            Appeal.project_id == project_id,
            Appeal.category == category,
            Appeal.resolution.is_not(None),
            Appeal.resolved_at.is_not(None),
            Appeal.vector.is_not(None),
            Appeal.id != appeal.id,
        )
        .order_by(Appeal.resolved_at.desc())
        .limit(LOOKED_AT)
        .subquery()
        for project_id in project_ids
        for category in near_categories(appeal.category)
    ]
    found: list[tuple[float, int]] = []
    for part in latest:
        distance = part.c.vector.cosine_distance(vector)
        rows = session.execute(select(part.c.id, distance).order_by(distance).limit(SHOWN))
        found += [(1 - float(far), appeal_id) for appeal_id, far in rows]
    found = [
        (likeness, i) for likeness, i in sorted(found, reverse=True) if likeness > LEAST_LIKENESS
    ]
    return [SolvedCase(session.get_one(Appeal, i), likeness) for likeness, i in found[:SHOWN]]
