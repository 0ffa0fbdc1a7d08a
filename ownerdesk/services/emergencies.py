"""Emergencies (S12): what the owner must do now goes out first, then people are alarmed until one accepts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    Conversation,
    EmergencyInstruction,
    Message,
    Project,
    StaffMember,
)
from ownerdesk.model.labels import OPEN_STATES, WHOLE, AppealState
from ownerdesk.queries.alarms import find_last_check, list_numbers
from ownerdesk.queries.appeals import find_appeal_of_message, find_latest_open, is_recorded
from ownerdesk.queries.conversations import find_open_handoff
from ownerdesk.queries.emergency_phrases import detect_danger
from ownerdesk.queries.owners import get_project_of
from ownerdesk.queries.staff import has_right, list_supervisors
from ownerdesk.rules.access import Right
from ownerdesk.rules.appeals import AppealAction, is_allowed, next_state
from ownerdesk.rules.buttons import button
from ownerdesk.rules.emergencies import detect
from ownerdesk.rules.labelling import Why
from ownerdesk.rules.natures import Nature
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.readings import SecondMatter
from ownerdesk.rules.refusals import AlreadyTaken
from ownerdesk.services import outbox
from ownerdesk.services.aftercare import end_aftercare
from ownerdesk.services.alarm_mutes import unmute_alarm
from ownerdesk.services.alarms import REPEAT_EVERY, SLACK, ring, ring_responsible, stand_down
from ownerdesk.services.appeals import attach_message, create_appeal
from ownerdesk.services.cards import refresh_card, send_card
from ownerdesk.services.conversations import with_english_note
from ownerdesk.services.events import BOT, OWNER, Actor, record
from ownerdesk.services.handoffs import accept_handoff, request_handoff, withdraw_handoff
from ownerdesk.services.jobs import CHECK_ALARM, enqueue
from ownerdesk.services.label_items import ask_for_label
from ownerdesk.services.live import announce
from ownerdesk.services.messages import mark_answered
from ownerdesk.services.offers import withdraw_offers
from ownerdesk.services.progress import accept_appeal
from ownerdesk.services.promises import make_promise, withdraw_promises
from ownerdesk.services.voice import speak, voice_of
from ownerdesk.services.weak_signs import call_to_look, end_question
from ownerdesk.texts import format_when, supported

KIND_CATEGORIES = {
    "fire": "fire_safety",
    "gas_leak": "gas",
    "flooding": "drainage",
    "entrapment": "elevator",
    "electrical": "power_supply",
    "crime": "security",
    "structural": "structure",
}
CATEGORY_KINDS = {category: kind for kind, category in KIND_CATEGORIES.items()} | {
    "water_supply": "flooding"
}


def raise_emergency(
    session: Session,
    conversation: Conversation,
    message: Message,
    *,
    kind: str,
    found_by: str,
    at: datetime,
    category: str | None = None,
    part: int = WHOLE,
) -> Appeal:
    """Tell the owner what to do, register the emergency, and alarm people. `found_by` is rule, reader, owner or
    staff; `part` says whether the danger is in the message as such or in its second matter.

    Called again for the same part of a message it returns the same appeal. Another message while an emergency of the
    kind is open joins it: the people alarmed see it, and the instructions are not sent over and over.
    """
    end_question(session, conversation, message, by=None)
    known = find_appeal_of_message(session, message.id, part=part)
    if known is not None and known.nature == "emergency":
        return known
    if part == WHOLE:
        _learn_of(session, message, known, kind=kind, category=category, found_by=found_by)
    running = _find_running(session, conversation, kind)
    if running is not None:
        return _join(session, running, message, part, at=at)
    cause = _cause(message, part)
    _tell_what_to_do(session, conversation, kind=kind, key=f"instructions:{cause}", at=at)
    if known is not None:
        appeal = known
        _make_emergency(session, appeal, kind=kind, at=at)
    else:
        appeal = create_appeal(
            session,
            conversation,
            message,
            nature="emergency",
            category=category or KIND_CATEGORIES.get(kind, "other"),
            kind=kind,
            at=at,
            part=part,
        )
    _alarm(session, appeal, found_by=found_by, at=at)
    if known is None:
        send_card(session, appeal, at=at)
    else:
        refresh_card(session, appeal, at=at)
    mark_answered(session, message, "emergency", at=at)
    request_handoff(session, conversation, reason="emergency", appeal=appeal, at=at, tell=False)
    return appeal


def _learn_of(
    session: Session,
    message: Message,
    known: Appeal | None,
    *,
    kind: str,
    category: str | None,
    found_by: str,
) -> None:
    """What people call an emergency teaches; what the rules find is compared with what the model would have said. The
    reader itself says nothing new."""
    if found_by == "rule":
        ask_for_label(session, message.id, Why.SIGNS)
        return
    if found_by not in ("staff", "owner"):
        return
    labels = {
        "nature": "emergency",
        "kind": kind,
        "category": known.category if known else category or KIND_CATEGORIES.get(kind, "other"),
    }
    by_owner = Why.CLARIFIED if known is None else Why.OWNER
    ask_for_label(session, message.id, Why.STAFF if found_by == "staff" else by_owner, labels)


def _make_emergency(session: Session, appeal: Appeal, *, kind: str, at: datetime) -> None:
    """An appeal that was something milder, and may have been accepted, put off or closed, begins again. What its owner
    is asked at its end is asked anew: it counts as reopened."""
    if appeal.state in (AppealState.RESOLVED, AppealState.CLOSED):
        end_aftercare(session, appeal, at=at)
        appeal.reopened += 1
    appeal.state = next_state(appeal.state, AppealAction.ALARM)
    appeal.nature, appeal.kind, appeal.severity = "emergency", kind, "emergency"
    appeal.operator_id = appeal.on_the_way_at = appeal.arrived_at = None
    appeal.deferred_until = appeal.deferred_reason = None
    appeal.resolved_at = appeal.closed_at = appeal.closed_by = None
    appeal.merged_into_id = appeal.ended_reason = None
    appeal.next_due_at = at
    unmute_alarm(session, appeal)
    withdraw_promises(session, appeal, at=at)
    withdraw_offers(session, appeal, at=at)
    session.refresh(appeal, ["operator"])


def alarm_by_itself(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """The emergency as which this one went on ends before anybody has taken it on: people are alarmed for this one."""
    _make_emergency(session, appeal, kind=appeal.kind or "other", at=at)
    _alarm(session, appeal, found_by="merged", at=at)


def _alarm(session: Session, appeal: Appeal, *, found_by: str, at: datetime) -> None:
    policy = Policy.of(appeal.project.settings)
    due_at = at + timedelta(minutes=policy.emergency_accept_minutes)
    make_promise(session, appeal, "acceptance", due_at=due_at, actor=BOT, at=at)
    record(session, appeal, "alarm.raised", actor=BOT, at=at, kind=appeal.kind, found_by=found_by)
    session.flush()
    ring(session, appeal, at=at)
    enqueue(session, CHECK_ALARM, at=at + REPEAT_EVERY, appeal_id=appeal.id)


def _find_running(session: Session, conversation: Conversation, kind: str) -> Appeal | None:
    latest = session.scalar(
        select(Appeal)
        .where(
            Appeal.conversation_id == conversation.id,
            Appeal.severity == "emergency",
            Appeal.kind == kind,
            Appeal.state.in_(
                [AppealState.RECEIVED, AppealState.ACCEPTED, AppealState.DISPATCHED,
                 AppealState.IN_PROGRESS]
            ),
        )
        .order_by(Appeal.id.desc())
        .limit(1)
    )  # fmt: skip
    return latest


def _cause(message: Message, part: int) -> str:
    """Both matters of a message may be emergencies, and each has its instructions."""
    return str(message.id) if part == WHOLE else f"{message.id}:{part}"


def _join(session: Session, appeal: Appeal, message: Message, part: int, *, at: datetime) -> Appeal:
    if message.appeal_id == appeal.id:
        return appeal
    if part == WHOLE:
        attach_message(session, appeal, message, at=at)
    elif is_recorded(session, appeal, "message.added", message_id=message.id):
        return appeal
    else:
        # The message stays with the appeal of its first matter; this one's record tells of it.
        record(
            session, appeal, "message.added", actor=OWNER, at=at, message_id=message.id,
            kind=message.kind,
        )  # fmt: skip
    _ = voice_of(appeal.conversation)
    outbox.send(
        session,
        appeal.conversation,
        _(
            "People have been alerted to {number} and see this too. Stay safe; do as I wrote above."
        ).format(number=appeal.number),
        key=f"alarmed:{_cause(message, part)}",
        at=at,
        appeal=appeal,
    )
    announce(session, "alarm", appeal=appeal.id, project=appeal.project_id)
    mark_answered(session, message, "joined", at=at)
    return appeal


def _tell_what_to_do(
    session: Session, conversation: Conversation, *, kind: str, key: str, at: datetime
) -> None:
    project = get_project_of(session, conversation)
    text = find_instruction(session, project, kind, conversation.language)
    text += format_numbers(session, project, kind, conversation.language, beside=text)
    outbox.send(session, conversation, with_english_note(conversation, text), key=key, at=at)


def format_numbers(
    session: Session, project: Project, kind: str, language: str, *, beside: str
) -> str:
    """Whom the plan says to call, one a line; numbers that the text `beside` has already are not repeated."""
    numbers = list_numbers(session, project, kind, supported(language))
    return "".join(f"\n☎️ {name}: {phone}" for name, phone in numbers if phone not in beside)


def find_instruction(session: Session, project: Project, kind: str, language: str) -> str:
    """The project's own text before the common one, the owner's language before English."""
    rows = session.scalars(
        select(EmergencyInstruction).where(
            EmergencyInstruction.kind == kind,
            EmergencyInstruction.language.in_([supported(language), "en"]),
            or_(
                EmergencyInstruction.project_id == project.id,
                EmergencyInstruction.project_id.is_(None),
            ),
        )
    ).all()
    best = max(
        rows,
        key=lambda row: (row.language == supported(language), row.project_id is not None),
        default=None,
    )
    _ = speak(session, project.id, language)
    body = (
        best.body
        if best
        else _("Get to safety first. Call {emergency_number} if anyone is in danger.")
    )
    return body.replace("{emergency_number}", project.emergency_number).replace(
        "{phone}", project.phone
    )


def kind_of_second(second: SecondMatter, *, otherwise: str) -> str:
    """Which emergency a second matter would be: by its own words, by what it is about, else as the whole message
    was read."""
    sign = detect(second.text)
    return sign.kind if sign else CATEGORY_KINDS.get(second.category, otherwise)


def is_danger_second(message: Message) -> bool:
    """Whether the second matter of a message was read as an emergency that the owner has not denied."""
    second = SecondMatter.of(message.reading)
    is_danger = second is not None and second.nature is Nature.EMERGENCY
    return is_danger and not (message.reading or {}).get("no_danger")


def ask_whether_danger(
    session: Session,
    conversation: Conversation,
    message: Message,
    *,
    kind: str,
    at: datetime,
    part: int = WHOLE,
) -> None:
    """A sign of danger too weak to act on: people are alarmed to look, and the owner is asked."""
    _ = voice_of(conversation)
    action = "danger" if part == WHOLE else "seconddanger"
    outbox.send(
        session,
        conversation,
        _("Is anybody in danger right now? I have asked a person to look at it too."),
        key=f"danger?:{message.id}",
        at=at,
        buttons=[
            [button(_("Yes, it is an emergency"), action, message.id, kind)],
            [button(_("No danger"), "nodanger", message.id)],
        ],
    )
    call_to_look(session, conversation, message, kind=kind, at=at, part=part)


def drop_alarm(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> None:
    """The owner said that a message which had a weak sign of danger is about something ordinary."""
    reading = message.reading or {}
    if (
        detect_danger(session, message.text) is not None
        or reading.get("alarm")
        or is_danger_second(message)
    ):
        message.reading = {**reading, "no_danger": True}
        withdraw_handoff(session, conversation, reason="emergency", at=at)
        end_question(session, conversation, message, by=None)


def take_on(session: Session, appeal: Appeal, *, by: StaffMember, at: datetime) -> None:
    """Accept an emergency, or any other appeal, and have its owner. Pressed twice it does nothing more.

    Raises AlreadyTaken with the name of whoever was first, and WrongState for what is done or withdrawn.
    """
    is_emergency = appeal.severity == "emergency" and appeal.state in OPEN_STATES
    if is_emergency and not is_allowed(appeal.state, AppealAction.ACCEPT) and appeal.responsible:
        if appeal.responsible_id == by.id:
            return
        raise AlreadyTaken(appeal.responsible.name)
    accept_appeal(session, appeal, by=by, at=at)
    answer_alarm(session, appeal, by=by, at=at)


def answer_alarm(session: Session, appeal: Appeal, *, by: StaffMember, at: datetime) -> None:
    """Whoever takes on an emergency talks to its owner too: the handoff it asked for is theirs, so that nobody
    is told later that no person was free. Somebody who may not answer owners leaves it to those who may."""
    conversation = appeal.conversation
    handoff = find_open_handoff(session, conversation.id)
    if handoff is None or handoff.reason != "emergency" or handoff.accepted_at is not None:
        return
    if appeal.severity == "emergency" and has_right(by, appeal.project_id, Right.ANSWER_OWNERS):
        accept_handoff(session, conversation, by=by, at=at)


def check_alarm(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """Every minute until a person accepts: ring again by the plan, and after the promised time tell the manager and
    the owner. Does nothing once accepted; the second delivery of one job is told by its coming too early. A server
    that was down for an hour makes up for it in one ring."""
    if appeal.state != AppealState.RECEIVED or appeal.severity != "emergency":
        stand_down(session, appeal, at=at)
        return
    last = find_last_check(session, appeal.id)
    if last is not None and at < last + REPEAT_EVERY - SLACK:
        return
    enqueue(session, CHECK_ALARM, at=at + REPEAT_EVERY, appeal_id=appeal.id)
    is_late = appeal.next_due_at is not None and at >= appeal.next_due_at
    if not is_late:
        record(session, appeal, "alarm.repeated", actor=BOT, at=at)
    ring(session, appeal, at=at)
    if is_late:
        _escalate(session, appeal, at=at)


def _escalate(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """The promised time has passed: the next in line is responsible, and the owner hears it."""
    policy = Policy.of(appeal.project.settings)
    supervisors = list_supervisors(session, appeal.project)
    before = appeal.responsible_id
    if supervisors:
        order = [member.id for member in supervisors]
        position = order.index(before) + 1 if before in order else 0
        appeal.responsible_id = order[position % len(order)]
    due_at = at + timedelta(minutes=policy.emergency_accept_minutes)
    make_promise(session, appeal, "acceptance", due_at=due_at, actor=BOT, at=at)
    session.refresh(appeal, ["responsible"])
    event = record(
        session, appeal, "appeal.escalated", actor=BOT, at=at, before=before,
        after=appeal.responsible_id,
    )  # fmt: skip
    session.flush()
    ring_responsible(session, appeal, at=at)
    language = appeal.conversation.language
    _ = voice_of(appeal.conversation)
    when = format_when(due_at, timezone=appeal.project.timezone, language=language, now=at)
    sentence = _(
        "I am sorry, nobody has taken on {number} yet. I have alerted the next person in line, who is to take it on by {when}."
        " If anyone is in danger, call {emergency_number} now."
    )
    if appeal.responsible_id == before:
        sentence = _(
            "I am sorry, nobody has taken on {number} yet. I go on calling people and tell you again by {when}."
            " If anyone is in danger, call {emergency_number} now."
        )
    outbox.send(
        session,
        appeal.conversation,
        sentence.format(
            number=appeal.number, when=when, emergency_number=appeal.project.emergency_number
        ),
        key=f"alarm.late:{event.id}",
        at=at,
        appeal=appeal,
    )
    refresh_card(session, appeal, at=at)


def say_no_danger(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> None:
    """The owner says nobody is in danger: what they reported goes its ordinary way, which it has begun, and a
    handoff that only the sign of danger had asked for is taken back unless somebody has accepted it."""
    end_question(session, conversation, message, by=None)
    message.reading = {**(message.reading or {}), "no_danger": True}
    appeal = find_appeal_of_message(session, message.id) or find_latest_open(session, conversation)
    if appeal is not None:
        record(session, appeal, "danger.denied", actor=OWNER, at=at)
    _ = voice_of(conversation)
    text = _("Good. I will go on with what you wrote.")
    if not _note_no_danger(session, conversation, message, actor=OWNER, at=at):
        text = _("Good. A person will read what you wrote all the same.")
    outbox.send(
        session,
        conversation,
        text,
        key=f"nodanger:{message.id}",
        at=at,
    )


def deny_danger(
    session: Session, conversation: Conversation, message: Message, *, by: StaffMember, at: datetime
) -> None:
    """Somebody on duty has looked and sees no danger. The owner may still say otherwise. Does nothing where the
    message has become an emergency."""
    appeal = session.get(Appeal, message.appeal_id) if message.appeal_id else None
    if appeal is None or appeal.nature != "emergency":
        end_question(session, conversation, message, by=by)
        _note_no_danger(session, conversation, message, actor=Actor.staff(by.id), at=at)


def _note_no_danger(
    session: Session, conversation: Conversation, message: Message, *, actor: Actor, at: datetime
) -> bool:
    """Says whether nobody is waited for any more: where only a person would deal with the message, or with another
    that was put with it, taking the handoff back would lose it."""
    message.reading = {**(message.reading or {}), "no_danger": True}
    why = Why.STAFF if actor.kind == "staff" else Why.CLARIFIED
    ask_for_label(session, message.id, why, {"no_danger": True})
    appeal = find_appeal_of_message(session, message.id) or find_latest_open(session, conversation)
    if appeal is not None:
        record(session, appeal, "danger.denied", actor=actor, at=at)
    if message.answered_how == "handed_over":
        return False
    return withdraw_handoff(session, conversation, reason="emergency", at=at)
