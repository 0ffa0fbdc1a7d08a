"""Handoffs: the bot gives a conversation to people, somebody takes it, and gives it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Handoff, Message, StaffMember, Upload
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.canned_replies import read_values
from ownerdesk.queries.conversations import find_open_handoff
from ownerdesk.queries.messages import count_unseen, find_by_key
from ownerdesk.queries.owners import get_project_of
from ownerdesk.queries.staff import list_on_duty, list_supervisors
from ownerdesk.rules.answering import HeldMeanwhile, UnseenMessages
from ownerdesk.rules.labelling import Why
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.refusals import AlreadyHeld, NotHeld
from ownerdesk.rules.uploads import MAX_CAPTION
from ownerdesk.rules.variables import fill_variables
from ownerdesk.services import outbox
from ownerdesk.services.conversations import lock_conversation, with_english_note
from ownerdesk.services.events import BOT, Actor, record
from ownerdesk.services.jobs import CHECK_HANDOFF, enqueue
from ownerdesk.services.label_items import ask_for_label
from ownerdesk.services.live import announce
from ownerdesk.services.messages import mark_answered
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.progress import check_text
from ownerdesk.services.promises import note_update
from ownerdesk.services.transfers import end_transfer
from ownerdesk.services.uploads import attach, take_uploads
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import format_when, translator

MAX_REPLY = 8000
LONGEST_TERM = timedelta(hours=4)
QUOTED = 200

NOT_UNDERSTOOD = ("two_misses", "not_understood")


def request_handoff(
    session: Session,
    conversation: Conversation,
    *,
    reason: str,
    at: datetime,
    message: Message | None = None,
    appeal: Appeal | None = None,
    tell: bool = True,
) -> Handoff:
    """Give the conversation to people. While one is open, asking again only answers the message.

    `tell` says who will answer and by when; an emergency has said so already.
    """
    lock_conversation(session, conversation)
    handoff = find_open_handoff(session, conversation.id)
    if handoff is None:
        policy = Policy.of(get_project_of(session, conversation).settings)
        handoff = Handoff(
            conversation_id=conversation.id,
            appeal_id=appeal.id if appeal else None,
            message_id=message.id if message else None,
            reason=reason,
            requested_at=at,
            due_at=at + timedelta(minutes=policy.handoff_minutes),
        )
        session.add(handoff)
        conversation.state, conversation.misses = "waiting", 0
        session.flush()
        enqueue(session, CHECK_HANDOFF, at=handoff.due_at, handoff_id=handoff.id)
        announce(session, "handoff", handoff=handoff.id, conversation=conversation.id)
        if appeal is not None:
            record(session, appeal, "handoff.requested", actor=BOT, at=at, reason=reason)
    if message is not None:
        mark_answered(session, message, "handed_over", at=at)
        if reason in NOT_UNDERSTOOD:
            ask_for_label(session, message.id, Why.HANDED_OFF)
    if tell and handoff.accepted_at is None:
        key = f"handoff:{handoff.id}:{message.id if message else 0}"
        text = with_english_note(
            conversation, _say_who_answers(session, conversation, handoff, at=at)
        )
        outbox.send(session, conversation, text, key=key, at=at)
    return handoff


def _say_who_answers(
    session: Session, conversation: Conversation, handoff: Handoff, *, at: datetime
) -> str:
    project = get_project_of(session, conversation)
    language = conversation.language
    _ = voice_of(conversation)
    people = list_on_duty(session, project, at) or list_supervisors(session, project)
    when = format_when(handoff.due_at, timezone=project.timezone, language=language, now=at)
    if people:
        return _("I have passed this to a person. {name} will answer you here by {when}.").format(
            name=people[0].name, when=when
        )
    return _("I have passed this to a person; you will have an answer here by {when}.").format(
        when=when
    )


def accept_handoff(
    session: Session, conversation: Conversation, *, by: StaffMember, at: datetime
) -> Handoff:
    """Take the conversation, whether it waits or the bot has it; the bot is silent from now.

    Accepting one's own again changes nothing. Raises AlreadyHeld when somebody else was first.
    """
    lock_conversation(session, conversation)
    if conversation.state == "person" and conversation.assignee_id != by.id:
        holder = session.get_one(StaffMember, conversation.assignee_id)
        raise AlreadyHeld(holder.name)
    handoff = find_open_handoff(session, conversation.id)
    if handoff is not None and handoff.accepted_at is not None:
        return handoff
    if handoff is None:
        handoff = Handoff(
            conversation_id=conversation.id, reason="taken", requested_at=at, due_at=at
        )
        session.add(handoff)
    handoff.accepted_at, handoff.accepted_by_id = at, by.id
    conversation.state, conversation.assignee_id = "person", by.id
    session.flush()
    _ = voice_of(conversation)
    outbox.send(
        session,
        conversation,
        _("{name} is here now and reads along.").format(name=by.name),
        key=f"handoff.accepted:{handoff.id}",
        at=at,
    )
    announce(session, "handoff", handoff=handoff.id, conversation=conversation.id)
    return handoff


def accept_if_free(
    session: Session, conversation: Conversation, *, by: StaffMember, at: datetime
) -> None:
    """Take the conversation unless a person holds it already, whoever that is."""
    lock_conversation(session, conversation)
    if conversation.state != "person":
        accept_handoff(session, conversation, by=by, at=at)


def reply(
    session: Session,
    conversation: Conversation,
    text: str,
    *,
    by: StaffMember,
    key: str,
    at: datetime,
    appeal: Appeal | None = None,
    seen: int | None = None,
    over: int | None = None,
    uploads: Sequence[int] = (),
) -> Message:
    """Write to the owner, with the files of these uploads. `key` comes from the form, so that a form sent twice
    writes once.

    `seen` is the id of the last message the writer was shown, None where nobody looks at a page. `over` is whoever
    the writer knows to hold the conversation: they are told, and keep it. The text may be missing beside a file.
    Returns the first message; raises NotHeld while nobody holds it, HeldMeanwhile, UnseenMessages, MissingText,
    TooLong, UnfilledVariables, UploadGone.
    """
    lock_conversation(session, conversation)
    key = f"staff:{by.id}:{key}"
    sent = find_by_key(session, key)
    if sent is not None:
        return sent
    holder = _check_hold(session, conversation, by=by, over=over)
    if seen is not None:
        unseen = count_unseen(session, conversation.id, after_id=seen, staff_id=by.id)
        if unseen:
            raise UnseenMessages(unseen)
    files = take_uploads(session, conversation, uploads, by=by)
    if text.strip() or not files:
        text = check_text("reply", text, MAX_REPLY)
        values = read_values(session, conversation, by=by, at=at, appeal=appeal)
        text = fill_variables(text, values)
    message = _send_reply(
        session, conversation, text.strip(), files, by=by, key=key, at=at, appeal=appeal
    )
    _mark_all_answered(session, conversation, at=at)
    if appeal is not None:
        record(session, appeal, "owner.answered", actor=Actor.staff(by.id), at=at)
        note_update(session, appeal, at=at, by_person=True)
    if holder is not None:
        _tell_holder(session, conversation, holder, message, by=by, at=at)
    return message


def _check_hold(
    session: Session, conversation: Conversation, *, by: StaffMember, over: int | None
) -> StaffMember | None:
    """Whoever else holds the conversation, when the writer knows; None when the writer does."""
    if conversation.state != "person":
        raise NotHeld
    if conversation.assignee_id == by.id:
        return None
    holder = session.get_one(StaffMember, conversation.assignee_id)
    if over != holder.id:
        raise HeldMeanwhile(holder.name)
    return holder


def _send_reply(
    session: Session,
    conversation: Conversation,
    text: str,
    files: list[Upload],
    *,
    by: StaffMember,
    key: str,
    at: datetime,
    appeal: Appeal | None,
) -> Message:
    """The text is the caption of the first file where Telegram has room for it, else a message before the files."""
    parts: list[tuple[str, Upload | None]] = [("", file) for file in files]
    if parts and len(text) <= MAX_CAPTION:
        parts[0] = (text, parts[0][1])
    else:
        parts.insert(0, (text, None))
    sent = []
    for place, (words, file) in enumerate(parts):
        message = outbox.send(
            session, conversation, words, key=f"{key}:{place}" if place else key, at=at,
            appeal=appeal, staff_id=by.id, kind=file.kind if file else "text",
        )  # fmt: skip
        if file is not None:
            attach(session, message, file)
        sent.append(message)
    return sent[0]


def _mark_all_answered(session: Session, conversation: Conversation, *, at: datetime) -> None:
    waiting = session.scalars(
        select(Message).where(
            Message.conversation_id == conversation.id,
            Message.direction == "in",
            Message.answered_at.is_(None),
        )
    )
    for question in waiting:
        mark_answered(session, question, "person", at=at)


def _tell_holder(
    session: Session,
    conversation: Conversation,
    holder: StaffMember,
    message: Message,
    *,
    by: StaffMember,
    at: datetime,
) -> None:
    _ = translator(holder.language)
    words = _("{name} has written in a conversation that you hold: {text}")
    tell_staff(
        session, holder, words.format(name=by.name, text=message.text[:QUOTED]),
        topic="reply.over", key=f"reply:{message.id}", at=at, conversation=conversation,
    )  # fmt: skip


def return_to_bot(
    session: Session, conversation: Conversation, *, by: StaffMember, at: datetime, words: str = ""
) -> None:
    """Give the conversation back; the owner is told, after the giver's own `words` where there are any.

    Raises NotHeld unless the person holds it, TooLong, UnfilledVariables.
    """
    lock_conversation(session, conversation)
    if conversation.state != "person" or conversation.assignee_id != by.id:
        raise NotHeld
    handoff = find_open_handoff(session, conversation.id)
    assert handoff is not None, "a person holds a conversation through an open handoff"
    if words.strip():
        words = check_text("reply", words, MAX_REPLY)
        words = fill_variables(words, read_values(session, conversation, by=by, at=at))
        outbox.send(
            session, conversation, words, key=f"handoff.farewell:{handoff.id}", at=at,
            staff_id=by.id,
        )  # fmt: skip
        _mark_all_answered(session, conversation, at=at)
    handoff.returned_at = at
    end_transfer(session, handoff, by=by, at=at)
    conversation.state, conversation.assignee_id, conversation.misses = "bot", None, 0
    session.flush()
    _ = voice_of(conversation)
    outbox.send(
        session,
        conversation,
        _("{name} has left the chat. I am with you again; just write.").format(name=by.name),
        key=f"handoff.returned:{handoff.id}",
        at=at,
    )
    announce(session, "handoff", handoff=handoff.id, conversation=conversation.id)


def withdraw_handoff(
    session: Session, conversation: Conversation, *, reason: str, at: datetime
) -> bool:
    """Take back a handoff of this reason that nobody has accepted; the bot has the conversation again. Says whether
    the bot has it now: what else was written is not taken from the person it was promised to."""
    lock_conversation(session, conversation)
    handoff = find_open_handoff(session, conversation.id)
    if handoff is None:
        return True
    if handoff.accepted_at is not None or handoff.reason != reason:
        return False
    appeal = session.get(Appeal, handoff.appeal_id) if handoff.appeal_id else None
    if appeal is not None and appeal.severity == "emergency" and appeal.state in OPEN_STATES:
        return False  # another message of the chat was a real one
    if _has_more_to_read(session, handoff):
        return False
    handoff.returned_at = at
    conversation.state = "bot"
    session.flush()
    announce(session, "handoff", handoff=handoff.id, conversation=conversation.id)
    return True


def _has_more_to_read(session: Session, handoff: Handoff) -> bool:
    """Whether a message was put with the rest for the person, and is with no appeal that goes on."""
    session.flush()
    waiting = (
        select(Message.id)
        .outerjoin(Appeal, Appeal.id == Message.appeal_id)
        .where(
            Message.conversation_id == handoff.conversation_id,
            Message.direction == "in",
            Message.answered_how.in_(("waiting", "handed_over")),
            Message.answered_at >= handoff.requested_at,
            or_(Appeal.id.is_(None), Appeal.state.not_in(OPEN_STATES)),
        )
    )
    return session.scalar(waiting.limit(1)) is not None


def check_handoff(session: Session, handoff_id: int, *, at: datetime) -> None:
    """Nobody took it by the time the owner was told: say so, tell the manager, name a new time, and look again then.

    The new time leaves as long again as the owner has waited, up to `LONGEST_TERM`: whoever writes while nobody is there
    does not hear every few minutes that nobody came."""
    handoff = session.get_one(Handoff, handoff_id)
    conversation = session.get_one(Conversation, handoff.conversation_id)
    lock_conversation(session, conversation)
    session.refresh(handoff)
    if handoff.accepted_at is not None or handoff.returned_at is not None or at < handoff.due_at:
        return
    project = get_project_of(session, conversation)
    policy = Policy.of(project.settings)
    old_due = handoff.due_at
    waited = min(at - handoff.requested_at, LONGEST_TERM)
    handoff.due_at = at + max(waited, timedelta(minutes=policy.handoff_minutes))
    session.flush()
    enqueue(session, CHECK_HANDOFF, at=handoff.due_at, handoff_id=handoff.id)
    manager = next(iter(list_supervisors(session, project)), None)
    if manager is not None:
        _tell_manager(session, conversation, handoff, manager, at=at)
    _ = voice_of(conversation)
    when = format_when(
        handoff.due_at, timezone=project.timezone, language=conversation.language, now=at
    )
    if manager is not None:
        text = _(
            "I am sorry, nobody has been free yet. I have told the manager;"
            " you will have an answer by {when}."
        )
    else:
        text = _("I am sorry, nobody has been free yet; you will have an answer by {when}.")
    outbox.send(
        session,
        conversation,
        text.format(when=when),
        key=f"handoff.late:{handoff.id}:{old_due.isoformat()}",
        at=at,
    )
    announce(session, "handoff", handoff=handoff.id, conversation=conversation.id, late=1)


def _tell_manager(
    session: Session,
    conversation: Conversation,
    handoff: Handoff,
    manager: StaffMember,
    *,
    at: datetime,
) -> None:
    """Once a handoff, however often its time passes."""
    _ = translator(manager.language)
    words = _("{owner} has been waiting for a person and nobody has come: please see to it.")
    owner = conversation.owner.name if conversation.owner else conversation.name
    tell_staff(
        session, manager, words.format(owner=owner), topic="handoff.late",
        key=f"handoff.late:{handoff.id}", at=at, conversation=conversation,
    )  # fmt: skip
