"""Conversations and their messages."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from ownerdesk.model import Conversation, Handoff, StaffMember, Transfer
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import ConversationNotFound


def find_conversation(session: Session, chat_id: int) -> Conversation | None:
    return session.scalar(select(Conversation).where(Conversation.chat_id == chat_id))


def get_conversation_for_staff(
    session: Session,
    member: StaffMember,
    conversation_id: int,
    right: Right = Right.SEE_APPEALS,
) -> Conversation:
    """Raises ConversationNotFound for the chats of staff, and where the member lacks the right in its project. A conversation with
    somebody unknown belongs to no project: whoever has the right anywhere has it there."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None or conversation.kind != "owner":
        raise ConversationNotFound
    projects = visible_project_ids(session, member, right)
    if not projects or (
        conversation.project_id is not None and conversation.project_id not in projects
    ):
        raise ConversationNotFound
    return conversation


def list_open_handoffs(session: Session, member: StaffMember) -> Sequence[Handoff]:
    """Handoffs not returned yet in the member's projects and of unknown people: waiting ones first, the
    emergencies before all, then the longest wait."""
    projects = visible_project_ids(session, member, Right.SEE_APPEALS)
    return session.scalars(
        select(Handoff)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(
            Handoff.returned_at.is_(None),
            Conversation.kind == "owner",
            or_(Conversation.project_id.in_(projects), Conversation.project_id.is_(None)),
        )
        .order_by(
            Handoff.accepted_at.is_not(None), Handoff.reason != "emergency", Handoff.requested_at
        )
        .options(joinedload(Handoff.conversation), joinedload(Handoff.message))
    ).all()


def find_open_handoff(session: Session, conversation_id: int) -> Handoff | None:
    return session.scalar(
        select(Handoff).where(
            Handoff.conversation_id == conversation_id, Handoff.returned_at.is_(None)
        )
    )


def find_open_transfer(session: Session, handoff_id: int) -> Transfer | None:
    return session.scalar(
        select(Transfer).where(
            Transfer.handoff_id == handoff_id,
            Transfer.accepted_at.is_(None),
            Transfer.ended_at.is_(None),
        )
    )
