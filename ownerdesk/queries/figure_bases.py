"""What figures are counted from: a base is a query with one row a case.

Each row has the id of its case, project, department and person, the category, the moment that puts it into the period,
a value to average, and flags.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from ownerdesk.model import (
    Appeal,
    AppealEvent,
    Conversation,
    Handoff,
    Project,
    Promise,
    Rating,
    ReturnVisit,
)
from ownerdesk.model.labels import OPEN_STATES, AppealState
from ownerdesk.model.promises import TOLD
from ownerdesk.rules.figures import Period, Span

LOW_STARS = 2


@dataclass(frozen=True)
class Scope:
    """Whose cases, and of when. `spans` holds projects whose clocks agree with their part of the time; `strangers` is
    the time for handoffs of people who belong to no project yet. A department or person of 0 stands for none."""

    spans: tuple[tuple[tuple[int, ...], Span], ...]
    at: datetime
    strangers: Span | None = None
    department_id: int | None = None
    person_id: int | None = None
    category: str = ""

    @property
    def project_ids(self) -> list[int]:
        return [project_id for ids, _ in self.spans for project_id in ids]


def make_scope(
    projects: Sequence[Project],
    period: Period,
    *,
    at: datetime,
    before: bool = False,
    strangers: str = "",
    **fields: Any,
) -> Scope:
    """The period, or the one before it, by the clock of each project. `strangers` is the time zone for people of no
    project; empty leaves them out."""
    zones: dict[str, list[int]] = {}
    for project in projects:
        zones.setdefault(project.timezone, []).append(project.id)
    span_of = period.span_before if before else period.span
    spans = tuple((tuple(ids), span_of(zone, at)) for zone, ids in zones.items())
    unknown = span_of(strangers, at) if strangers else None
    return Scope(spans, at, strangers=unknown, **fields)


SLIPPED = or_(Promise.broken_at.is_not(None), Promise.renegotiated_at.is_not(None))
Moment = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
ProjectId = InstrumentedAttribute[int] | InstrumentedAttribute[int | None]


def _within(scope: Scope, moment: Moment, project: ProjectId) -> ColumnElement[bool]:
    parts = [
        and_(project.in_(ids), moment >= span.start, moment < span.end) for ids, span in scope.spans
    ]
    if scope.strangers:
        span = scope.strangers
        parts.append(and_(project.is_(None), moment >= span.start, moment < span.end))
    return or_(literal(value=False), *parts)


def _seconds(since: Any, until: Any) -> ColumnElement[Any]:
    return extract("epoch", until - since)


def _of_appeals(moment: Any, value: Any, **flags: ColumnElement[bool]) -> Select[Any]:
    """The columns every base of appeals has."""
    return select(
        Appeal.id.label("id"),
        Appeal.project_id.label("project_id"),
        Appeal.department_id.label("department_id"),
        Appeal.responsible_id.label("person_id"),
        Appeal.category.label("category"),
        moment.label("at"),
        value.label("value"),
        *(flag.label(name) for name, flag in flags.items()),
    )


def _open(scope: Scope) -> Select[Any]:
    """Open now, whatever the period."""
    return _of_appeals(
        Appeal.received_at,
        null(),
        is_overdue=Appeal.next_due_at < scope.at,
        is_new=Appeal.state == AppealState.RECEIVED,
        is_emergency=Appeal.severity == "emergency",
    ).where(Appeal.project_id.in_(scope.project_ids), Appeal.state.in_(OPEN_STATES))


def _jobs(scope: Scope) -> Any:
    """Open now, by the operator who works on it."""
    return (
        select(
            Appeal.id.label("id"),
            Appeal.project_id.label("project_id"),
            Appeal.department_id.label("department_id"),
            Appeal.operator_id.label("person_id"),
            Appeal.category.label("category"),
            Appeal.received_at.label("at"),
            null().label("value"),
        )
        .where(Appeal.project_id.in_(scope.project_ids), Appeal.state.in_(OPEN_STATES))
        .where(Appeal.operator_id.is_not(None))
    )


def _received(scope: Scope) -> Select[Any]:
    """The value is the seconds until a person first answered."""
    return _of_appeals(
        Appeal.received_at,
        _seconds(Appeal.received_at, Appeal.first_answered_at),
        is_answered=Appeal.first_answered_at.is_not(None),
    ).where(_within(scope, Appeal.received_at, Appeal.project_id))


def _resolved(scope: Scope) -> Select[Any]:
    """The value is the seconds from receipt to the resolution that stands. Late is what broke a time its owner was
    told; moved, what had one put off in good time."""
    told = and_(Promise.appeal_id == Appeal.id, Promise.kind.in_(TOLD), SLIPPED)
    ends = (
        select(
            func.bool_or(Promise.broken_at.is_not(None)).label("is_late"),
            func.bool_or(Promise.renegotiated_at.is_not(None)).label("is_moved"),
        )
        .where(told)
        .correlate(Appeal)
        .lateral()
    )
    is_late = func.coalesce(ends.c.is_late, literal(value=False))
    return (
        _of_appeals(
            Appeal.resolved_at,
            _seconds(Appeal.received_at, Appeal.resolved_at),
            is_late=is_late,
            is_on_time=~is_late,
            is_moved=and_(~is_late, func.coalesce(ends.c.is_moved, literal(value=False))),
        )
        .join_from(Appeal, ends, literal(value=True), isouter=True)
        .where(_within(scope, Appeal.resolved_at, Appeal.project_id))
    )


def _reopened(scope: Scope) -> Select[Any]:
    return (
        _of_appeals(func.max(AppealEvent.at), null())
        .join_from(AppealEvent, Appeal, Appeal.id == AppealEvent.appeal_id)
        .where(
            AppealEvent.name == "appeal.reopened",
            _within(scope, AppealEvent.at, Appeal.project_id),
        )
        .group_by(Appeal.id)
    )


def _rated(scope: Scope) -> Select[Any]:
    """The value is the stars."""
    return (
        _of_appeals(Rating.rated_at, Rating.stars, is_low=Rating.stars <= LOW_STARS)
        .join_from(Rating, Appeal, Appeal.id == Rating.appeal_id)
        .where(_within(scope, Rating.rated_at, Appeal.project_id))
    )


def _emergencies(scope: Scope) -> Select[Any]:
    """Alarms raised in the period, one row an appeal; the value is the seconds until a person accepted the last."""
    is_over = Promise.due_at < scope.at
    is_open = and_(Promise.kept_at.is_(None), Promise.withdrawn_at.is_(None))
    is_late = func.bool_or(or_(Promise.broken_at.is_not(None), and_(is_open, is_over)))
    is_kept = func.bool_or(Promise.kept_at.is_not(None))
    accepted = case((Appeal.accepted_at >= func.max(Promise.made_at), Appeal.accepted_at))
    return (
        _of_appeals(
            func.min(Promise.made_at),
            _seconds(func.max(Promise.made_at), accepted),
            is_in_time=and_(is_kept, ~is_late),
            is_late=is_late,
        )
        .join_from(Promise, Appeal, Appeal.id == Promise.appeal_id)
        .where(
            Promise.kind == "acceptance",
            _within(scope, Promise.made_at, Appeal.project_id),
        )
        .group_by(Appeal.id)
    )


def _handoffs(scope: Scope) -> Select[Any]:
    """Conversations that the bot gave to people; the value is the seconds until somebody took them."""
    return (
        select(
            Handoff.id.label("id"),
            Conversation.project_id.label("project_id"),
            cast(null(), Appeal.department_id.type).label("department_id"),
            Handoff.accepted_by_id.label("person_id"),
            literal("").label("category"),
            Handoff.requested_at.label("at"),
            _seconds(Handoff.requested_at, Handoff.accepted_at).label("value"),
            and_(Handoff.accepted_at.is_(None), Handoff.returned_at.is_(None)).label("is_waiting"),
        )
        .join_from(Handoff, Conversation, Conversation.id == Handoff.conversation_id)
        .where(
            Handoff.reason != "taken",
            _within(scope, Handoff.requested_at, Conversation.project_id),
        )
    )


def _visits(scope: Scope) -> Select[Any]:
    """Appeals with a return visit that ended in the period, and what the last one found."""
    is_satisfied = func.bool_and(ReturnVisit.result == "satisfied")
    return (
        _of_appeals(
            func.max(ReturnVisit.ended_at),
            null(),
            is_satisfied=is_satisfied,
            is_unsatisfied=func.bool_or(ReturnVisit.result.in_(("not_satisfied", "came_back"))),
        )
        .join_from(ReturnVisit, Appeal, Appeal.id == ReturnVisit.appeal_id)
        .where(
            ReturnVisit.result.is_not(None),
            _within(scope, ReturnVisit.ended_at, Appeal.project_id),
        )
        .group_by(Appeal.id)
    )


BASES: Mapping[str, Callable[[Scope], Select[Any]]] = {
    "open": _open,
    "jobs": _jobs,
    "received": _received,
    "resolved": _resolved,
    "reopened": _reopened,
    "rated": _rated,
    "emergencies": _emergencies,
    "handoffs": _handoffs,
    "visits": _visits,
}
# What is so now, whatever the period.
PRESENT = ("open", "jobs")
