"""Due times: a term counted in its calendar, with an explanation that can be put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Calendar, Project, Term
from ownerdesk.queries.calendars import find_schedule, list_terms
from ownerdesk.queries.staff import list_supervisors
from ownerdesk.rules.calendars import NoOpenTime, Schedule, whole_minutes
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.terms import Case, default_minutes, pick_term
from ownerdesk.services.notices import tell_staff
from ownerdesk.texts import translator


@dataclass(frozen=True)
class Due:
    """A due time, the calendar it was counted in (None: round the clock), and how it came about."""

    at: datetime
    calendar_id: int | None = None
    explanation: dict[str, Any] = field(default_factory=dict)


def due_of(
    session: Session,
    appeal: Appeal,
    kind: str,
    *,
    at: datetime,
    terms: Sequence[Term] | None = None,
    times: int = 1,
) -> Due:
    """When something of this kind, promised for this appeal now, is due: by the most specific term, else by the
    policy round the clock. `terms` saves reading them again; `times` lengthens what slipped
    before."""
    project = appeal.project
    case = Case(project.id, appeal.nature, appeal.category, appeal.severity, kind)
    term = pick_term(list_terms(session, project.id) if terms is None else terms, case)
    if term is None:
        policy = Policy.of(project.settings)
        minutes = default_minutes(policy, kind=kind, severity=appeal.severity)
        return count(session, project, minutes * times, calendar_id=None, at=at)
    return count(session, project, term.minutes * times, calendar_id=term.calendar_id, at=at)


def count(
    session: Session, project: Project, minutes: int, *, calendar_id: int | None, at: datetime
) -> Due:
    """So many minutes from now in a calendar. One with no open time is counted round the clock, and the manager is
    told: it never stops a promise in silence."""
    schedule = find_schedule(session, calendar_id, project.timezone)
    explanation: dict[str, Any] = {"minutes": minutes, "from": at.isoformat()}
    if schedule is None or calendar_id is None:
        return Due(at + timedelta(minutes=minutes), None, explanation)
    calendar = session.get_one(Calendar, calendar_id)
    try:
        due_at = schedule.add_working_time(at, minutes)
    except NoOpenTime:
        _tell_never_open(session, project, calendar, at=at)
        explanation |= {"calendar": calendar.name, "never_open": True}
        return Due(at + timedelta(minutes=minutes), None, explanation)
    explanation["calendar"] = calendar.name
    closed = schedule.closed_days(at, due_at)
    if closed:
        explanation["closed"] = [{"day": c.day.isoformat(), "name": c.name} for c in closed]
    return Due(due_at, calendar_id, explanation)


def minutes_left(
    session: Session, project: Project, *, calendar_id: int | None, at: datetime, due_at: datetime
) -> int:
    """What remains until a due time, counted as the due time was."""
    schedule: Schedule | None = find_schedule(session, calendar_id, project.timezone)
    if schedule is None:
        return whole_minutes(due_at - at)
    return schedule.working_minutes(at, due_at)


def _tell_never_open(
    session: Session, project: Project, calendar: Calendar, *, at: datetime
) -> None:
    for member in list_supervisors(session, project):
        _ = translator(member.language)
        words = _(
            "The calendar “{calendar}” of {project} has no open time in the coming year. Until that is put right, its"
            " times count round the clock."
        ).format(calendar=calendar.name, project=project.name)
        key = f"calendar.never_open:{calendar.id}:{at.date().isoformat()}"
        tell_staff(session, member, words, topic="calendar.never_open", key=key, at=at)
