"""News of an appeal, for everybody who hears of it: its owner, and the owners of what was merged into it.

Each hears it in their own language and under their own number, once a chat.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal
from ownerdesk.queries.merging import list_merged
from ownerdesk.services import outbox
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import Translate

Write = Callable[[Appeal, Translate], str]
Offer = Callable[[Appeal, Translate], outbox.Buttons]


def list_heard(session: Session, appeal: Appeal) -> list[Appeal]:
    """The appeal, and of each further chat the first that was merged into it."""
    by_chat = {appeal.conversation_id: appeal}
    for merged in list_merged(session, appeal.id):
        by_chat.setdefault(merged.conversation_id, merged)
    return list(by_chat.values())


def tell_owners(
    session: Session,
    appeal: Appeal,
    write: Write,
    *,
    key: str,
    at: datetime,
    offer: Offer | None = None,
    staff_id: int | None = None,
    can_wait: bool = False,
    is_push: bool = False,
    leave_out: frozenset[int] = frozenset(),
) -> None:
    """Queue what `write` says for each appeal as its owner knows it, with the buttons of `offer`.

    A push is not sent to who switched pushes off, unless it is an emergency. `leave_out` holds ids of appeals whose
    owners need not hear it.
    """
    for heard in list_heard(session, appeal):
        conversation = heard.conversation
        is_off = is_push and not conversation.progress_pushes and appeal.severity != "emergency"
        if is_off or heard.id in leave_out:
            continue
        _ = voice_of(conversation)
        outbox.send(
            session,
            conversation,
            write(heard, _),
            key=key if heard is appeal else f"{key}:{heard.number}",
            at=at,
            appeal=heard,
            buttons=offer(heard, _) if offer else None,
            staff_id=staff_id,
            can_wait=can_wait,
        )
