"""Accounts of staff: invited by a link, helped by a manager, and what they choose for themselves."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ownerdesk.model import AccountLink, LoginFailure, StaffMember
from ownerdesk.model.staff import THEMES
from ownerdesk.queries.accounts import check_may_manage
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.refusals import LinkOver, MissingText, StaffNotFound
from ownerdesk.services import logins, second_steps
from ownerdesk.services.audit import record_change
from ownerdesk.services.logins import hash_token
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.passwords import set_password
from ownerdesk.texts import translator

LINK_LENGTH = timedelta(days=7)
LONGEST_NAME = 100


def invite_staff(session: Session, member: StaffMember, by: StaffMember, at: datetime) -> str:
    """A token for a link with which the member sets a password: the first one, or a new one where they have lost
    it. It works once, for seven days; a link from before works no more.

    Raises NotAllowed for whom `by` may not manage.
    """
    check_may_manage(by, member)
    # Two managers at once: the second waits here and replaces the link of the first.
    session.refresh(member, with_for_update=True)
    kind = "reset" if member.password_hash else "invite"
    _cancel_links(session, member, at)
    token = secrets.token_urlsafe(32)
    session.add(
        AccountLink(
            staff_id=member.id,
            kind=kind,
            token_hash=hash_token(token),
            created_by_id=by.id,
            created_at=at,
            expires_at=at + LINK_LENGTH,
        )
    )
    session.flush()
    _audit(session, f"account.{kind}_link_made", member, by, at)
    if kind == "reset":
        _tell(session, member, by, at)
    return token


def cancel_links(session: Session, member: StaffMember, *, by: StaffMember, at: datetime) -> None:
    """A link that went to the wrong person works no more. Raises NotAllowed."""
    check_may_manage(by, member)
    if _cancel_links(session, member, at):
        _audit(session, "account.link_cancelled", member, by, at)


def _cancel_links(session: Session, member: StaffMember, at: datetime) -> bool:
    cancelled = session.scalars(
        update(AccountLink)
        .where(
            AccountLink.staff_id == member.id,
            AccountLink.used_at.is_(None),
            AccountLink.cancelled_at.is_(None),
        )
        .values(cancelled_at=at)
        .returning(AccountLink.id)
    ).all()
    return bool(cancelled)


def get_member_of_link(session: Session, token: str, *, at: datetime) -> StaffMember:
    """Whose password a link sets. Raises LinkOver for one that is unknown, used, replaced or too old: they look
    alike."""
    staff_id = session.scalar(
        select(AccountLink.staff_id).where(
            AccountLink.token_hash == hash_token(token),
            AccountLink.used_at.is_(None),
            AccountLink.cancelled_at.is_(None),
            AccountLink.expires_at > at,
        )
    )
    if staff_id is None:
        raise LinkOver
    try:
        return get_staff_member(session, staff_id)
    except StaffNotFound:
        raise LinkOver from None


def use_link(
    session: Session, token: str, *, name: str, password: str, at: datetime
) -> StaffMember:
    """Set the password, and the name as the person writes it. Every log-in from before ends, a lock is lifted.

    Raises LinkOver, also for the second of two at once; WeakPassword, MissingText.
    """
    member = get_member_of_link(session, token, at=at)
    used = session.scalar(
        update(AccountLink)
        .where(
            AccountLink.token_hash == hash_token(token),
            AccountLink.used_at.is_(None),
            AccountLink.cancelled_at.is_(None),
        )
        .values(used_at=at)
        .returning(AccountLink.kind)
    )
    if used is None:
        raise LinkOver
    if not name.strip():
        raise MissingText("name")
    before, member.name = member.name, name.strip()[:LONGEST_NAME]
    set_password(session, member, password, at=at)
    _forget_failures(session, member)
    record_change(
        session,
        "account.link_used",
        subject="staff",
        subject_id=member.id,
        before={"name": before},
        after={"name": member.name, "kind": used},
        staff_id=member.id,
        at=at,
    )
    return member


def unlock(session: Session, member: StaffMember, *, by: StaffMember, at: datetime) -> None:
    """Forget the wrong log-ins of an account. Raises NotAllowed."""
    check_may_manage(by, member)
    if _forget_failures(session, member):
        _audit(session, "account.unlocked", member, by, at)


def _forget_failures(session: Session, member: StaffMember) -> bool:
    gone = delete(LoginFailure).where(LoginFailure.email == member.email)
    return bool(session.scalars(gone.returning(LoginFailure.id)).all())


def log_out_everywhere(
    session: Session, member: StaffMember, *, by: StaffMember, at: datetime
) -> None:
    """Raises NotAllowed."""
    check_may_manage(by, member)
    logins.end_sessions(session, member, by=by, at=at)


def take_second_step_off(
    session: Session, member: StaffMember, *, by: StaffMember, at: datetime
) -> None:
    """For somebody whose phone and recovery codes are lost. Raises NotAllowed."""
    check_may_manage(by, member)
    second_steps.switch_off(session, member, by=by, at=at)
    _tell(session, member, by, at)


def choose_looks(session: Session, member: StaffMember, *, theme: str, uses_keys: bool) -> None:
    """How the member likes the console. Raises ValueError for a theme that does not exist."""
    if theme not in THEMES:
        raise ValueError(f"{theme!r} is not a theme")
    member.theme, member.uses_keys = theme, uses_keys


def _audit(
    session: Session, action: str, member: StaffMember, by: StaffMember, at: datetime
) -> None:
    record_change(session, action, subject="staff", subject_id=member.id, staff_id=by.id, at=at)


def _tell(session: Session, member: StaffMember, by: StaffMember, at: datetime) -> None:
    """Nobody's account is touched by another without their hearing of it."""
    _ = translator(member.language)
    tell_staff(
        session,
        member,
        _(
            "{name} has changed how you log in to the console: a link for a new password, or the second step."
            " If you did not ask for it, tell your manager."
        ).format(name=by.name),
        topic="account.changed",
        key=f"account.changed:{at.isoformat()}",
        at=at,
    )
