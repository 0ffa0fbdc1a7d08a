"""The inbox: raw updates from Telegram, stored before they are acknowledged, each handled exactly once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import InboxUpdate
from ownerdesk.services.jobs import HANDLE_UPDATE, enqueue

_CARRIERS = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "channel_post",
    "edited_channel_post",
)


def store_update(session: Session, body: dict[str, Any], *, at: datetime) -> bool:
    """Store an update and ask for its handling in one transaction. False when it was stored before.

    One lock per chat keeps a conversation in order. Raises ValueError for a body without an update id.
    """
    update_id = body.get("update_id")
    if not isinstance(update_id, int):
        raise ValueError("an update has a whole number as its update_id")
    chat_id = find_chat_id(body)
    stored = session.execute(
        insert(InboxUpdate)
        .values(update_id=update_id, chat_id=chat_id, body=_storable(body), received_at=at)
        .on_conflict_do_nothing()
        .returning(InboxUpdate.update_id)
    ).scalar()
    if stored is None:
        return False
    lock = f"chat:{chat_id}" if chat_id is not None else f"update:{update_id}"
    enqueue(session, HANDLE_UPDATE, lock=lock, update_id=update_id)
    return True


def find_chat_id(body: dict[str, Any]) -> int | None:
    """The chat an update belongs to, where it has one."""
    for name in _CARRIERS:
        carrier = body.get(name)
        if not isinstance(carrier, dict):
            continue
        holder = carrier.get("message", carrier) if name == "callback_query" else carrier
        chat = holder.get("chat") if isinstance(holder, dict) else None
        if isinstance(chat, dict) and isinstance(chat.get("id"), int):
            return int(chat["id"])
        sender = carrier.get("from")
        if isinstance(sender, dict) and isinstance(sender.get("id"), int):
            return int(sender["id"])
    return None


def _storable(value: Any) -> Any:
    """PostgreSQL stores no NUL character in text and no half of a surrogate pair; an update with one would
    block all that come after it. Nothing else is changed."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "ignore").decode()
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return value


def read_open_update(session: Session, update_id: int) -> dict[str, Any] | None:
    """The stored body; None when it was handled already, so that a job that comes twice does nothing."""
    body: dict[str, Any] | None = session.scalar(
        select(InboxUpdate.body).where(
            InboxUpdate.update_id == update_id, InboxUpdate.handled_at.is_(None)
        )
    )
    return body


def mark_handled(session: Session, update_id: int, *, at: datetime) -> None:
    """Handled: a job that comes again finds nothing to do."""
    session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.update_id == update_id, InboxUpdate.handled_at.is_(None))
        .values(handled_at=at)
        .execution_options(synchronize_session=False)
    )


def note_attempt(session: Session, update_id: int, *, error: str) -> int:
    """Count a failed attempt and keep its kind (never an owner's words). Returns the attempts so far."""
    stored = session.get_one(InboxUpdate, update_id)
    stored.attempts += 1
    stored.error = error[:200]
    return stored.attempts
