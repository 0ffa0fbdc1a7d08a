"""The outbox: everything an owner receives is a message row, written with its cause under a unique key.

A job delivers it outside the transaction. Revising a row that was already sent edits it on the phone.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Message, Owner, Project
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.quiet_hours import wake_at
from ownerdesk.services.holding import find_hold
from ownerdesk.services.jobs import DELIVER_MESSAGE, SKIP_BLOCKED_CHAT, enqueue
from ownerdesk.services.live import announce
from ownerdesk.services.search import index_said, index_text
from ownerdesk.texts import html

Buttons = list[list[dict[str, Any]]]

# For so long an owner who has written counts as awake, whatever the hour.
AWAKE_FOR = timedelta(hours=1)


def send(
    session: Session,
    conversation: Conversation,
    text: str,
    *,
    key: str,
    at: datetime,
    appeal: Appeal | None = None,
    buttons: Buttons | None = None,
    markup: dict[str, Any] | None = None,
    is_html: bool = False,
    staff_id: int | None = None,
    can_wait: bool = False,
    photo_id: str | None = None,
    kind: str = "text",
) -> Message:
    """Queue a message. The same key again returns the row that is there and queues nothing.

    What `can_wait` and falls into the owner's quiet hours goes out at their end. With `photo_id`, Telegram's id of a
    photo that is there already, the text is its caption, and the message cannot be revised. Nor can one of the `kind`
    photo or document, whose attachment the caller adds in the same transaction.
    """
    send_at = morning_of(session, conversation, at=at) if can_wait else None
    message: Message | None = session.scalar(
        insert(Message)
        .values(
            conversation_id=conversation.id,
            appeal_id=appeal.id if appeal else None,
            direction="out",
            author="staff" if staff_id else "bot",
            staff_id=staff_id,
            kind="photo" if photo_id else kind,
            text=text,
            photo_id=photo_id,
            is_html=is_html,
            markup={"inline": buttons} if buttons else markup,
            key=key,
            state="queued",
            send_at=send_at,
            created_at=at,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Message)
    )
    if message is None:
        return session.scalars(select(Message).where(Message.key == key)).one()
    if staff_id and appeal is not None:
        index_text(session, appeal.id, text)
    elif staff_id:
        index_said(session, conversation, text)
    _deliver(session, message)
    return message


def send_in_place(
    session: Session,
    question: Message | None,
    conversation: Conversation,
    text: str,
    *,
    key: str,
    at: datetime,
    appeal: Appeal | None = None,
    buttons: Buttons | None = None,
) -> None:
    """Answer a press: the question turns into the answer, where it is the last message of the chat and so in sight;
    else a message goes out below, once for its key (S15). What stands above the question, as a paragraph of its own,
    stays."""
    if question is not None and _is_last(session, question):
        above, gap, _ = question.text.rpartition("\n\n")
        answer = html("{text}", text=text) if question.is_html else text
        revise(session, question, text=f"{above}{gap}{answer}", buttons=buttons)
    else:
        send(session, conversation, text, key=key, at=at, appeal=appeal, buttons=buttons)


def _is_last(session: Session, message: Message) -> bool:
    last = session.scalar(
        select(Message.id)
        .where(Message.conversation_id == message.conversation_id, Message.author != "note")
        .order_by(Message.id.desc())
        .limit(1)
    )
    waits = message.send_at is not None and message.sent_at is None
    return last == message.id and not waits and message.photo_id is None


def find_message(session: Session, key: str) -> Message | None:
    """What was sent for a cause."""
    return session.scalar(select(Message).where(Message.key == key))


def morning_of(session: Session, conversation: Conversation, *, at: datetime) -> datetime | None:
    """When an owner's quiet hours end; None outside of them, for chats that are no owner's, and for an owner who has
    just written: they are awake."""
    project = session.get(Project, conversation.project_id) if conversation.project_id else None
    if conversation.kind != "owner" or project is None:
        return None
    last = conversation.last_message_at
    if last is not None and timedelta() <= at - last < AWAKE_FOR:
        return None
    starts, ends = quiet_hours_of(session, conversation)
    return wake_at(at, timezone=project.timezone, starts=starts, ends=ends)


def quiet_hours_of(session: Session, conversation: Conversation) -> tuple[time, time]:
    """From when until when; the owner's own where they chose any, else the project's. Equal times are none."""
    owner = session.get(Owner, conversation.owner_id) if conversation.owner_id else None
    if owner is not None and owner.quiet_from is not None and owner.quiet_until is not None:
        return owner.quiet_from, owner.quiet_until
    project = session.get(Project, conversation.project_id) if conversation.project_id else None
    policy = Policy.of(project.settings if project else {})
    return time(policy.quiet_from_hour % 24), time(policy.quiet_until_hour % 24)


def revise(
    session: Session, message: Message, *, text: str | None = None, buttons: Buttons | None = None
) -> None:
    """Change what the phone shows: a new text, and the buttons as given (None removes them).

    Nothing is queued when nothing changes, so a repeated cause makes no repeated edit.
    """
    # Locked and read afresh: its delivery may be recorded at this very moment.
    session.flush()
    session.refresh(message, with_for_update=True)
    markup = {"inline": buttons} if buttons else None
    new_text = message.text if text is None else text
    if (new_text, markup) == (message.text, message.markup):
        return
    message.text, message.markup = new_text, markup
    message.revision += 1
    # What is on the phone in an older form is put right, also where the last try failed or met a blocked bot.
    if message.state == "sent" or message.sent_revision > 0:
        message.state = "queued"
    session.flush()
    _deliver(session, message)


def _deliver(session: Session, message: Message) -> None:
    # What waits has a queue of its own: an earlier job holds up the later ones of its lock.
    queue, send_at = ".morning" if message.send_at else "", message.send_at
    hold = find_hold(session)
    if hold is not None and _is_urgent(session, message):
        hold.is_broken = True
    elif hold is not None and (send_at is None or send_at < hold.until):
        queue, send_at = ".held", hold.until
        if message.sent_revision == 0:
            message.send_at = send_at
            session.flush()
    enqueue(
        session,
        DELIVER_MESSAGE,
        lock=f"outbox{queue}:{message.conversation_id}",
        at=send_at,
        message_id=message.id,
    )
    announce(
        session, "message", conversation=message.conversation_id, appeal=message.appeal_id or None
    )


def _is_urgent(session: Session, message: Message) -> bool:
    """Nothing about an emergency is held back."""
    appeal = session.get(Appeal, message.appeal_id) if message.appeal_id else None
    return appeal is not None and appeal.severity == "emergency"


def record_sent(
    session: Session, message: Message, *, telegram_ids: list[int], revision: int, at: datetime
) -> None:
    """The phone shows `revision` now. A newer revision keeps the row queued for its own job."""
    if telegram_ids:
        message.telegram_message_id = telegram_ids[0]
        message.telegram_extra_ids = telegram_ids[1:] or None
    message.sent_revision = revision
    message.sent_at = message.sent_at or at
    message.error = None
    if message.revision == revision:
        message.state = "sent"
    announce(session, "message", conversation=message.conversation_id, appeal=message.appeal_id)


def record_failure(session: Session, message: Message, *, error: str, at: datetime) -> None:
    """It will not be delivered; staff see why."""
    message.state = "failed"
    message.error = error
    announce(session, "message", conversation=message.conversation_id, appeal=message.appeal_id)


def record_blocked(session: Session, message: Message, *, at: datetime) -> None:
    """The owner blocked the bot: the row says so, and staff are shown it on the conversation. Jobs offered in a chat
    of staff go to the next at once."""
    message.state = "blocked"
    conversation = session.get_one(Conversation, message.conversation_id)
    conversation.blocked_at = conversation.blocked_at or at
    if conversation.kind != "owner":
        enqueue(session, SKIP_BLOCKED_CHAT, conversation_id=conversation.id)
    announce(session, "message", conversation=message.conversation_id, appeal=message.appeal_id)
