"""Transfers: a held conversation is offered to a colleague or a department, and stays with its holder until somebody
accepts. One that nobody answers in time ends where it began."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, Department, Handoff, StaffMember, Transfer
from ownerdesk.queries.conversations import find_open_handoff, find_open_transfer
from ownerdesk.queries.owners import get_project_of
from ownerdesk.queries.staff import list_with_right, works_in
from ownerdesk.rules.access import Right
from ownerdesk.rules.answering import NobodyToAsk, TransferOpen, TransferOver
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.refusals import NotFound, NotHeld
from ownerdesk.services import outbox
from ownerdesk.services.conversations import lock_conversation
from ownerdesk.services.jobs import CHECK_TRANSFER, enqueue
from ownerdesk.services.live import announce
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.progress import MAX_REASON, check_text
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import format_when, pick, translator


def request_transfer(
    session: Session,
    conversation: Conversation,
    *,
    to: StaffMember | Department,
    reason: str,
    by: StaffMember,
    at: datetime,
) -> Transfer:
    """Ask a colleague, or everybody of a department who may answer owners, to take the conversation.

    Raises NotHeld unless the asker holds it, NobodyToAsk, MissingText, TooLong, TransferOpen.
    """
    lock_conversation(session, conversation)
    handoff = find_open_handoff(session, conversation.id)
    if conversation.state != "person" or conversation.assignee_id != by.id or handoff is None:
        raise NotHeld
    asked = list_asked(session, conversation, to, by=by)
    reason = check_text("handover", reason, MAX_REASON)
    running = find_open_transfer(session, handoff.id)
    if running is not None:
        raise TransferOpen(name_asked(session, running, by.language))
    minutes = Policy.of(get_project_of(session, conversation).settings).handover_minutes
    transfer = Transfer(
        handoff=handoff,
        from_id=by.id,
        to_id=to.id if isinstance(to, StaffMember) else None,
        department_id=to.id if isinstance(to, Department) else None,
        reason=reason,
        requested_at=at,
        respond_by=at + timedelta(minutes=minutes),
    )
    session.add(transfer)
    session.flush()
    enqueue(session, CHECK_TRANSFER, at=transfer.respond_by, transfer_id=transfer.id)
    for member in asked:
        _ask(session, transfer, conversation, member, by, at=at)
    announce(session, "handoff", handoff=handoff.id, conversation=conversation.id)
    return transfer


def list_asked(
    session: Session, conversation: Conversation, to: StaffMember | Department, *, by: StaffMember
) -> list[StaffMember]:
    """Those who may accept. Raises NobodyToAsk."""
    able = list_with_right(session, conversation.project_id, Right.ANSWER_OWNERS)
    if isinstance(to, StaffMember):
        asked = [m for m in able if m.id == to.id]
    else:
        is_here = conversation.project_id in (None, to.project_id)
        asked = [m for m in able if is_here and works_in(m, to)]
    asked = [m for m in asked if m.id != by.id]
    if not asked:
        raise NobodyToAsk
    return asked


def name_asked(session: Session, transfer: Transfer, language: str) -> str:
    """Who was asked, as the reader of a language reads it."""
    if transfer.to_id is not None:
        return session.get_one(StaffMember, transfer.to_id).name
    return pick(session.get_one(Department, transfer.department_id).names, language)


def _ask(
    session: Session,
    transfer: Transfer,
    conversation: Conversation,
    to: StaffMember,
    by: StaffMember,
    *,
    at: datetime,
) -> None:
    _ = translator(to.language)
    timezone = get_project_of(session, conversation).timezone
    when = format_when(transfer.respond_by, timezone=timezone, language=to.language, now=at)
    words = _(
        "{name} asks you to take over the conversation with {owner}: {reason} Please answer by {when}."
    )
    tell_staff(
        session, to,
        words.format(name=by.name, owner=_owner(conversation), reason=transfer.reason, when=when),
        topic="transfer.requested", key=f"transfer:{transfer.id}", at=at,
        conversation=conversation,
    )  # fmt: skip


def _owner(conversation: Conversation) -> str:
    return conversation.owner.name if conversation.owner else conversation.name


def get_transfer(session: Session, conversation: Conversation) -> Transfer:
    """The open one of a conversation, with the conversation locked. Raises TransferOver."""
    lock_conversation(session, conversation)
    handoff = find_open_handoff(session, conversation.id)
    transfer = find_open_transfer(session, handoff.id) if handoff else None
    if transfer is None:
        raise TransferOver
    return transfer


def accept_transfer(
    session: Session, conversation: Conversation, *, by: StaffMember, at: datetime
) -> None:
    """The conversation is the colleague's now; the owner hears the new name. Raises TransferOver, and NotFound for
    somebody who was not asked."""
    transfer = get_transfer(session, conversation)
    check_asked(session, conversation, transfer, by)
    transfer.accepted_at, transfer.accepted_by_id = at, by.id
    handoff = transfer.handoff
    handoff.accepted_by_id = conversation.assignee_id = by.id
    session.flush()
    giver = session.get_one(StaffMember, transfer.from_id)
    _ = voice_of(conversation)
    outbox.send(
        session,
        conversation,
        _("{name} goes on with this now; {giver} has told them everything.").format(
            name=by.name, giver=giver.name
        ),
        key=f"transfer.accepted:{transfer.id}",
        at=at,
    )
    _ = translator(giver.language)
    words = _("{name} has taken over the conversation with {owner}.")
    words = words.format(name=by.name, owner=_owner(conversation))
    _tell(session, transfer, conversation, giver, words, "accepted", at=at)


def check_asked(
    session: Session, conversation: Conversation, transfer: Transfer, by: StaffMember
) -> None:
    """Raises NotFound for anybody who was not asked."""
    if not is_asked(session, conversation, transfer, by):
        raise NotFound


def is_asked(
    session: Session, conversation: Conversation, transfer: Transfer, member: StaffMember
) -> bool:
    if transfer.from_id == member.id:
        return False
    if transfer.to_id is not None:
        return transfer.to_id == member.id
    department = session.get_one(Department, transfer.department_id)
    return works_in(member, department) and member in list_with_right(
        session, conversation.project_id, Right.ANSWER_OWNERS
    )


def decline_transfer(
    session: Session, conversation: Conversation, *, reason: str, by: StaffMember, at: datetime
) -> None:
    """It stays with whoever offered it, who hears why; of a department, whoever declines speaks for all.

    Raises TransferOver, NotFound, MissingText, TooLong.
    """
    transfer = get_transfer(session, conversation)
    check_asked(session, conversation, transfer, by)
    transfer.decline_reason = check_text("handover", reason, MAX_REASON)
    transfer.ended_at, transfer.ended_by_id = at, by.id
    giver = session.get_one(StaffMember, transfer.from_id)
    _ = translator(giver.language)
    words = _("{name} cannot take over the conversation with {owner}: {reason} It stays with you.")
    words = words.format(name=by.name, owner=_owner(conversation), reason=transfer.decline_reason)
    _tell(session, transfer, conversation, giver, words, "declined", at=at)


def withdraw_transfer(
    session: Session, conversation: Conversation, *, by: StaffMember, at: datetime
) -> None:
    """The holder takes the offer back. Raises TransferOver, and NotHeld for anybody else."""
    transfer = get_transfer(session, conversation)
    if transfer.from_id != by.id:
        raise NotHeld
    end_transfer(session, transfer.handoff, by=by, at=at)
    announce(session, "handoff", handoff=transfer.handoff_id, conversation=conversation.id)


def end_transfer(
    session: Session, handoff: Handoff, *, by: StaffMember | None, at: datetime
) -> None:
    """An open transfer of the handoff, if any, is over without anybody's refusal."""
    transfer = find_open_transfer(session, handoff.id)
    if transfer is not None:
        transfer.ended_at, transfer.ended_by_id = at, by.id if by else None
        session.flush()


def expire_transfer(session: Session, transfer_id: int, *, at: datetime) -> None:
    """Nobody answered: the conversation stays with its holder, who hears it. Early, late or twice, it happens once."""
    conversation = session.scalars(
        select(Conversation)
        .join(Handoff, Handoff.conversation_id == Conversation.id)
        .join(Transfer, Transfer.handoff_id == Handoff.id)
        .where(Transfer.id == transfer_id)
    ).one()
    lock_conversation(session, conversation)
    transfer = session.get_one(Transfer, transfer_id, populate_existing=True)
    if transfer.accepted_at or transfer.ended_at or at < transfer.respond_by:
        return
    end_transfer(session, transfer.handoff, by=None, at=at)
    giver = session.get_one(StaffMember, transfer.from_id)
    _ = translator(giver.language)
    words = _("{name} has not answered: the conversation with {owner} stays with you.")
    words = words.format(
        name=name_asked(session, transfer, giver.language), owner=_owner(conversation)
    )
    _tell(session, transfer, conversation, giver, words, "expired", at=at)


def _tell(
    session: Session,
    transfer: Transfer,
    conversation: Conversation,
    giver: StaffMember,
    words: str,
    end: str,
    *,
    at: datetime,
) -> None:
    session.flush()
    tell_staff(
        session, giver, words, topic=f"transfer.{end}", key=f"transfer:{transfer.id}:{end}",
        at=at, conversation=conversation,
    )  # fmt: skip
    announce(session, "handoff", handoff=transfer.handoff_id, conversation=conversation.id)
