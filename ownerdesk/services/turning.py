"""Communication that turns into dissatisfaction (S9): each message of an open appeal is followed, and a turn raises
class, severity and responsible person, tells the manager, and gives the owner a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Message, StaffMember
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.aftercare import (
    count_asks,
    has_broken_promise,
    list_receivers,
    list_turn_events,
)
from ownerdesk.queries.appeals import get_appeal, is_recorded, list_open_promises
from ownerdesk.queries.staff import list_supervisors
from ownerdesk.rules.moods import Mood, mood_of
from ownerdesk.rules.turning import (
    LOW_STARS,
    SURE,
    Standing,
    is_ask,
    signs_of,
    turned_nature,
    turned_severity,
)
from ownerdesk.services import outbox
from ownerdesk.services.cards import refresh_card
from ownerdesk.services.conversations import with_english_note
from ownerdesk.services.early_warnings import watch_owner
from ownerdesk.services.events import BOT, OWNER, record
from ownerdesk.services.handoffs import request_handoff
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.promises import count_slips
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import format_when, translator
from ownerdesk.wording import turn_reason_names


def follow_message(session: Session, appeal: Appeal, message: Message, *, at: datetime) -> None:
    """Read the mood of a message that joins an appeal, and turn the appeal where the message gives a reason.

    Called twice for one message it counts one ask. A closed appeal is not followed: its rating is
    (`follow_rating`).
    """
    mood = mood_of(message.text)
    message.mood = mood
    session.flush()
    if appeal.state not in OPEN_STATES:
        return
    reading = message.reading or {}
    asks = is_ask(str(reading.get("intent", "")), mood)
    if asks:
        _record_ask(session, appeal, message, mood, at=at)
    standing = Standing(
        nature=appeal.nature,
        mood=mood,
        is_ask=asks,
        asks=count_asks(session, appeal.id) if asks else 0,
        slips=count_slips(session, appeal.id) if asks else 0,
        is_broken=asks and has_broken_promise(session, appeal.id),
        reads_as_grievance=reading.get("nature") == "dissatisfaction"
        and float(reading.get("nature_confidence", 0)) >= SURE,
    )
    reasons = signs_of(standing)
    if reasons:
        turn_appeal(session, appeal, reasons, message=message, at=at)
    if asks and appeal.owner_id is not None:
        watch_owner(session, appeal, at=at)


def follow_status_ask(
    session: Session,
    conversation: Conversation,
    message: Message,
    appeals: Sequence[Appeal],
    *,
    at: datetime,
) -> None:
    """An owner asks how things stand. It counts for the appeal with a broken promise, else for the one last added to.
    A command is a look at the list, and no complaint about it."""
    if not appeals or message.text.startswith("/"):
        return
    broken = [appeal for appeal in appeals if has_broken_promise(session, appeal.id)]
    meant = broken[-1] if broken else max(appeals, key=lambda a: (a.last_message_at, a.id))
    follow_message(session, meant, message, at=at)


def follow_stars(session: Session, appeal: Appeal, stars: int, *, at: datetime) -> None:
    """One or two stars turn the appeal, although it is closed and stays so: reopening is the owner's to say."""
    if stars <= LOW_STARS:
        turn_appeal(session, appeal, ["low_rating"], message=None, at=at)


def turn_appeal(
    session: Session,
    appeal: Appeal,
    reasons: Sequence[str],
    *,
    message: Message | None,
    at: datetime,
) -> None:
    """Turn an appeal for these reasons (`rules.turning.REASONS`). It turns once; a reason that comes later is recorded
    and told to the manager, and one that is known changes nothing.

    An emergency keeps its class and whoever has taken it on, and has its own plan: the manager is told.
    """
    get_appeal(session, appeal.id)  # locked: two signs at once turn it once
    events = list_turn_events(session, appeal.id)
    known = {reason for event in events for reason in event.data["reasons"]}
    new = [reason for reason in reasons if reason not in known]
    if not new:
        return
    if appeal.severity == "emergency" or any(e.name == "appeal.turned" for e in events):
        record(session, appeal, "appeal.worsened", actor=BOT, at=at, reasons=new)
        _tell_staff(session, appeal, new, is_turn=False, before_id=appeal.responsible_id, at=at)
        return
    before = {"nature": appeal.nature, "severity": appeal.severity}
    before_id = appeal.responsible_id
    appeal.nature = turned_nature(appeal.nature)
    appeal.severity = turned_severity(appeal.severity)
    _raise_responsible(session, appeal)
    record(
        session,
        appeal,
        "appeal.turned",
        actor=BOT,
        at=at,
        reasons=new,
        message_id=message.id if message else None,
        before=before,
        after={"nature": appeal.nature, "severity": appeal.severity},
        before_id=before_id,
        after_id=appeal.responsible_id,
    )
    refresh_card(session, appeal, at=at)
    _give_person(session, appeal, message, is_closed=appeal.state not in OPEN_STATES, at=at)
    _tell_staff(session, appeal, new, is_turn=True, before_id=before_id, at=at)


def _record_ask(
    session: Session, appeal: Appeal, message: Message, mood: Mood, *, at: datetime
) -> None:
    if is_recorded(session, appeal, "owner.asked", message_id=message.id):
        return
    record(session, appeal, "owner.asked", actor=OWNER, at=at, message_id=message.id, mood=mood)
    session.flush()


def _raise_responsible(session: Session, appeal: Appeal) -> None:
    """To the manager, who stands for what is promised from now; a manager who has it keeps it. The promised time
    itself stays: turning never makes an owner wait longer."""
    supervisors = list_supervisors(session, appeal.project)
    if not supervisors or appeal.responsible_id in [s.id for s in supervisors]:
        session.flush()
        return
    appeal.responsible_id = supervisors[0].id
    for promise in list_open_promises(session, appeal.id):
        promise.staff_id = supervisors[0].id
    session.flush()
    session.refresh(appeal, ["responsible"])


def _give_person(
    session: Session, appeal: Appeal, message: Message | None, *, is_closed: bool, at: datetime
) -> None:
    """Hand the conversation over, and say who cares for the appeal now. A person who holds it already is whom the
    owner has, and the bot stays silent."""
    conversation = appeal.conversation
    if conversation.state == "person":
        return
    handoff = request_handoff(
        session, conversation, reason="turned", appeal=appeal, at=at, tell=False
    )
    if handoff.reason == "turned" and handoff.message_id is None and message is not None:
        handoff.message_id = (
            message.id
        )  # not through the request: the message has an answer of its own
    _ = voice_of(conversation)
    if is_closed:
        opening = _("I am sorry that you are not content with {number}.")
    else:
        opening = _("I understand that {number} has cost you patience.")
    if appeal.responsible is not None:
        rest = _(
            "{name} looks after it personally from now on; you will have an answer here by {when}."
        )
    else:
        rest = _("A person looks after it from now on; you will have an answer here by {when}.")
    when = format_when(
        handoff.due_at, timezone=appeal.project.timezone, language=conversation.language, now=at
    )
    name = appeal.responsible.name if appeal.responsible else ""
    text = f"{opening} {rest}".format(number=appeal.number, name=name, when=when)
    outbox.send(
        session,
        conversation,
        with_english_note(conversation, text),
        key=f"turned:{appeal.id}",
        at=at,
        appeal=appeal,
    )


def _tell_staff(
    session: Session,
    appeal: Appeal,
    reasons: Sequence[str],
    *,
    is_turn: bool,
    before_id: int | None,
    at: datetime,
) -> None:
    """The manager hears why, and whoever had the appeal until now. Where nobody supervises, those who receive
    appeals hear it."""
    supervisors = list_supervisors(session, appeal.project)
    told: list[StaffMember] = supervisors[:1] or list_receivers(session, appeal.project, at)
    members = {member.id: member for member in told}
    for staff_id in (appeal.responsible_id, before_id):
        if staff_id is not None:
            members.setdefault(staff_id, session.get_one(StaffMember, staff_id))
    for member in members.values():
        tell_staff(
            session,
            member,
            _notice(appeal, reasons, member, is_turn=is_turn),
            topic="appeal.turned",
            key=f"turned:{appeal.id}:{'+'.join(reasons)}",
            at=at,
            appeal=appeal,
        )


def _notice(appeal: Appeal, reasons: Sequence[str], member: StaffMember, *, is_turn: bool) -> str:
    _ = translator(member.language)
    names = turn_reason_names(_)
    why = "; ".join(names[reason] for reason in reasons)
    if not is_turn:
        return _("{number} is getting worse: {reasons}.").format(number=appeal.number, reasons=why)
    if appeal.responsible_id == member.id:
        return _(
            "{number} has turned into dissatisfaction: {reasons}. You are responsible for it now."
        ).format(number=appeal.number, reasons=why)
    name = appeal.responsible.name if appeal.responsible else _("nobody")
    return _(
        "{number} has turned into dissatisfaction: {reasons}. Responsible now: {name}."
    ).format(number=appeal.number, reasons=why, name=name)
