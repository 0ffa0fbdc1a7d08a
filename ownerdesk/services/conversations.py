"""Conversations: opened with the first message, spoken in the owner's language, held by the bot or a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, Message
from ownerdesk.queries.conversations import find_conversation
from ownerdesk.services import outbox
from ownerdesk.services.jobs import SKIP_BLOCKED_CHAT, enqueue
from ownerdesk.services.live import announce
from ownerdesk.services.search import index_text
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import is_foreign, supported

MAX_NAME = 200


def lock_conversation(session: Session, conversation: Conversation) -> None:
    """Everything that changes who holds a conversation waits here for its turn."""
    session.scalars(
        select(Conversation)
        .where(Conversation.id == conversation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()  # read, not only asked for: what is not fetched does not refresh the object at hand


def open_conversation(
    session: Session,
    *,
    chat_id: int,
    user_id: int,
    name: str,
    language_code: str | None,
) -> Conversation:
    """The conversation of a chat, made when it is new. A chat that had blocked us writes again: it is not
    blocked any more."""
    conversation = find_conversation(session, chat_id)
    if conversation is None:
        session.execute(
            insert(Conversation)
            .values(
                chat_id=chat_id,
                telegram_user_id=user_id,
                name=_clean_name(name),
                language=supported(language_code),
            )
            .on_conflict_do_nothing()
        )
        conversation = find_conversation(session, chat_id)
    assert conversation is not None, "it was there, or inserted here or beside us"
    conversation.name = _clean_name(name)
    conversation.blocked_at = None
    return conversation


def _clean_name(name: str) -> str:
    return " ".join(name.replace("\x00", "").split())[:MAX_NAME]


def follow_language(conversation: Conversation, language: str | None) -> None:
    """Answer in the language of the message unless the owner chose one (S22). A language that Ownerdesk does not
    speak is kept too: staff see it, and every text falls back to English."""
    if language is not None and not conversation.language_chosen:
        conversation.language = language


def with_english_note(conversation: Conversation, text: str) -> str:
    """The text, and why it is in English where the owner writes in a language that is not answered yet. Only
    for texts that go out when a person has the message too."""
    if not is_foreign(conversation.language):
        return text
    _ = voice_of(conversation)
    note = _("For now I can answer in English only. A person has your message too.")
    return f"{text}\n\n{note}"


def choose_language(session: Session, conversation: Conversation, language: str) -> None:
    """The owner's own choice stays until they change it."""
    conversation.language = supported(language)
    conversation.language_chosen = True
    announce(session, "conversation", conversation=conversation.id)


def mark_blocked(session: Session, conversation: Conversation, *, at: datetime) -> None:
    """The owner blocked the bot; staff see it. Jobs offered in a chat of staff go to the next at once."""
    conversation.blocked_at = at
    if conversation.kind != "owner":
        enqueue(session, SKIP_BLOCKED_CHAT, conversation_id=conversation.id)
    announce(session, "conversation", conversation=conversation.id)


def migrate_chat(session: Session, old_chat_id: int, new_chat_id: int) -> bool:
    """Telegram gave the chat another id. Told twice, nothing more happens. False when the new id has a
    conversation of its own already."""
    conversation = find_conversation(session, old_chat_id)
    if conversation is None:
        return True
    if find_conversation(session, new_chat_id) is not None:
        return False
    conversation.chat_id = new_chat_id
    return True


def edit_message(
    session: Session,
    conversation: Conversation,
    telegram_message_id: int,
    text: str,
    *,
    at: datetime,
) -> Message | None:
    """The owner edited a message: its text changes. None when we never had it."""
    message = session.scalar(
        select(Message).where(
            Message.conversation_id == conversation.id,
            Message.telegram_message_id == telegram_message_id,
            Message.direction == "in",
        )
    )
    text = text.replace("\x00", "")
    if message is None or message.text == text:
        return message
    message.text, message.edited_at = text, at
    session.flush()
    if message.appeal_id is not None:
        index_text(session, message.appeal_id, text)
    announce(session, "message", conversation=conversation.id, appeal=message.appeal_id)
    return message


def acknowledge_while_waiting(
    session: Session, conversation: Conversation, message: Message, *, at: datetime
) -> None:
    """A message while nobody has accepted the handoff yet: it is with the others, and the owner knows."""
    _ = voice_of(conversation)
    outbox.send(
        session,
        conversation,
        _("Thank you, I have put this with the rest. The person who takes over sees it all."),
        key=f"waiting:{message.id}",
        at=at,
    )
