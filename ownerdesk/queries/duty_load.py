"""Who is on duty now, in many projects at once, and what they have before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ownerdesk.model import Appeal, Project, StaffMember
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.duty import list_present


@dataclass(frozen=True)
class OnDuty:
    """A person on duty: where, how many open appeals they answer for, how many of those are overdue, and on how many
    they work as the operator."""

    member: StaffMember
    projects: list[Project]
    open: int
    overdue: int
    jobs: int


def list_duty(session: Session, projects: Sequence[Project], *, at: datetime) -> list[OnDuty]:
    """The most loaded first. Their load is that of these projects alone."""
    by_id = {project.id: project for project in projects}
    present: dict[int, tuple[StaffMember, dict[int, Project]]] = {}
    for project in projects:
        for member in list_present(session, project, at):
            present.setdefault(member.id, (member, {}))[1][project.id] = project
    answers = _count(session, list(by_id), list(present), Appeal.responsible_id, at=at)
    works = _count(session, list(by_id), list(present), Appeal.operator_id, at=at)
    rows = [
        OnDuty(
            member, list(where.values()), *answers.get(member.id, (0, 0)),
            works.get(member.id, (0, 0))[0],
        )
        for member, where in present.values()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row.open - row.jobs, row.member.name))


def _count(
    session: Session,
    project_ids: Sequence[int],
    staff_ids: Sequence[int],
    column: InstrumentedAttribute[int | None],
    *,
    at: datetime,
) -> dict[int, tuple[int, int]]:
    """How many are open, and how many of those overdue, by person."""
    rows = session.execute(
        select(column, func.count(), func.count().filter(Appeal.next_due_at < at))
        .where(
            column.in_(staff_ids),
            Appeal.project_id.in_(project_ids),
            Appeal.state.in_(OPEN_STATES),
        )
        .group_by(column)
    )
    return {row[0]: (row[1], row[2]) for row in rows if row[0] is not None}
