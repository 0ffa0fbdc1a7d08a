"""Photos, files, voice, places and stickers: each is answered and put with the appeal it belongs to."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Message
from ownerdesk.queries.appeals import find_latest_open
from ownerdesk.queries.emergency_phrases import detect_danger
from ownerdesk.rules.buttons import button
from ownerdesk.services import outbox
from ownerdesk.services.appeals import add_detail, attach_message
from ownerdesk.services.awaiting import await_text, is_new_expected, take_awaited
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.handoffs import request_handoff
from ownerdesk.services.intake import (
    Question,
    ask_reader,
    ask_to_register,
    is_stranger,
    leave_to_people,
    list_unread,
)
from ownerdesk.services.messages import MAX_FILE_BYTES, mark_answered
from ownerdesk.services.voice import voice_of

BELONGS_WITHIN = timedelta(hours=24)


def take_in_file(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> None:
    """A message that no reader gets. Answered once; pictures of one album are answered together. Words there may be
    under a voice: danger in them waits for nobody to listen."""
    sign = detect_danger(session, message.text)
    if sign is not None and sign.certain:
        raise_emergency(session, conversation, message, kind=sign.kind, found_by="rule", at=at)
        return
    if refuse_large(session, conversation, message, at=at):
        mark_answered(session, message, "too_large", at=at)
        return
    first = _first_of_album(session, message)
    if first is not None:
        _follow_album(session, first, message, at=at)
        return
    if conversation.state != "bot":
        leave_to_people(session, conversation, message, at=at)
        return
    if message.kind in ("voice", "unknown"):
        _give_to_person(session, conversation, message, at=at)
        return
    if is_stranger(conversation):
        ask_to_register(session, conversation, message, at=at)
        return
    is_new = is_new_expected(conversation, at)
    awaited = None if is_new else take_awaited(conversation, at)
    if awaited is not None and awaited.appeal_id is not None:
        appeal = session.get_one(Appeal, awaited.appeal_id)
        attach_message(session, appeal, message, at=at)
        _thank(session, conversation, message, appeal, at=at)
        return
    latest = find_latest_open(session, conversation)
    if latest is not None and not is_new and at - latest.last_message_at < BELONGS_WITHIN:
        add_detail(session, latest, message, at=at)
        return
    _ = voice_of(conversation)
    await_text(conversation, "new_appeal", at=at)
    text = _("Thank you, I have it. In a few words: what is it about?")
    outbox.send(session, conversation, text, key=f"reply:{message.id}", at=at)
    mark_answered(session, message, "asked_words", at=at)


def _thank(
    session: Session, conversation: Conversation, message: Message, appeal: Appeal, *, at: datetime
) -> None:
    _ = voice_of(conversation)
    text = _("Thank you, it is with {number}.").format(number=appeal.number)
    split = [[button(_("This is something else"), "split", message.id)]]
    outbox.send(
        session, conversation, text, key=f"reply:{message.id}", at=at, appeal=appeal, buttons=split
    )
    mark_answered(session, message, "joined", at=at)


def refuse_large(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> bool:
    """Say that a file is too large, where one is. Its caption, if it has one, is read all the same."""
    if not any(file.state == "too_large" for file in message.attachments):
        return False
    _ = voice_of(conversation)
    text = _(
        "This file is larger than {limit} MB and I cannot take it."
        " Please send a shorter one, or photos; I have noted that you sent it."
    ).format(limit=MAX_FILE_BYTES // 1_000_000)
    latest = find_latest_open(session, conversation)
    if latest is not None and not message.text:
        attach_message(session, latest, message, at=at)
    outbox.send(session, conversation, text, key=f"too_large:{message.id}", at=at)
    return True


def _first_of_album(session: Session, message: Message) -> Message | None:
    if message.media_group_id is None:
        return None
    return session.scalar(
        select(Message)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.media_group_id == message.media_group_id,
            Message.id < message.id,
            Message.answered_how.is_distinct_from("too_large"),  # that one went nowhere
        )
        .order_by(Message.id)
        .limit(1)
    )


def _follow_album(session: Session, first: Message, message: Message, *, at: datetime) -> None:
    """The rest of an album goes where its first picture went, without another word."""
    if first.appeal_id is not None:
        attach_message(session, session.get_one(Appeal, first.appeal_id), message, at=at)
    mark_answered(session, message, "joined", at=at)


def _give_to_person(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> None:
    """Nobody here listens to a voice but a person; it is recorded, and a person gets it."""
    latest = find_latest_open(session, conversation)
    if latest is not None:
        attach_message(session, latest, message, at=at)
    request_handoff(
        session, conversation, reason="not_understood", message=message, appeal=latest, at=at
    )


def take_in_sticker(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> None:
    """A sticker is a nod: answered in kind, unless a person is there to do it."""
    if conversation.state == "person":
        return
    _ = voice_of(conversation)
    text = _("👍 If there is anything to do for you, just write it.")
    outbox.send(session, conversation, text, key=f"reply:{message.id}", at=at)
    mark_answered(session, message, "replied", at=at)


def take_up_unread(session: Session, conversation: Conversation, *, at: datetime) -> list[Question]:
    """What was written before the registration. Words go to the reader, and photos follow the appeal the words
    make; photos without any words are taken in on their own."""
    unread = list_unread(session, conversation, at=at)
    spoken = [message for message in unread if message.text]
    for message in unread:
        if not spoken:
            take_in_file(session, conversation, message, at=at)
        elif not message.text:
            mark_answered(session, message, "joined", at=at)
    return [ask_reader(conversation, message) for message in spoken]
