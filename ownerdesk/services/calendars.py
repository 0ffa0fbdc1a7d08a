"""Calendars and terms, changed by staff; and the days that feeds of holidays close."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import Calendar, Project, Promise, SpecialDay, StaffMember, Term
from ownerdesk.model.labels import NATURES, SEVERITIES
from ownerdesk.model.promises import PROMISE_KINDS
from ownerdesk.queries.calendars import get_calendar
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.staff import list_supervisors
from ownerdesk.rules.calendars import InvalidCalendar, parse_periods, store_spans
from ownerdesk.rules.feeds import UnreadableFeed, parse_feed
from ownerdesk.rules.refusals import AlreadyExists, MissingText, NotFound, Refusal
from ownerdesk.services.audit import record_change
from ownerdesk.services.notices import tell_staff
from ownerdesk.texts import translator

FEED_EVERY = timedelta(hours=12)
FEED_AHEAD = timedelta(days=400)
FEED_BEHIND = timedelta(days=7)
LONGEST_TERM = 366 * 24 * 60
MAX_NAME = 40


class InvalidTerm(Refusal):
    """A term that cannot be: of no known kind or label, or of no sensible length."""


class InvalidAddress(Refusal):
    """An address of a feed that is none of the web's."""


class InUse(Refusal):
    """Something is counted in this calendar."""


class TermNotFound(NotFound):
    """No such term in this project."""


def save_calendar(
    session: Session,
    project: Project,
    *,
    name: str,
    week: Sequence[str],
    feed_url: str = "",
    by: StaffMember,
    at: datetime,
    calendar: Calendar | None = None,
) -> Calendar:
    """Make a calendar of the project's own, or change one. `week` has seven texts, Monday first; an empty one is a
    closed day. Promises made already keep their times. Raises InvalidCalendar, InvalidAddress, AlreadyExists."""
    name = name.strip()
    if not name:
        raise MissingText("name")
    if len(week) != 7 or len(name) > MAX_NAME:
        raise InvalidCalendar(name)
    periods = [store_spans(parse_periods(text)) for text in week]
    url = feed_url.strip() or None
    if url is not None and (
        urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc
    ):
        raise InvalidAddress
    taken = select(Calendar.id).where(Calendar.project_id == project.id, Calendar.name == name)
    if calendar is not None:
        taken = taken.where(Calendar.id != calendar.id)
    if session.scalar(taken) is not None:
        raise AlreadyExists(name)
    before = None
    if calendar is None:
        calendar = Calendar(project_id=project.id, name=name, periods=periods)
        session.add(calendar)
    else:
        before = {"name": calendar.name, "periods": calendar.periods, "feed_url": calendar.feed_url}
    if url != calendar.feed_url:
        calendar.feed_read_at = calendar.feed_error = None
    calendar.name, calendar.periods, calendar.feed_url = name, periods, url
    session.flush()
    record_change(
        session, "calendar.saved", subject="calendar", subject_id=calendar.id, before=before,
        after={"name": name, "periods": periods, "feed_url": url}, at=at, staff_id=by.id,
        project_id=project.id,
    )  # fmt: skip
    if url is None:
        _replace_feed(session, calendar, {})
    return calendar


def drop_calendar(session: Session, calendar: Calendar, *, by: StaffMember, at: datetime) -> None:
    """Remove one that nothing is counted in. Raises InUse where a term or a promise is."""
    for table in (Term, Promise):
        if session.scalar(select(table.id).where(table.calendar_id == calendar.id).limit(1)):
            raise InUse
    record_change(
        session, "calendar.dropped", subject="calendar", subject_id=calendar.id, at=at,
        before={"code": calendar.name, "periods": calendar.periods, "feed_url": calendar.feed_url},
        staff_id=by.id, project_id=calendar.project_id,
    )  # fmt: skip
    session.execute(delete(SpecialDay).where(SpecialDay.calendar_id == calendar.id))
    session.delete(calendar)
    session.flush()


def set_special_day(
    session: Session,
    calendar: Calendar,
    *,
    day: date,
    name: str,
    hours: str = "",
    by: StaffMember,
    at: datetime,
) -> SpecialDay:
    """A date that differs: closed, or open at other times. Said again it replaces what was said. Raises
    InvalidCalendar, MissingText."""
    if not name.strip():
        raise MissingText("name")
    periods = store_spans(parse_periods(hours))
    known = _find_staff_day(session, calendar, day)
    before = _day_values(known) if known is not None else None
    if known is None:
        known = SpecialDay(calendar_id=calendar.id, day=day, name="", source="staff")
        session.add(known)
    known.name, known.periods = name.strip()[:200], periods
    session.flush()
    _record_day(
        session,
        "special_day.saved",
        calendar,
        before=before,
        after=_day_values(known),
        by=by,
        at=at,
    )
    return known


def drop_special_day(
    session: Session, calendar: Calendar, day: date, *, by: StaffMember, at: datetime
) -> None:
    """What staff said of a day no longer holds; what a feed says of it does. Said again nothing happens."""
    known = _find_staff_day(session, calendar, day)
    if known is None:
        return
    before = _day_values(known)
    session.delete(known)
    session.flush()
    _record_day(session, "special_day.dropped", calendar, before=before, after=None, by=by, at=at)


def _find_staff_day(session: Session, calendar: Calendar, day: date) -> SpecialDay | None:
    return session.scalar(
        select(SpecialDay).where(
            SpecialDay.calendar_id == calendar.id,
            SpecialDay.day == day,
            SpecialDay.source == "staff",
        )
    )


def _day_values(day: SpecialDay) -> dict[str, Any]:
    return {"day": day.day.isoformat(), "name": day.name, "periods": day.periods}


def _record_day(
    session: Session,
    action: str,
    calendar: Calendar,
    *,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    by: StaffMember,
    at: datetime,
) -> None:
    code = {"code": calendar.name}
    record_change(
        session, action, subject="calendar", subject_id=calendar.id, at=at, staff_id=by.id,
        before=None if before is None else {**code, **before},
        after=None if after is None else {**code, **after}, project_id=calendar.project_id,
    )  # fmt: skip


def save_term(
    session: Session,
    project: Project,
    *,
    kind: str,
    minutes: int,
    by: StaffMember,
    at: datetime,
    nature: str | None = None,
    category: str | None = None,
    severity: str | None = None,
    calendar_id: int | None = None,
) -> Term:
    """How long something may take in this project from now on; the same case again replaces it. Raises InvalidTerm,
    CalendarNotFound."""
    known_labels = (
        kind in PROMISE_KINDS
        and nature in (None, *NATURES)
        and category in (None, *read_categories(session).in_use)
        and severity in (None, *SEVERITIES)
    )
    if not known_labels or not 1 <= minutes <= LONGEST_TERM:
        raise InvalidTerm
    if calendar_id is not None:
        get_calendar(session, project.id, calendar_id)
    term = session.scalar(
        select(Term).where(
            Term.project_id == project.id,
            Term.kind == kind,
            Term.nature.is_not_distinct_from(nature),
            Term.category.is_not_distinct_from(category),
            Term.severity.is_not_distinct_from(severity),
        )
    )
    before = _term_values(session, term) if term else None
    if term is None:
        term = Term(
            project_id=project.id, kind=kind, nature=nature, category=category, severity=severity,
            minutes=minutes,
        )  # fmt: skip
        session.add(term)
    term.minutes, term.calendar_id = minutes, calendar_id
    session.flush()
    record_change(
        session, "term.saved", subject="term", subject_id=term.id, before=before,
        after=_term_values(session, term), at=at, staff_id=by.id, project_id=project.id,
    )  # fmt: skip
    return term


def drop_term(
    session: Session, project: Project, term_id: int, *, by: StaffMember, at: datetime
) -> None:
    """The next less specific term, or the policy, holds again. Raises TermNotFound."""
    term = session.get(Term, term_id)
    if term is None or term.project_id != project.id:
        raise TermNotFound
    record_change(
        session, "term.dropped", subject="term", subject_id=term.id,
        before=_term_values(session, term), at=at, staff_id=by.id, project_id=project.id,
    )  # fmt: skip
    session.delete(term)
    session.flush()


def _term_values(session: Session, term: Term) -> dict[str, Any]:
    calendar = session.get(Calendar, term.calendar_id) if term.calendar_id else None
    case = {"nature": term.nature, "category": term.category, "severity": term.severity}
    return {
        "code": term.kind, **{name: value for name, value in case.items() if value},
        "minutes": term.minutes, "calendar": calendar.name if calendar else None,
    }  # fmt: skip


def list_feeds_to_read(session: Session, *, at: datetime) -> list[tuple[int, str]]:
    """Calendars whose feed was not read for half a day, with its address."""
    rows = session.execute(
        select(Calendar.id, Calendar.feed_url).where(
            Calendar.feed_url.is_not(None),
            or_(Calendar.feed_read_at.is_(None), Calendar.feed_read_at <= at - FEED_EVERY),
        )
    )
    return [(calendar_id, url) for calendar_id, url in rows if url]


def keep_feed(session: Session, calendar_id: int, content: bytes, *, at: datetime) -> None:
    """What a feed says replaces what it said before. One that cannot be read changes nothing, and the manager is
    told."""
    calendar = session.get(Calendar, calendar_id)
    if calendar is None:
        return
    today = at.astimezone(_zone(session, calendar)).date()
    try:
        days = parse_feed(content, first=today - FEED_BEHIND, last=today + FEED_AHEAD)
    except UnreadableFeed:
        keep_feed_failure(session, calendar_id, "UnreadableFeed", at=at)
        return
    calendar.feed_read_at, calendar.feed_error = at, None
    _replace_feed(session, calendar, days)


def keep_feed_failure(session: Session, calendar_id: int, error: str, *, at: datetime) -> None:
    """The days known so far stay; the manager hears of the first failure in a row."""
    calendar = session.get(Calendar, calendar_id)
    if calendar is None:
        return
    is_first = calendar.feed_error is None
    calendar.feed_read_at, calendar.feed_error = at, error
    session.flush()
    project = session.get(Project, calendar.project_id) if calendar.project_id else None
    if not is_first or project is None:
        return
    for member in list_supervisors(session, project):
        _ = translator(member.language)
        words = _(
            "The holidays of the calendar “{calendar}” could not be read from their address ({error})."
            " The days known so far still hold."
        ).format(calendar=calendar.name, error=error)
        key = f"calendar.feed:{calendar.id}:{at.isoformat()}"
        tell_staff(session, member, words, topic="calendar.feed", key=key, at=at)


def _zone(session: Session, calendar: Calendar) -> ZoneInfo:
    project = session.get(Project, calendar.project_id) if calendar.project_id else None
    return ZoneInfo(project.timezone if project else "UTC")


def _replace_feed(session: Session, calendar: Calendar, days: dict[date, str]) -> None:
    session.execute(
        delete(SpecialDay).where(SpecialDay.calendar_id == calendar.id, SpecialDay.source == "feed")
    )
    for day, name in days.items():
        session.add(SpecialDay(calendar_id=calendar.id, day=day, name=name, source="feed"))
    session.flush()
