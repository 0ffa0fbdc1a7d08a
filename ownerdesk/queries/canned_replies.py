"""Ready answers of staff, in the owner's language, and the values of their variables in one conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Building, CannedReply, Conversation, StaffMember, Unit
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.appeals import find_open_promise, format_unit
from ownerdesk.queries.content import list_offered
from ownerdesk.queries.owners import get_project_of
from ownerdesk.texts import format_when


def list_canned_replies(
    session: Session, *, project_id: int | None, category: str | None = None
) -> Sequence[CannedReply]:
    """Those on offer: a project's own before the common ones, which they replace where the shortcut is the same, also
    where it is switched off; first those for the category, and none that are for another."""
    found = list_offered(session, CannedReply, "shortcut", project_id)
    fitting = [reply for reply in found if reply.category in (None, category)]
    return sorted(fitting, key=lambda r: (r.category is None, r.shortcut))


def read_values(
    session: Session,
    conversation: Conversation,
    *,
    by: StaffMember,
    at: datetime,
    appeal: Appeal | None = None,
) -> dict[str, str]:
    """What each variable stands for, in the owner's language; empty where there is nothing to say."""
    language, project = conversation.language, get_project_of(session, conversation)
    unit = session.get(Unit, conversation.unit_id) if conversation.unit_id else None
    building = session.get(Building, unit.building_id) if unit else None
    due_at = None
    if appeal is not None and appeal.state in OPEN_STATES:
        promise = find_open_promise(session, appeal.id, "resolution")
        due_at = promise.due_at if promise else appeal.next_due_at
    due = (
        format_when(due_at, timezone=project.timezone, language=language, now=at) if due_at else ""
    )
    return {
        "owner": conversation.owner.name if conversation.owner else conversation.name,
        "number": appeal.number if appeal else "",
        "due": due,
        "me": by.name,
        "home": format_unit(unit, building, language),
        "project": project.name,
        "phone": project.phone or "",
    }
