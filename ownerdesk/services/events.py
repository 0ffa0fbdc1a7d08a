"""The timeline of an appeal: every fact is recorded through here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealEvent
from ownerdesk.services.live import announce


@dataclass(frozen=True)
class Actor:
    """Who acts: an owner through their chat, a member of staff, or Ownerdesk itself."""

    kind: str
    staff_id: int | None = None

    @classmethod
    def staff(cls, staff_id: int) -> Actor:
        return cls("staff", staff_id)


OWNER = Actor("owner")
BOT = Actor("bot")


def record(
    session: Session, appeal: Appeal, name: str, *, actor: Actor, at: datetime, **data: Any
) -> AppealEvent:
    """Add a fact in the past tense and tell the console. The event is written with the next flush; a caller
    that needs its id, as part of the key of a message it causes, flushes first."""
    event = AppealEvent(
        appeal_id=appeal.id, name=name, actor=actor.kind, staff_id=actor.staff_id, at=at, data=data
    )
    session.add(event)
    announce(session, "appeal", appeal=appeal.id, project=appeal.project_id, event=name)
    return event
