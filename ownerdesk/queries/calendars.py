"""Calendars and terms, as the rules read them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import Calendar, SpecialDay, Term
from ownerdesk.rules.calendars import Schedule, SpecialPeriods, load_spans
from ownerdesk.rules.refusals import NotFound


class CalendarNotFound(NotFound):
    """No such calendar in this project."""


def get_calendar(session: Session, project_id: int, calendar_id: int) -> Calendar:
    """A calendar the project may use: its own, or a common one. Raises CalendarNotFound."""
    calendar = session.get(Calendar, calendar_id)
    if calendar is None or calendar.project_id not in (None, project_id):
        raise CalendarNotFound
    return calendar


def list_calendars(session: Session, project_id: int) -> Sequence[Calendar]:
    """The project's own and the common ones, by name."""
    return session.scalars(
        select(Calendar)
        .where(or_(Calendar.project_id == project_id, Calendar.project_id.is_(None)))
        .order_by(Calendar.name, Calendar.id)
    ).all()


def list_special_days(session: Session, calendar_id: int) -> Sequence[SpecialDay]:
    return session.scalars(
        select(SpecialDay)
        .where(SpecialDay.calendar_id == calendar_id)
        .order_by(SpecialDay.day, SpecialDay.source)
    ).all()


def find_schedule(session: Session, calendar_id: int | None, timezone: str) -> Schedule | None:
    """When a calendar is open; None for round the clock. What staff wrote of a day comes before a feed."""
    calendar = session.get(Calendar, calendar_id) if calendar_id is not None else None
    if calendar is None:
        return None
    days = sorted(list_special_days(session, calendar.id), key=lambda day: day.source == "staff")
    return Schedule(
        timezone=timezone,
        week=tuple(load_spans(periods) for periods in calendar.periods),
        special={day.day: SpecialPeriods(day.name, load_spans(day.periods)) for day in days},
    )


def list_terms(session: Session, project_id: int) -> Sequence[Term]:
    """The project's own and the common ones, the most general first."""
    return session.scalars(
        select(Term)
        .where(or_(Term.project_id == project_id, Term.project_id.is_(None)))
        .order_by(Term.kind, Term.project_id.nulls_first(), Term.id)
    ).all()
