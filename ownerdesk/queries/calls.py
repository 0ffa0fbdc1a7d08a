"""What calls for people on every page: the counters of the work list, waiting handoffs, emergencies nobody accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy import Boolean, ColumnElement, func, literal_column, or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Handoff, Project, StaffMember
from ownerdesk.model.appeals import CALLING_SQL
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.queries.work_list import IS_OPEN, awaits_owner, is_due_soon, is_mine, is_returned
from ownerdesk.rules.access import Right


@dataclass(frozen=True)
class WorkCounts:
    """Open appeals by the tabs of the work list that are the same for everybody."""

    open: int = 0
    new: int = 0
    soon: int = 0
    overdue: int = 0
    emergencies: int = 0
    awaiting: int = 0
    returned: int = 0
    deferred: int = 0

    @classmethod
    def total(cls, counts: Iterable[WorkCounts]) -> WorkCounts:
        """Of several projects together."""
        rows = [astuple(one) for one in counts]
        return cls(*map(sum, zip(*rows, strict=True))) if rows else cls()


@dataclass(frozen=True)
class Calls:
    """What calls in one project, or in several together. `emergencies` are ids, the oldest first."""

    work: WorkCounts = WorkCounts()
    handoffs: int = 0
    emergencies: tuple[int, ...] = ()

    @classmethod
    def total(cls, calls: Sequence[Calls]) -> Calls:
        return cls(
            WorkCounts.total(one.work for one in calls),
            sum(one.handoffs for one in calls),
            tuple(sorted(chain.from_iterable(one.emergencies for one in calls))),
        )


# By project; None stands for people who belong to none, whose handoffs concern everybody.
CallsByProject = Mapping[int | None, Calls]


def read_calls(session: Session, member: StaffMember, *, at: datetime) -> Calls:
    """What calls in the projects somebody may see."""
    projects = visible_project_ids(session, member, Right.SEE_APPEALS)
    return Calls.total(list(_read(session, projects, at=at).values()))


def read_all_calls(session: Session, *, at: datetime) -> CallsByProject:
    """The same of every project, each apart."""
    return _read(session, list(session.scalars(select(Project.id))), at=at)


def pick_calls(session: Session, calls: CallsByProject, member: StaffMember) -> Calls:
    """What `read_calls` says, out of what `read_all_calls` has read."""
    projects = visible_project_ids(session, member, Right.SEE_APPEALS)
    return Calls.total([calls[place] for place in (*projects, None) if place in calls])


def _read(session: Session, projects: Sequence[int], *, at: datetime) -> CallsByProject:
    """Every tab in one pass over the open appeals; the other two have indexes of their own."""
    counted = session.execute(
        select(Appeal.project_id, *_counted(session, projects, at=at))
        .where(Appeal.project_id.in_(projects), IS_OPEN)
        .group_by(Appeal.project_id)
    )
    work: dict[int | None, WorkCounts] = {
        project_id: WorkCounts(*counts) for project_id, *counts in counted
    }
    handoffs = dict(
        session.execute(
            select(Conversation.project_id, func.count())
            .select_from(Handoff)
            .join(Conversation, Conversation.id == Handoff.conversation_id)
            .where(
                Handoff.returned_at.is_(None),
                Handoff.accepted_at.is_(None),
                Conversation.kind == "owner",
                or_(Conversation.project_id.in_(projects), Conversation.project_id.is_(None)),
            )
            .group_by(Conversation.project_id)
        ).all()
    )
    emergencies: dict[int | None, list[int]] = {}
    calling = literal_column(CALLING_SQL, Boolean)
    for appeal_id, project_id in session.execute(
        select(Appeal.id, Appeal.project_id).where(Appeal.project_id.in_(projects), calling)
    ):
        emergencies.setdefault(project_id, []).append(appeal_id)
    return {
        place: Calls(
            work.get(place, WorkCounts()),
            handoffs.get(place, 0),
            tuple(emergencies.get(place, ())),
        )
        for place in (*projects, None)
    }


def _counted(
    session: Session, projects: Sequence[int], *, at: datetime
) -> list[ColumnElement[int]]:
    """The columns of WorkCounts in their order."""
    return [
        func.count(),
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
