"""Who looks at a conversation or types in it right now: told to every open page, and kept nowhere."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, StaffMember
from ownerdesk.services.live import announce

DOING = ("looking", "typing", "gone")


def be_present(session: Session, conversation: Conversation, *, by: StaffMember, what: str) -> None:
    """`what` is one of DOING. Nothing is written: the notification leaves with the transaction, and whoever hears it
    forgets it by itself."""
    announce(session, "presence", conversation=conversation.id, staff=by.id, what=what)
