"""What people hear of an incident: each follower once for each cause, in their own language.

What is not urgent waits for the end of the quiet hours; an emergency does not. Nor does a promise that is moved, if its
old time would pass meanwhile, and nobody has switched that off (S6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session, object_session

from ownerdesk.model import Appeal, Conversation, Incident, IncidentFollower, StaffMember
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.categories import name_categories
from ownerdesk.queries.incidents import count_reporting, list_followers
from ownerdesk.queries.staff import list_supervisors
from ownerdesk.rules.buttons import button
from ownerdesk.services import outbox
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.voice import speak, voice_of
from ownerdesk.texts import Translate, format_when, supported, translator
from ownerdesk.wording import kind_names

Words = Callable[[Conversation], str]
# The time that was promised before, of each chat whose promise has been moved to a later one.
Moved = Mapping[int, datetime]


def title_of(incident: Incident, language: str) -> str:
    """What staff call it, in the reader's language where they wrote one; never translated by a machine."""
    titles = incident.titles
    for wanted in (supported(language), incident.project.language, *titles):
        if titles.get(wanted):
            return str(titles[wanted])
    _ = speak(object_session(incident), incident.project_id, language)
    if incident.emergency_kind:
        return kind_names(_)[incident.emergency_kind]
    return name_categories(object_session(incident), language, _)[incident.category]


def where_of(incident: Incident, language: str) -> str:
    """The place people read: the building and, where it is confined to one, the entrance."""
    _ = speak(object_session(incident), incident.project_id, language)
    if incident.building is None:
        return incident.project.name
    if not incident.entrance:
        return incident.building.name
    return _("{building}, entrance {entrance}").format(
        building=incident.building.name, entrance=incident.entrance
    )


def heading_of(incident: Incident, language: str) -> str:
    return f"{title_of(incident, language)} ({where_of(incident, language)})"


def tell_followers(
    session: Session,
    incident: Incident,
    words: Words,
    *,
    cause: str,
    at: datetime,
    staff_id: int | None = None,
    moved: Moved | None = None,
) -> None:
    """Tell everybody who follows, and everybody whose promise was moved; with the same cause again nobody hears
    anything more."""
    moved = moved or {}
    for follower in list_followers(session, incident.id, also=moved):
        tell_follower(
            session, incident, follower, words(follower.conversation), cause=cause, at=at,
            staff_id=staff_id, hears_by=moved.get(follower.conversation_id),
        )  # fmt: skip


def tell_follower(
    session: Session,
    incident: Incident,
    follower: IncidentFollower,
    text: str,
    *,
    cause: str,
    at: datetime,
    staff_id: int | None = None,
    buttons: outbox.Buttons | None = None,
    hears_by: datetime | None = None,
) -> None:
    """With `hears_by` it waits for the end of the quiet hours only where they end before."""
    appeal = session.get(Appeal, follower.appeal_id) if follower.appeal_id else None
    morning = outbox.morning_of(session, follower.conversation, at=at)
    is_too_late = hears_by is not None and morning is not None and hears_by <= morning
    outbox.send(
        session,
        follower.conversation,
        text,
        key=f"incident:{incident.id}:{cause}:{follower.conversation_id}",
        at=at,
        appeal=appeal if appeal is not None and appeal.incident_id == incident.id else None,
        buttons=buttons,
        staff_id=staff_id,
        can_wait=incident.emergency_kind is None and not is_too_late,
    )


def format_time(
    session: Session,
    incident: Incident,
    conversation: Conversation,
    *,
    old: datetime | None,
    reason: str,
    at: datetime,
) -> str:
    """The time promised to all, signed; where it is later than what this owner was promised, with an apology and the
    reason."""
    assert incident.expected_at is not None, "a time was promised"
    language = conversation.language
    _ = voice_of(conversation)
    title, when = (
        heading_of(incident, language),
        when_of(incident, incident.expected_at, language, at),
    )
    if old is not None:
        text = _(
            "{title}: I am sorry, I cannot keep to {old}: {reason}. I will have it solved by {new}."
        ).format(
            title=title,
            old=when_of(incident, old, language, at),
            reason=reason.rstrip(".") or _("the work is taking longer than I thought"),
            new=when,
        )
    elif reason:
        text = _("{title}: I will have it solved by {when}. The reason: {reason}")
        text = text.format(title=title, when=when, reason=reason)
    else:
        text = _("{title}: I will have it solved by {when}.").format(title=title, when=when)
    return sign(session, incident, text)


def sign(session: Session, incident: Incident, text: str) -> str:
    """In the first person, by name (S2)."""
    name = name_of(session, incident)
    return f"{text} — {name}" if name else text


def name_of(session: Session, incident: Incident) -> str:
    if incident.responsible_id is None:
        return ""
    return session.get_one(StaffMember, incident.responsible_id).name


def when_of(incident: Incident, time: datetime, language: str, at: datetime) -> str:
    return format_when(time, timezone=incident.project.timezone, language=language, now=at)


def tell_known(session: Session, incident: Incident, appeal: Appeal, *, at: datetime) -> None:
    """A later reporter hears at once that the matter is known, and until when; nothing is asked of them."""
    language = appeal.conversation.language
    _ = voice_of(appeal.conversation)
    others = max(1, count_reporting(session, incident.id) - 1)
    lines = [
        _("{number}: we know of this already: {title}.").format(
            number=appeal.number, title=heading_of(incident, language)
        ),
        _("Neighbours who reported it before you: {count}.").format(count=others),
    ]
    if incident.expected_at is not None and incident.expected_at > at:
        when = when_of(incident, incident.expected_at, language, at)
        lines.append(_("I expect to have it solved by {when}.").format(when=when))
    lines.append(
        _("Your appeal is kept with the others. Shall I write to you whenever there is news?")
    )
    _ask_to_follow(session, incident, appeal, " ".join(lines), _, at=at)


def tell_planned(session: Session, works: Incident, appeal: Appeal, *, at: datetime) -> None:
    """Somebody reports what is being worked on: it is planned, and until when."""
    assert works.ends_at is not None, "planned works have their times"
    language = appeal.conversation.language
    _ = voice_of(appeal.conversation)
    text = _(
        "{number}: this belongs to planned works: {title}. They are to last until {when}."
        " Your appeal is kept, and I will ask you afterwards. Shall I write to you whenever there is news?"
    ).format(
        number=appeal.number,
        title=heading_of(works, language),
        when=when_of(works, works.ends_at, language, at),
    )
    _ask_to_follow(session, works, appeal, text, _, at=at)


def _ask_to_follow(
    session: Session, incident: Incident, appeal: Appeal, text: str, _: Translate, *, at: datetime
) -> None:
    outbox.send(
        session,
        appeal.conversation,
        sign(session, incident, text),
        key=f"known:{appeal.id}:{incident.id}",
        at=at,
        appeal=appeal,
        buttons=[
            [button(_("Follow"), "follow", incident.id)],
            [button(_("It is something else"), "notthis", appeal.id)],
        ],
    )


def tell_confirmed(
    session: Session, incident: Incident, *, at: datetime, moved: Moved | None = None
) -> None:
    """Those who had reported it hear that they are not alone, who answers for it, and until when; with an apology
    where that is later than what they were promised."""
    earlier = moved or {}
    count = count_reporting(session, incident.id)

    def words(conversation: Conversation) -> str:
        language = conversation.language
        _ = voice_of(conversation)
        lines = [
            _("{title}: several neighbours report the same ({count}). I answer all of you together.").format(
                title=heading_of(incident, language), count=count
            )
        ]  # fmt: skip
        old = earlier.get(conversation.id)
        if old is not None:
            lines.append(
                _("I am sorry, I cannot keep to {old}: it concerns more homes than yours.").format(
                    old=when_of(incident, old, language, at)
                )
            )
        if incident.expected_at is not None and incident.expected_at > at:
            when = when_of(incident, incident.expected_at, language, at)
            lines.append(_("I will have it solved by {when}.").format(when=when))
        return sign(session, incident, " ".join(lines))

    tell_followers(session, incident, words, cause="confirmed", at=at, moved=moved)


def ask_follower(
    session: Session,
    incident: Incident,
    follower: IncidentFollower,
    text: str,
    *,
    cause: str,
    at: datetime,
) -> None:
    """Closing belongs to each of them (S6), also to those who only followed."""
    _ = voice_of(follower.conversation)
    tell_follower(
        session, incident, follower, text, cause=cause, at=at,
        buttons=[
            [button(_("Yes, solved"), "incok", incident.id)],
            [button(_("Not yet"), "incnot", incident.id)],
        ],
    )  # fmt: skip


def tell_responsible(
    session: Session,
    incident: Incident,
    words: Callable[[Translate], str],
    *,
    topic: str,
    key: str,
    at: datetime,
    supervisor_too: bool = False,
) -> None:
    """Tell whoever answers for it, and the manager where nobody does or it is grave; each once for a key."""
    members: dict[int, StaffMember] = {}
    if incident.responsible_id is not None:
        members[incident.responsible_id] = session.get_one(StaffMember, incident.responsible_id)
    if supervisor_too or not members:
        for supervisor in list_supervisors(session, incident.project)[:1]:
            members[supervisor.id] = supervisor
    for member in members.values():
        _ = translator(member.language)
        text = words(_).format(title=heading_of(incident, member.language))
        tell_staff(session, member, text, topic=topic, key=key, at=at)


def has_open_appeal(session: Session, incident: Incident, follower: IncidentFollower) -> bool:
    """Whether the follower is asked through an appeal of their own, which has its own question."""
    appeal = session.get(Appeal, follower.appeal_id) if follower.appeal_id else None
    return appeal is not None and appeal.incident_id == incident.id and appeal.state in OPEN_STATES
