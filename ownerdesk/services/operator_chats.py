"""Chats of staff: a one-time code from the console links a private chat to a member of staff, or a group to a
department. One Telegram account has one part here: an owner's chat is never a colleague's too."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, ChatCode, Conversation, Department, Project, StaffMember
from ownerdesk.queries.conversations import find_conversation, find_open_handoff
from ownerdesk.rules.refusals import ChatInUse, TooManyTries, WrongCode
from ownerdesk.services import outbox
from ownerdesk.services.audit import record_change
from ownerdesk.services.live import announce
from ownerdesk.services.owners import CODE_ALPHABET, MAX_WRONG_CODES, WRONG_CODE_PAUSE
from ownerdesk.texts import supported, translator

CODE_LIFE = timedelta(hours=24)
CODE_LENGTH = 10


def create_chat_code(
    session: Session,
    *,
    by: StaffMember,
    at: datetime,
    member: StaffMember | None = None,
    department: Department | None = None,
) -> str:
    """A code for one chat, good for a day. It is told once: the table keeps its hash."""
    if (member is None) is (department is None):
        raise ValueError("a code is for a member of staff or for a department")
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    row = ChatCode(
        code_hash=_hash(code),
        staff_id=member.id if member else None,
        department_id=department.id if department else None,
        created_by_id=by.id,
        created_at=at,
        expires_at=at + CODE_LIFE,
    )
    session.add(row)
    session.flush()
    record_change(
        session, "chat_code.created", subject="staff" if member else "department",
        subject_id=(member or department).id,  # type: ignore[union-attr]
        after={"expires_at": row.expires_at.isoformat()}, staff_id=by.id, at=at,
    )  # fmt: skip
    return code


def _hash(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


def _find_code(session: Session, code: str, *, at: datetime) -> ChatCode:
    """The row, locked: two chats that use one code at once are told apart. Raises WrongCode."""
    row = session.scalar(
        select(ChatCode).where(ChatCode.code_hash == _hash(code)).with_for_update()
    )
    if row is None or row.used_at is not None or row.expires_at < at:
        raise WrongCode
    return row


def _try_code(session: Session, tried_by: Conversation, code: str, *, at: datetime) -> ChatCode:
    """Five wrong ones within an hour, and the chat has to wait; the caller commits the count all the same."""
    last = tried_by.wrong_code_at
    if last is not None and at - last > WRONG_CODE_PAUSE:
        tried_by.wrong_codes = 0
    if tried_by.wrong_codes >= MAX_WRONG_CODES:
        raise TooManyTries
    try:
        return _find_code(session, code, at=at)
    except WrongCode:
        tried_by.wrong_codes += 1
        tried_by.wrong_code_at = at
        raise


def link_chat(
    session: Session, conversation: Conversation, code: str, *, at: datetime
) -> StaffMember:
    """Make a private chat a colleague's. A chat they had linked before is let go, and told.

    Raises ChatInUse for the chat of an owner or of another colleague, WrongCode, TooManyTries.
    """
    if _is_owners(session, conversation):
        raise ChatInUse
    row = _try_code(session, conversation, code, at=at)
    member = session.get(StaffMember, row.staff_id) if row.staff_id is not None else None
    if member is None or not member.is_active:
        raise WrongCode
    if conversation.kind == "staff" and conversation.staff_id != member.id:
        raise ChatInUse
    row.used_at = at
    earlier = session.scalar(select(Conversation).where(Conversation.staff_id == member.id))
    if earlier is not None and earlier.id != conversation.id:
        _let_go(session, earlier, at=at)
    _end_handoff(session, conversation, at=at)
    conversation.kind, conversation.staff_id = "staff", member.id
    conversation.language, conversation.language_chosen = supported(member.language), True
    conversation.wrong_codes, conversation.awaiting, conversation.misses = 0, None, 0
    conversation.project_id = conversation.unit_id = None
    session.flush()
    record_change(
        session, "chat.linked", subject="staff", subject_id=member.id,
        after={"conversation_id": conversation.id}, staff_id=member.id, at=at,
    )  # fmt: skip
    return member


def _is_owners(session: Session, conversation: Conversation) -> bool:
    """An owner's, or a stranger's who has reported something that is still followed."""
    if conversation.kind != "owner":
        return False
    reported = select(func.count()).select_from(Appeal)
    found = session.scalar(reported.where(Appeal.conversation_id == conversation.id))
    return conversation.owner_id is not None or bool(found)


def _let_go(session: Session, chat: Conversation, *, at: datetime) -> None:
    _ = translator(chat.language)
    outbox.send(
        session, chat, _("Another chat is linked to you now; jobs no longer come here."),
        key=f"let_go:{chat.id}:{at.isoformat()}", at=at,
    )  # fmt: skip
    chat.kind, chat.staff_id, chat.awaiting = "owner", None, None
    session.flush()


def _end_handoff(session: Session, conversation: Conversation, *, at: datetime) -> None:
    """Somebody unknown who had asked for a person turns out to be a colleague."""
    handoff = find_open_handoff(session, conversation.id)
    if handoff is not None:
        handoff.returned_at = at
        announce(session, "handoff", handoff=handoff.id, conversation=conversation.id)
    conversation.state, conversation.assignee_id = "bot", None


def link_group(
    session: Session,
    *,
    chat_id: int,
    title: str,
    tried_by: Conversation,
    code: str,
    at: datetime,
) -> Department:
    """Make a group a department's. `tried_by` is the private chat of whoever types the code: wrong ones count there.

    Raises ChatInUse for a group of another department, WrongCode, TooManyTries.
    """
    row = _try_code(session, tried_by, code, at=at)
    if row.department_id is None:
        raise WrongCode
    department = session.get_one(Department, row.department_id)
    project = session.get_one(Project, department.project_id)
    group = find_conversation(session, chat_id)
    if group is not None and group.department_id != department.id:
        raise ChatInUse
    row.used_at = at
    earlier = session.scalar(
        select(Conversation).where(Conversation.department_id == department.id)
    )
    if earlier is not None and earlier.chat_id != chat_id:
        # The group it had before is nobody's now; its row goes on under its number, without a part here.
        earlier.chat_id, group = chat_id, earlier
    if group is None:
        group = Conversation(
            chat_id=chat_id,
            telegram_user_id=chat_id,  # a group is no person: nobody's presses are taken for its own
            kind="department",
            department_id=department.id,
            name=title,
            language=project.language,
            language_chosen=True,
            project_id=None,
        )
        session.add(group)
    group.name, group.blocked_at = title[:200], None
    session.flush()
    record_change(
        session, "group.linked", subject="department", subject_id=department.id,
        after={"conversation_id": group.id}, at=at,
    )  # fmt: skip
    return department
