"""Incidents: proposed by `services.incident_search`, confirmed by a person (for emergencies by the desk itself), one
promise and one update for all, resolved together, asked about one by one.

Locks are taken in one order: the incident, then its appeals by id. What starts from an owner's press holds the appeal
already and leaves what concerns the whole incident to a job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Incident, IncidentFollower, Promise, StaffMember
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.appeals import find_open_promise
from ownerdesk.queries.incidents import (
    find_follower,
    get_incident,
    list_followers,
    list_linked,
)
from ownerdesk.rules.appeals import AppealAction, is_worked_on, next_state
from ownerdesk.rules.incidents import slip_check_at, warning_at
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.refusals import IncidentNotFound, IncidentOver, InThePast
from ownerdesk.services import incident_news as news
from ownerdesk.services.cards import refresh_card
from ownerdesk.services.emergencies import answer_alarm
from ownerdesk.services.events import BOT, OWNER, Actor, record
from ownerdesk.services.jobs import CHECK_INCIDENT, END_INCIDENT, enqueue
from ownerdesk.services.live import announce
from ownerdesk.services.progress import (
    MAX_REASON,
    MAX_RESOLUTION,
    accept_appeal,
    check_text,
    resolve_appeal,
)
from ownerdesk.services.promises import due_from_now, make_promise
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import LANGUAGES

MAX_UPDATE = 2000
MAX_TITLE = 200


def clean_titles(titles: Mapping[str, str]) -> dict[str, str]:
    """What staff typed, by language. Raises TooLong; what is empty is left out."""
    return {
        language: check_text("title", text, MAX_TITLE)
        for language, text in titles.items()
        if language in LANGUAGES and text.strip()
    }


def link_appeal(session: Session, incident: Incident, appeal: Appeal, *, at: datetime) -> None:
    """Put an appeal with an incident; its chat follows, unless its owner has switched such messages off."""
    appeal.incident_id = incident.id
    session.execute(
        insert(IncidentFollower)
        .values(
            incident_id=incident.id,
            conversation_id=appeal.conversation_id,
            appeal_id=appeal.id,
            is_following=appeal.conversation.progress_pushes or incident.emergency_kind is not None,
            added_at=at,
        )
        .on_conflict_do_update(
            index_elements=["incident_id", "conversation_id"],
            set_={"appeal_id": func.coalesce(IncidentFollower.appeal_id, appeal.id)},
        )
    )
    session.flush()
    record(session, appeal, "incident.linked", actor=BOT, at=at, incident_id=incident.id)


def join_incident(session: Session, incident: Incident, appeal: Appeal, *, at: datetime) -> None:
    """A later report of something confirmed: linked, taken on by whoever has the others, promised the same time."""
    link_appeal(session, incident, appeal, at=at)
    responsible = _responsible(session, incident)
    if (
        responsible is not None
        and incident.confirmed_by_id is not None
        and appeal.state == AppealState.RECEIVED
        and appeal.severity
        != "emergency"  # each emergency has an alarm that a person has to answer
    ):
        accept_appeal(session, appeal, by=responsible, at=at)
    if incident.expected_at is not None and incident.expected_at > at:
        _promise_one(session, incident, appeal, due_at=incident.expected_at, actor=BOT, at=at)


def unlink_appeal(
    session: Session, appeal: Appeal, *, actor: Actor, at: datetime, for_good: bool
) -> None:
    """Take an appeal out: it goes its own way. What its owner was promised with the others stands, or is promised
    sooner. `for_good` keeps it from being put with others of the kind again, because a person has said that it is
    something else."""
    incident = session.get_one(Incident, appeal.incident_id)
    appeal.incident_id = None
    follower = find_follower(session, incident.id, appeal.conversation_id)
    if follower is not None:
        follower.is_following = False
        follower.appeal_id = appeal.id if for_good else None
    session.flush()
    record(session, appeal, "incident.unlinked", actor=actor, at=at, incident_id=incident.id)
    promise = find_open_promise(session, appeal.id, "resolution")
    if promise is not None and promise.incident_id is not None and is_worked_on(appeal.state):
        promise.incident_id = None
        due_at = due_from_now(appeal, at=at)
        if due_at < promise.due_at:
            make_promise(session, appeal, "resolution", due_at=due_at, actor=actor, at=at)
        refresh_card(session, appeal, at=at)


def confirm_incident(
    session: Session,
    incident: Incident,
    *,
    by: StaffMember | None,
    at: datetime,
    due_at: datetime | None = None,
    titles: Mapping[str, str] | None = None,
) -> None:
    """It is one thing. A person who confirms answers for all its appeals from now (S8) and takes on those that
    nobody has; the desk (`by` None) confirms emergencies only, and leaves them to be accepted.

    One time serves all: the one given, else the earliest that any of the owners was promised. Confirmed again by
    a person after the desk, it is theirs, and everybody hears another time; by the same person again, nothing
    happens. Raises IncidentOver, InThePast.
    """
    if incident.state not in ("proposed", "confirmed"):
        raise IncidentOver
    if incident.state == "confirmed" and (by is None or incident.confirmed_by_id is not None):
        if by is None or incident.confirmed_by_id == by.id:
            return
        raise IncidentOver
    is_first, before = incident.state == "proposed", incident.expected_at
    if due_at is not None and due_at <= at:
        raise InThePast
    moved = _confirm(session, incident, by=by, at=at, due_at=due_at, titles=titles)
    if is_first:
        news.tell_confirmed(session, incident, at=at, moved=moved)
    elif moved or due_at not in (None, before):
        _tell_time(session, incident, moved, at=at)
    _announce(session, incident)


def _confirm(
    session: Session,
    incident: Incident,
    *,
    by: StaffMember | None,
    at: datetime,
    due_at: datetime | None,
    titles: Mapping[str, str] | None = None,
) -> news.Moved:
    """Whose it is, and what is promised; nobody is told yet."""
    incident.state = "confirmed"
    incident.confirmed_at = incident.confirmed_at or at
    if titles:
        incident.titles = clean_titles(titles)
    if by is not None:
        incident.confirmed_by_id = incident.responsible_id = by.id
    session.flush()
    actor = Actor.staff(by.id) if by else BOT
    appeals = list_linked(session, incident.id)
    for appeal in appeals:
        record(session, appeal, "incident.confirmed", actor=actor, at=at, incident_id=incident.id)
        if by is not None:
            _take_on(session, appeal, by=by, at=at)
    due_at = due_at or _earliest_due(session, appeals, at=at)
    return _promise_all(session, incident, due_at=due_at, actor=actor, at=at) if due_at else {}


def _tell_time(
    session: Session, incident: Incident, moved: news.Moved, *, at: datetime, reason: str = ""
) -> None:
    """Everybody hears the new time once, and why."""
    assert incident.expected_at is not None, "a time was promised"

    def words(conversation: Conversation) -> str:
        old = moved.get(conversation.id)
        return news.format_time(session, incident, conversation, old=old, reason=reason, at=at)

    cause = f"time:{incident.expected_at.isoformat()}"
    news.tell_followers(session, incident, words, cause=cause, at=at, moved=moved)


def _take_on(session: Session, appeal: Appeal, *, by: StaffMember, at: datetime) -> None:
    if appeal.state == AppealState.RECEIVED:
        accept_appeal(session, appeal, by=by, at=at)
        answer_alarm(session, appeal, by=by, at=at)


def _earliest_due(session: Session, appeals: Sequence[Appeal], *, at: datetime) -> datetime | None:
    ids = [appeal.id for appeal in appeals]
    return session.scalar(
        select(func.min(Promise.due_at)).where(
            Promise.appeal_id.in_(ids),
            Promise.kind == "resolution",
            Promise.due_at > at,
            Promise.kept_at.is_(None),
            Promise.broken_at.is_(None),
            Promise.renegotiated_at.is_(None),
            Promise.withdrawn_at.is_(None),
        )
    )


def dismiss_incident(
    session: Session, incident: Incident, *, by: StaffMember, at: datetime
) -> None:
    """It is not one thing after all: each appeal goes its own way and is not proposed again. Those who had been told
    are told so. Dismissed again, nothing happens. Raises IncidentOver."""
    if incident.state == "dismissed":
        return
    if incident.state not in ("proposed", "confirmed") or incident.kind != "fault":
        raise IncidentOver
    if incident.state == "confirmed":

        def words(conversation: Conversation) -> str:
            _ = voice_of(conversation)
            return _("{title}: these were different matters after all. Yours goes on by itself.").format(
                title=news.heading_of(incident, conversation.language)
            )  # fmt: skip

        news.tell_followers(session, incident, words, cause="dismissed", at=at)
    for appeal in list_linked(session, incident.id):
        unlink_appeal(session, appeal, actor=Actor.staff(by.id), at=at, for_good=True)
    incident.state, incident.ended_at = "dismissed", at
    session.flush()
    _announce(session, incident)


def promise_for_all(
    session: Session,
    incident: Incident,
    *,
    due_at: datetime,
    by: StaffMember,
    at: datetime,
    reason: str = "",
) -> None:
    """One time for everybody, in the first person: each appeal's promise is renegotiated to it, and each follower
    hears it once, as does every owner who was promised an earlier one. The same time again changes nothing.
    Raises IncidentOver, InThePast, TooLong."""
    _check_confirmed(incident)
    if due_at <= at:
        raise InThePast
    if incident.expected_at == due_at:
        return
    reason = check_text("reason", reason, MAX_REASON) if reason.strip() else ""
    if incident.confirmed_by_id is None:
        moved = _confirm(session, incident, by=by, at=at, due_at=due_at)
    else:
        moved = _promise_all(session, incident, due_at=due_at, actor=Actor.staff(by.id), at=at)
    _tell_time(session, incident, moved, at=at, reason=reason)
    _announce(session, incident)


def _promise_all(
    session: Session, incident: Incident, *, due_at: datetime, actor: Actor, at: datetime
) -> dict[int, datetime]:
    """Returns the earlier time of each chat that had been promised one."""
    incident.expected_at = due_at
    incident.updates += 1
    session.flush()
    moved: dict[int, datetime] = {}
    for appeal in list_linked(session, incident.id):
        old = _promise_one(session, incident, appeal, due_at=due_at, actor=actor, at=at)
        if old is not None:
            chat_id = appeal.conversation_id
            moved[chat_id] = min(old, moved.get(chat_id, old))
    for moment in (warning_at(at, due_at), slip_check_at(at, due_at)):
        enqueue(
            session, CHECK_INCIDENT, at=moment, incident_id=incident.id,
            due_at=due_at.isoformat(), slips=moment == slip_check_at(at, due_at),
        )  # fmt: skip
    return moved


def _promise_one(
    session: Session,
    incident: Incident,
    appeal: Appeal,
    *,
    due_at: datetime,
    actor: Actor,
    at: datetime,
) -> datetime | None:
    """An emergency nobody has accepted is owed a person first, and an appeal that is put off has its own date.
    Returns the time that was promised before, where it was earlier."""
    if not is_worked_on(appeal.state):
        return None
    if appeal.severity == "emergency" and appeal.state == AppealState.RECEIVED:
        return None
    open_one = find_open_promise(session, appeal.id, "resolution")
    if open_one is not None and open_one.due_at == due_at:
        open_one.incident_id = incident.id
        return None
    if open_one is not None and open_one.made_at == at:
        # Of this very moment, as when it has just been taken on: nobody has read it, so nothing slips.
        open_one.withdrawn_at, open_one = at, None
        session.flush()
    old = open_one.due_at if open_one is not None and open_one.due_at < due_at else None
    promise = make_promise(session, appeal, "resolution", due_at=due_at, actor=actor, at=at)
    promise.incident_id = incident.id
    promise.staff_id = incident.responsible_id or promise.staff_id
    session.flush()
    refresh_card(session, appeal, at=at)
    return old


def check_incident(
    session: Session, incident_id: int, *, due_at: datetime, slips: bool, at: datetime
) -> None:
    """The time promised to all is near. First the responsible person and the manager are told; then, unless somebody
    has named another time, everybody hears that it will not hold, why, and a new time, before the old one passes.
    Late or twice it does the same, once."""
    incident = get_incident(session, incident_id)
    if incident.state != "confirmed" or incident.kind != "fault" or incident.expected_at != due_at:
        return
    if not slips:
        news.tell_responsible(
            session,
            incident,
            lambda _: _(
                "{title}: the time you promised to all is near. Name another one if it will not hold."
            ),
            topic="incident.warning",
            key=f"incident.warning:{incident.id}:{due_at.isoformat()}",
            at=at,
            supervisor_too=True,
        )
        return
    policy = Policy.of(incident.project.settings)
    new_due = max(at, due_at) + policy.resolution_time("major")
    moved = _promise_all(session, incident, due_at=new_due, actor=BOT, at=at)

    def words(conversation: Conversation) -> str:
        return news.format_time(session, incident, conversation, old=due_at, reason="", at=at)

    cause = f"slip:{due_at.isoformat()}"
    news.tell_followers(session, incident, words, cause=cause, at=at, moved=moved)
    news.tell_responsible(
        session,
        incident,
        lambda _: _("{title}: the time could not be kept. Everybody was told and given a new one."),
        topic="incident.slipped",
        key=f"incident.slip:{incident.id}:{due_at.isoformat()}",
        at=at,
        supervisor_too=True,
    )
    _announce(session, incident)


def update_all(
    session: Session, incident: Incident, text: str, *, by: StaffMember, key: str, at: datetime
) -> None:
    """Write to everybody who follows. `key` comes from the form, so that a form sent twice writes once.

    Raises IncidentOver, MissingText, TooLong.
    """
    _check_confirmed(incident)
    text = check_text("update", text, MAX_UPDATE)
    incident.updates += 1

    def words(conversation: Conversation) -> str:
        title = news.heading_of(incident, conversation.language)
        return f"{title}: {text} — {by.name}"

    news.tell_followers(session, incident, words, cause=f"update:{key}", at=at, staff_id=by.id)
    _announce(session, incident)


def resolve_incident(
    session: Session,
    incident: Incident,
    *,
    resolution: str,
    by: StaffMember,
    at: datetime,
) -> None:
    """It is done for all. Each linked appeal is resolved and its owner asked (S6); who follows without an appeal is
    asked too. Resolved again, nothing happens. Raises IncidentOver, MissingText, TooLong."""
    if incident.state == "resolved":
        return
    _check_confirmed(incident)
    resolution = check_text("resolution", resolution, MAX_RESOLUTION)
    finish_incident(session, incident, resolution=resolution, by=by, at=at)

    def words(conversation: Conversation) -> str:
        _ = voice_of(conversation)
        return _("{title} is done: {what}\n\nIs it solved for you?").format(
            title=news.heading_of(incident, conversation.language), what=resolution
        )

    for follower in list_followers(session, incident.id):
        if not news.has_open_appeal(session, incident, follower):
            news.ask_follower(
                session, incident, follower, words(follower.conversation),
                cause=f"resolved:{incident.updates}", at=at,
            )  # fmt: skip


def finish_incident(
    session: Session, incident: Incident, *, resolution: str, by: StaffMember, at: datetime
) -> None:
    """The appeals are resolved, each with the question to its owner; the silence rule's time begins."""
    for follower in list_followers(session, incident.id):
        follower.answer = None
    for appeal in list_linked(session, incident.id):
        _take_on(session, appeal, by=by, at=at)
        if appeal.state == AppealState.DEFERRED:
            appeal.state = next_state(appeal.state, AppealAction.RESUME)
            appeal.deferred_until = appeal.deferred_reason = None
            session.flush()
            record(session, appeal, "appeal.resumed", actor=BOT, at=at)
        if is_worked_on(appeal.state):
            resolve_appeal(session, appeal, resolution=resolution, by=Actor.staff(by.id), at=at)
    incident.state, incident.resolution, incident.resolved_at = "resolved", resolution, at
    incident.updates += 1
    incident.responsible_id = incident.responsible_id or by.id
    session.flush()
    policy = Policy.of(incident.project.settings)
    enqueue(
        session, END_INCIDENT, at=at + timedelta(hours=policy.silence_hours),
        incident_id=incident.id,
    )  # fmt: skip
    _announce(session, incident)


def note_answer(session: Session, appeal: Appeal, answer: str, *, at: datetime) -> None:
    """An owner answered for their own appeal of an incident: it counts for the incident too."""
    if appeal.incident_id is None:
        return
    follower = find_follower(session, appeal.incident_id, appeal.conversation_id)
    if follower is None:
        return
    follower.answer = answer
    session.flush()
    enqueue(session, END_INCIDENT, incident_id=appeal.incident_id)


def end_incident(session: Session, incident_id: int, *, at: datetime) -> None:
    """Looks at the answers. All say solved, or the time for answers is over: closed. "Not yet" from as many as make
    an incident: it is open again, and its responsible person told. Otherwise each reopened appeal goes on alone."""
    incident = get_incident(session, incident_id)
    if incident.state != "resolved" or incident.resolved_at is None:
        return
    followers = list_followers(session, incident.id)
    policy = Policy.of(incident.project.settings)
    not_yet = sum(follower.answer == "not_yet" for follower in followers)
    if not_yet:
        news.tell_responsible(
            session,
            incident,
            lambda _: _("{title}: somebody says that it is not solved yet.") + f" ({not_yet})",
            topic="incident.not_yet",
            key=f"incident.not_yet:{incident.id}:{incident.updates}:{not_yet}",
            at=at,
        )
    if incident.kind == "fault" and not_yet >= policy.incident_reporters:
        incident.state, incident.resolution, incident.resolved_at = "confirmed", None, None
        incident.expected_at = None
    elif all(follower.answer == "solved" for follower in followers) or (
        at >= incident.resolved_at + timedelta(hours=policy.silence_hours)
    ):
        incident.state, incident.ended_at = "closed", at
    else:
        return
    session.flush()
    _announce(session, incident)


def follow(session: Session, conversation: Conversation, incident_id: int) -> Incident:
    """The owner wants to hear of it. Only for those who were told of it; raises IncidentNotFound for others."""
    follower = find_follower(session, incident_id, conversation.id)
    if follower is None:
        raise IncidentNotFound
    follower.is_following = True
    session.flush()
    return follower.incident


def say_something_else(session: Session, appeal: Appeal, *, at: datetime) -> bool:
    """The owner says that the appeal is not what the others report. False where it was in no incident any more."""
    if appeal.incident_id is None:
        return False
    unlink_appeal(session, appeal, actor=OWNER, at=at, for_good=True)
    return True


def answer_as_follower(
    session: Session, conversation: Conversation, incident_id: int, answer: str
) -> IncidentFollower:
    """What somebody without an appeal says at the end. Raises IncidentNotFound for who was not asked, and
    IncidentOver once it is closed."""
    follower = find_follower(session, incident_id, conversation.id)
    if follower is None:
        raise IncidentNotFound
    if follower.incident.state not in ("resolved", "confirmed", "closed"):
        raise IncidentOver
    follower.answer = answer
    session.flush()
    enqueue(session, END_INCIDENT, incident_id=incident_id)
    return follower


def _responsible(session: Session, incident: Incident) -> StaffMember | None:
    return session.get(StaffMember, incident.responsible_id) if incident.responsible_id else None


def _check_confirmed(incident: Incident) -> None:
    if incident.state != "confirmed":
        raise IncidentOver


def _announce(session: Session, incident: Incident) -> None:
    announce(session, "incident", incident=incident.id, project=incident.project_id)
