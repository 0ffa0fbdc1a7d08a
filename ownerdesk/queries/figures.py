"""Counts: what the console's tabs show, and what the metrics page reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select, text
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Handoff, InboxUpdate, Message, Project, StaffMember
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.queries.work_list import IS_OPEN, awaits_owner, is_due_soon, is_mine, is_returned
from ownerdesk.rules.access import Right


@dataclass(frozen=True)
class WorkCounts:
    """What a member of staff has before them in the projects they may see, by the tabs of the work list."""

    open: int = 0
    mine: int = 0
    new: int = 0
    soon: int = 0
    overdue: int = 0
    emergencies: int = 0
    awaiting: int = 0
    returned: int = 0
    deferred: int = 0

    @classmethod
    def of(cls, columns: Iterable[int]) -> WorkCounts:
        """From a row of `_counted`."""
        return cls(*columns)

    @classmethod
    def total(cls, counts: Iterable[WorkCounts]) -> WorkCounts:
        """Of several projects together."""
        rows = [astuple(one) for one in counts]
        return cls(*map(sum, zip(*rows, strict=True))) if rows else cls()

    def with_mine(self, mine: int) -> WorkCounts:
        return replace(self, mine=mine)


def count_work(session: Session, member: StaffMember, *, at: datetime) -> WorkCounts:
    """Every tab of the work list in one pass over the open appeals."""
    projects = visible_project_ids(session, member, Right.SEE_APPEALS)
    row = session.execute(
        select(*_counted(session, projects, at=at)).where(Appeal.project_id.in_(projects), IS_OPEN)
    ).one()
    return WorkCounts.of(row).with_mine(count_mine(session, member))


def count_by_project(session: Session, *, at: datetime) -> dict[int, WorkCounts]:
    """The same for every project at once, and nobody's in particular: `mine` is 0."""
    projects = list(session.scalars(select(Project.id)))
    rows = session.execute(
        select(Appeal.project_id, *_counted(session, projects, at=at))
        .where(IS_OPEN)
        .group_by(Appeal.project_id)
    )
    return {row[0]: WorkCounts.of(row[1:]) for row in rows}


def _counted(
    session: Session, projects: Sequence[int], *, at: datetime
) -> list[ColumnElement[int]]:
    """The columns of WorkCounts in their order."""
    return [
        func.count(),
        literal(0),
        *(
            func.count().filter(condition)
            for condition in (
                Appeal.state == AppealState.RECEIVED,
                is_due_soon(session, projects, at=at),
                Appeal.next_due_at < at,
                Appeal.severity == "emergency",
                awaits_owner(),
                is_returned(),
                Appeal.state == AppealState.DEFERRED,
            )
        ),
    ]


def count_mine(session: Session, member: StaffMember) -> int:
    """The open appeals somebody answers for or does the work of, in the projects they may see."""
    projects = visible_project_ids(session, member, Right.SEE_APPEALS)
    query = select(func.count()).select_from(Appeal)
    query = query.where(Appeal.project_id.in_(projects), IS_OPEN, is_mine(member))
    return session.scalar(query) or 0


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
