"""Colleagues whom a note names are told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Message, StaffMember
from ownerdesk.queries.staff import list_with_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.excerpts import cut
from ownerdesk.rules.mentions import find_mentioned
from ownerdesk.services.notices import tell_staff
from ownerdesk.texts import translator

QUOTED = 300


def tell_mentioned(
    session: Session,
    note: Message,
    conversation: Conversation,
    *,
    by: StaffMember,
    at: datetime,
    appeal: Appeal | None = None,
) -> list[StaffMember]:
    """Tell each colleague the note names who may see the conversation. The writer is not told of themselves."""
    project_id = appeal.project_id if appeal else conversation.project_id
    able = {m.id: m for m in list_with_right(session, project_id, Right.SEE_APPEALS)}
    able.pop(by.id, None)
    told = [able[i] for i in find_mentioned(note.text, {m.id: m.name for m in able.values()})]
    owner = conversation.owner.name if conversation.owner else conversation.name
    for member in told:
        _ = translator(member.language)
        if appeal is not None:
            words = _("{name} mentions you in a note on {number}: {text}")
        else:
            words = _("{name} mentions you in a note on the conversation with {owner}: {text}")
        number = appeal.number if appeal else ""
        tell_staff(
            session, member,
            words.format(name=by.name, number=number, owner=owner, text=cut(note.text, QUOTED)),
            topic="note.mentioned", key=f"note:{note.id}", at=at, appeal=appeal,
            conversation=conversation,
        )  # fmt: skip
    return told
