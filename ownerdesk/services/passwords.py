"""Passwords: checked against the rules, kept as hashes that are slow to guess, changed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete
from sqlalchemy.orm import Session

from ownerdesk.model import StaffMember, StaffSession
from ownerdesk.rules.passwords import LONGEST, find_weakness
from ownerdesk.rules.refusals import WeakPassword, WrongLogin
from ownerdesk.services.audit import record_change
from ownerdesk.services.content import CONTENT_DIR

_hasher = PasswordHasher()
# Checked for an address nobody has, so that the answer takes as long as for one that somebody has.
_NOBODYS_HASH = _hasher.hash(secrets.token_urlsafe())


@lru_cache
def common_passwords() -> frozenset[str]:
    """The shipped list: lower case, without digits and signs around."""
    lines = (CONTENT_DIR / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def check_password(password: str, *, person: Sequence[str] = ()) -> None:
    """`person` are the name and address of whoever it is for. Raises WeakPassword."""
    weakness = find_weakness(password, common=common_passwords(), person=person)
    if weakness is not None:
        raise WeakPassword(weakness)


def hash_password(password: str, *, person: Sequence[str] = ()) -> str:
    """The same, and what is kept of it. Raises WeakPassword."""
    check_password(password, person=person)
    return _hasher.hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Takes as long without a hash as with one."""
    try:
        return _hasher.verify(password_hash or _NOBODYS_HASH, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False


def set_password(
    session: Session,
    member: StaffMember,
    password: str,
    *,
    at: datetime,
    keep_session_id: int | None = None,
) -> None:
    """The member's own new password; it ends every log-in but `keep_session_id`. Raises WeakPassword."""
    member.password_hash = hash_password(password, person=(member.name, member.email))
    member.must_change_password = False
    ending = delete(StaffSession).where(StaffSession.staff_id == member.id)
    if keep_session_id is not None:
        ending = ending.where(StaffSession.id != keep_session_id)
    session.execute(ending)
    session.flush()
    record_change(
        session,
        "account.password_set",
        subject="staff",
        subject_id=member.id,
        staff_id=member.id,
        at=at,
    )


def change_password(
    session: Session,
    member: StaffMember,
    *,
    old: str,
    new: str,
    keep_session_id: int,
    at: datetime,
) -> None:
    """Raises WrongLogin when the old one is wrong, WeakPassword when the new one breaks a rule or is the same."""
    if not is_password(member.password_hash, old):
        raise WrongLogin
    if new == old:
        raise WeakPassword("old")
    set_password(session, member, new, at=at, keep_session_id=keep_session_id)
