"""Planned works are incidents in the future: announced to those they concern, reminded of the evening before, told when
they change or are off, and asked about when they are over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Building, Conversation, Incident, IncidentFollower, Project, StaffMember
from ownerdesk.queries.categories import check_category
from ownerdesk.queries.incidents import get_incident, list_concerned, list_followers, list_linked
from ownerdesk.rules.refusals import (
    IncidentNotFound,
    IncidentOver,
    InThePast,
    MissingText,
    WrongPeriod,
)
from ownerdesk.rules.works import announcement_at, reminder_at
from ownerdesk.services import incident_news as news
from ownerdesk.services.events import Actor
from ownerdesk.services.incidents import clean_titles, finish_incident, unlink_appeal
from ownerdesk.services.jobs import ANNOUNCE_WORKS, END_WORKS, REMIND_OF_WORKS, enqueue
from ownerdesk.services.live import announce
from ownerdesk.services.promises import make_promise
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import format_period, translator

MAX_DAYS_BEFORE = 60


def plan_works(
    session: Session,
    project: Project,
    building: Building | None,
    *,
    entrance: str = "",
    category: str,
    titles: Mapping[str, str],
    starts_at: datetime,
    ends_at: datetime,
    by: StaffMember,
    at: datetime,
    days_before: int | None = None,
) -> Incident:
    """Works in a building, in one entrance of it, or (no building) in the whole project, announced so many days before
    they begin, or at once. Whoever plans them answers for them.

    Raises InThePast, WrongPeriod, InvalidField for the category, MissingText for works without a title, IncidentNotFound for a building elsewhere.
    """
    check_category(session, category)
    kept = clean_titles(titles)
    if not kept:
        raise MissingText("title")
    if building is not None and building.project_id != project.id:
        raise IncidentNotFound
    _check_times(starts_at, ends_at, at=at)
    works = Incident(
        project_id=project.id,
        building_id=building.id if building else None,
        entrance=entrance.strip() if building else "",
        kind="planned",
        category=category,
        titles=kept,
        state="confirmed",
        responsible_id=by.id,
        proposed_at=at,
        confirmed_at=at,
        confirmed_by_id=by.id,
        expected_at=ends_at,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    session.add(works)
    session.flush()
    told_at = announcement_at(starts_at, days_before=days_before, timezone=project.timezone)
    if told_at <= at:
        announce_works(session, works.id, at=at)
    else:
        enqueue(session, ANNOUNCE_WORKS, at=told_at, incident_id=works.id)
    _set_clocks(session, works)
    _announce(session, works)
    return works


def _check_times(starts_at: datetime, ends_at: datetime, *, at: datetime) -> None:
    if ends_at <= at:
        raise InThePast
    if ends_at <= starts_at:
        raise WrongPeriod


def _set_clocks(session: Session, works: Incident) -> None:
    starts_at, ends_at = _times(works)
    remind_at = reminder_at(starts_at, timezone=works.project.timezone)
    enqueue(session, REMIND_OF_WORKS, at=remind_at, incident_id=works.id)
    enqueue(session, END_WORKS, at=ends_at, incident_id=works.id)


def _times(works: Incident) -> tuple[datetime, datetime]:
    assert works.starts_at is not None, "planned works have their times"
    assert works.ends_at is not None, "planned works have their times"
    return works.starts_at, works.ends_at


def _period(works: Incident, language: str) -> str:
    starts_at, ends_at = _times(works)
    return format_period(starts_at, ends_at, timezone=works.project.timezone, language=language)


def _gather(session: Session, works: Incident, *, at: datetime) -> None:
    """Everybody concerned follows, also those who have moved in since."""
    for conversation in list_concerned(session, works):
        session.execute(
            insert(IncidentFollower)
            .values(incident_id=works.id, conversation_id=conversation.id, added_at=at)
            .on_conflict_do_nothing()
        )
    session.flush()


def announce_works(session: Session, incident_id: int, *, at: datetime) -> None:
    """Tell those concerned, each once. Does nothing for works that are called off or over; late, it still tells."""
    works = get_incident(session, incident_id)
    if works.state != "confirmed" or _times(works)[1] <= at:
        return
    _gather(session, works, at=at)
    works.announced_at = works.announced_at or at
    session.flush()
    _tell(
        session,
        works,
        lambda _: _("Planned works: {title}, {period}. I will tell you when they are over."),
        cause="announced",
        at=at,
    )


def remind_of_works(session: Session, incident_id: int, *, at: datetime) -> None:
    """In the evening before, once; not where it was announced that evening or later, and not once they have begun.
    Who has moved in since the announcement gets that instead."""
    works = get_incident(session, incident_id)
    starts_at, _ends_at = _times(works)
    remind_at = reminder_at(starts_at, timezone=works.project.timezone)
    if works.state != "confirmed" or not remind_at <= at < starts_at:
        return
    if works.announced_at is None or works.announced_at >= remind_at:
        return
    known = {
        follower.conversation_id
        for follower in list_followers(session, works.id)
        if follower.added_at < remind_at
    }
    announce_works(session, works.id, at=at)
    _tell(
        session,
        works,
        lambda _: _("A reminder of tomorrow's works: {title}, {period}."),
        cause=f"reminder:{starts_at.isoformat()}",
        at=at,
        only=known,
    )


def change_works(
    session: Session,
    works: Incident,
    *,
    starts_at: datetime,
    ends_at: datetime,
    by: StaffMember,
    at: datetime,
) -> None:
    """Other times: those who were told hear of it, and what was promised for the end moves with it. The same times
    again change nothing. Raises IncidentOver, InThePast, WrongPeriod."""
    _check_open(works)
    _check_times(starts_at, ends_at, at=at)
    if (starts_at, ends_at) == _times(works):
        return
    works.starts_at, works.ends_at, works.expected_at = starts_at, ends_at, ends_at
    works.updates += 1
    session.flush()
    for appeal in list_linked(session, works.id):
        promise = make_promise(
            session, appeal, "resolution", due_at=ends_at, actor=Actor.staff(by.id), at=at
        )
        promise.incident_id = works.id
    _set_clocks(session, works)
    if works.announced_at is not None:
        _tell(
            session,
            works,
            lambda _: _("The works have been moved: {title}, now {period}."),
            cause=f"moved:{works.updates}",
            at=at,
        )
    _announce(session, works)


def cancel_works(session: Session, works: Incident, *, by: StaffMember, at: datetime) -> None:
    """They are off: those who were told hear it, and appeals that waited for them go their own way. Again, nothing
    happens. Raises IncidentOver."""
    if works.state == "cancelled" and works.kind == "planned":
        return
    _check_open(works)
    works.state, works.ended_at = "cancelled", at
    works.updates += 1
    session.flush()
    if works.announced_at is not None:
        _tell(
            session,
            works,
            lambda _: _("The works are called off: {title}, {period}."),
            cause="cancelled",
            at=at,
        )
    for appeal in list_linked(session, works.id):
        unlink_appeal(session, appeal, actor=Actor.staff(by.id), at=at, for_good=False)
    _announce(session, works)


def end_works(session: Session, incident_id: int, *, at: datetime) -> None:
    """Their time is over: everybody who was told hears it and may say that it is not so. Appeals that waited for them
    are resolved, each with the question to its owner. Works that were moved or called off are left alone."""
    works = get_incident(session, incident_id)
    if works.state != "confirmed" or works.kind != "planned" or _times(works)[1] > at:
        return
    responsible = session.get_one(StaffMember, works.responsible_id)
    _ = translator(works.project.language)
    asked = [
        f for f in list_followers(session, works.id) if not news.has_open_appeal(session, works, f)
    ]
    finish_incident(
        session, works, resolution=_("The planned works are over."), by=responsible, at=at
    )
    if works.announced_at is None:
        return
    for follower in asked:
        language = follower.conversation.language
        _ = voice_of(follower.conversation)
        text = _("The works are over: {title}. Is everything working for you again?").format(
            title=news.heading_of(works, language)
        )
        news.ask_follower(session, works, follower, text, cause="over", at=at)


def _tell(
    session: Session,
    works: Incident,
    template: Callable[[Callable[[str], str]], str],
    *,
    cause: str,
    at: datetime,
    only: set[int] | None = None,
) -> None:
    def words(conversation: Conversation) -> str:
        language = conversation.language
        text = template(voice_of(conversation)).format(
            title=news.heading_of(works, language), period=_period(works, language)
        )
        return news.sign(session, works, text)

    for follower in list_followers(session, works.id):
        if only is None or follower.conversation_id in only:
            news.tell_follower(
                session, works, follower, words(follower.conversation), cause=cause, at=at
            )


def _check_open(works: Incident) -> None:
    if works.kind != "planned" or works.state != "confirmed":
        raise IncidentOver


def _announce(session: Session, works: Incident) -> None:
    announce(session, "incident", incident=works.id, project=works.project_id)
