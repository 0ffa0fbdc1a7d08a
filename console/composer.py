"""What stands around the reply box: files beside the reply, an open transfer, and who could be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, Department, Handoff, StaffMember, Transfer, Upload
from ownerdesk.queries.conversations import find_open_transfer
from ownerdesk.queries.staff import list_departments, list_with_right, works_in
from ownerdesk.queries.uploads import list_uploads
from ownerdesk.rules.access import Right
from ownerdesk.services.transfers import is_asked, name_asked


@dataclass(frozen=True)
class OpenTransfer:
    """A transfer that waits for its answer, as one member of staff sees it."""

    transfer: Transfer
    asked: str
    giver: str
    is_asked_of_me: bool
    is_mine: bool


@dataclass(frozen=True)
class Composer:
    """`departments` are those in which somebody may answer owners."""

    uploads: Sequence[Upload]
    transfer: OpenTransfer | None
    colleagues: list[StaffMember]
    departments: list[Department]
    holder_id: int | None


def read_composer(
    session: Session, conversation: Conversation, handoff: Handoff | None, member: StaffMember
) -> Composer:
    is_mine = conversation.state == "person" and conversation.assignee_id == member.id
    able: list[StaffMember] = []
    departments: list[Department] = []
    if is_mine:
        able = list_with_right(session, conversation.project_id, Right.ANSWER_OWNERS)
        able = [m for m in able if m.id != member.id]
        if conversation.project_id is not None:
            departments = [
                d
                for d in list_departments(session, conversation.project_id)
                if any(works_in(m, d) for m in able)
            ]
    return Composer(
        uploads=list_uploads(session, conversation.id, member.id),
        transfer=read_transfer(session, conversation, handoff, member),
        colleagues=able,
        departments=departments,
        holder_id=conversation.assignee_id if conversation.state == "person" else None,
    )


def read_transfer(
    session: Session, conversation: Conversation, handoff: Handoff | None, member: StaffMember
) -> OpenTransfer | None:
    transfer = find_open_transfer(session, handoff.id) if handoff else None
    if transfer is None:
        return None
    return OpenTransfer(
        transfer=transfer,
        asked=name_asked(session, transfer, member.language),
        giver=session.get_one(StaffMember, transfer.from_id).name,
        is_asked_of_me=is_asked(session, conversation, transfer, member),
        is_mine=transfer.from_id == member.id,
    )
