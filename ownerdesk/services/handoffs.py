"""Handoffs: the bot gives a conversation to people, somebody takes it, and gives it back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Handoff, Message, StaffMember
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.conversations import find_open_handoff
from ownerdesk.queries.owners import get_project_of
from ownerdesk.queries.staff import list_on_duty, list_supervisors
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.refusals import AlreadyHeld, NotHeld
from ownerdesk.services import outbox
from ownerdesk.services.conversations import with_english_note
from ownerdesk.services.events import BOT, Actor, record
from ownerdesk.services.jobs import CHECK_HANDOFF, enqueue
from ownerdesk.services.live import announce
from ownerdesk.services.messages import mark_answered
from ownerdesk.services.progress import check_text
from ownerdesk.services.promises import note_update
from ownerdesk.texts import format_when, translator

MAX_REPLY = 8000


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
    _ = translator(language)
    people = list_on_duty(session, project, at) or list_supervisors(session, project)
    when = format_when(handoff.due_at, timezone=project.timezone, language=language, now=at)
    if people:
        return _("I have passed this to a person. {name} will answer you here by {when}.").format(
            name=people[0].name, when=when
        )
    return _("I have passed this to a person; you will have an answer here by {when}.").format(
        when=when
    )


def lock_conversation(session: Session, conversation: Conversation) -> None:
    """Everything that changes who holds a conversation waits here for its turn."""
    session.scalars(
        select(Conversation)
        .where(Conversation.id == conversation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()  # read, not only asked for: what is not fetched does not refresh the object at hand


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
    _ = translator(conversation.language)
    outbox.send(
        session,
        conversation,
        _("{name} is here now and reads along.").format(name=by.name),
        key=f"handoff.accepted:{handoff.id}",
        at=at,
    )
    announce(session, "handoff", handoff=handoff.id, conversation=conversation.id)
    return handoff


def reply(
    session: Session,
    conversation: Conversation,
    text: str,
    *,
    by: StaffMember,
    key: str,
    at: datetime,
    appeal: Appeal | None = None,
) -> Message:
    """Write to the owner. `key` comes from the form, so that a form sent twice writes once.

    Raises NotHeld unless the person holds the conversation, MissingText, TooLong.
    """
    lock_conversation(session, conversation)
    if conversation.state != "person" or conversation.assignee_id != by.id:
        raise NotHeld
    text = check_text("reply", text, MAX_REPLY)
    message = outbox.send(
        session, conversation, text, key=f"staff:{by.id}:{key}", at=at, appeal=appeal,
        staff_id=by.id,
    )  # fmt: skip
    waiting = session.scalars(
        select(Message).where(
            Message.conversation_id == conversation.id,
            Message.direction == "in",
            Message.answered_at.is_(None),
        )
    )
    for question in waiting:
        mark_answered(session, question, "person", at=at)
    if appeal is not None:
        record(session, appeal, "owner.answered", actor=Actor.staff(by.id), at=at)
        note_update(session, appeal, at=at, by_person=True)
    return message


def return_to_bot(
    session: Session, conversation: Conversation, *, by: StaffMember, at: datetime
) -> None:
    """Give the conversation back; the owner is told. Raises NotHeld unless the person holds it."""
    lock_conversation(session, conversation)
    if conversation.state != "person" or conversation.assignee_id != by.id:
        raise NotHeld
    handoff = find_open_handoff(session, conversation.id)
    assert handoff is not None, "a person holds a conversation through an open handoff"
    handoff.returned_at = at
    conversation.state, conversation.assignee_id, conversation.misses = "bot", None, 0
    session.flush()
    _ = translator(conversation.language)
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
) -> None:
    """Take back a handoff of this reason that nobody has accepted; the bot has the conversation again."""
    lock_conversation(session, conversation)
    handoff = find_open_handoff(session, conversation.id)
    if handoff is None or handoff.accepted_at is not None or handoff.reason != reason:
        return
    appeal = session.get(Appeal, handoff.appeal_id) if handoff.appeal_id else None
    if appeal is not None and appeal.severity == "emergency" and appeal.state in OPEN_STATES:
        return  # another message of the chat was a real one
    handoff.returned_at = at
    conversation.state = "bot"
    session.flush()
    announce(session, "handoff", handoff=handoff.id, conversation=conversation.id)


def check_handoff(session: Session, handoff_id: int, *, at: datetime) -> None:
    """Nobody took it by the time the owner was told: say so, name a new time, and look again then."""
    handoff = session.get_one(Handoff, handoff_id)
    conversation = session.get_one(Conversation, handoff.conversation_id)
    lock_conversation(session, conversation)
    session.refresh(handoff)
    if handoff.accepted_at is not None or handoff.returned_at is not None or at < handoff.due_at:
        return
    project = get_project_of(session, conversation)
    policy = Policy.of(project.settings)
    old_due = handoff.due_at
    handoff.due_at = at + timedelta(minutes=policy.handoff_minutes)
    session.flush()
    enqueue(session, CHECK_HANDOFF, at=handoff.due_at, handoff_id=handoff.id)
    _ = translator(conversation.language)
    when = format_when(
        handoff.due_at, timezone=project.timezone, language=conversation.language, now=at
    )
    outbox.send(
        session,
        conversation,
        _(
            "I am sorry, nobody has been free yet. I have told the manager;"
            " you will have an answer by {when}."
        ).format(when=when),
        key=f"handoff.late:{handoff.id}:{old_due.isoformat()}",
        at=at,
    )
    announce(session, "handoff", handoff=handoff.id, conversation=conversation.id, late=1)
