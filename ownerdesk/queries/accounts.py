"""Accounts of staff as a manager sees them, and whose account somebody may manage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import AccountLink, LoginFailure, SecondStep, StaffMember, StaffRole
from ownerdesk.queries.staff import has_right, list_staff
from ownerdesk.rules.access import RIGHTS, Right
from ownerdesk.rules.refusals import NotAllowed


@dataclass(frozen=True)
class Account:
    """How somebody stands with the console. `state` is `none` (no password, no link), `invited`, `expired` (the
    invitation is too old), `active`, `locked` or `left`; `link_until` is when an open link ends."""

    member: StaffMember
    state: str
    has_second_step: bool
    link_until: datetime | None
    may_manage: bool


def may_manage(by: StaffMember, member: StaffMember) -> bool:
    """Whether `by` may make links for the member and lift locks: somebody else, of whose roles each gives no right
    that `by` has not in the same place. Else a link for an admin would make its maker an admin."""
    if by.id == member.id:
        return False
    if not member.roles:
        return has_right(by, None, Right.MANAGE_STAFF)
    return all(_covers(by, role) for role in member.roles)


def _covers(by: StaffMember, role: StaffRole) -> bool:
    needed = {*RIGHTS[role.role], Right.MANAGE_STAFF}
    return all(has_right(by, role.project_id, right) for right in needed)


def check_may_manage(by: StaffMember, member: StaffMember) -> None:
    """Raises NotAllowed."""
    if not may_manage(by, member):
        raise NotAllowed


def list_accounts(
    session: Session, by: StaffMember, *, window: timedelta, most: int, at: datetime
) -> list[Account]:
    """Everybody in the projects whose staff `by` manages, by name. `most` wrong log-ins within `window` are a lock."""
    confirmed = set(
        session.scalars(select(SecondStep.staff_id).where(SecondStep.confirmed_at.is_not(None)))
    )
    links = {
        row.staff_id: row.expires_at
        for row in session.execute(
            select(AccountLink.staff_id, AccountLink.expires_at).where(
                AccountLink.used_at.is_(None), AccountLink.cancelled_at.is_(None)
            )
        )
    }
    locked = set(
        session.scalars(
            select(LoginFailure.email)
            .where(LoginFailure.at > at - window)
            .group_by(LoginFailure.email)
            .having(func.count() >= most)
        )
    )
    return [
        Account(
            member=member,
            state=_state(member, links.get(member.id), member.email in locked, at),
            has_second_step=member.id in confirmed,
            link_until=_open_until(links.get(member.id), at),
            may_manage=member.is_active and may_manage(by, member),
        )
        for member in list_staff(session)
        if _is_seen_by(by, member)
    ]


def _open_until(until: datetime | None, at: datetime) -> datetime | None:
    return until if until is not None and until > at else None


def _state(member: StaffMember, link_until: datetime | None, is_locked: bool, at: datetime) -> str:
    if not member.is_active:
        return "left"
    if is_locked:
        return "locked"
    if member.password_hash:
        return "active"
    if link_until is None:
        return "none"
    return "invited" if link_until > at else "expired"


def _is_seen_by(by: StaffMember, member: StaffMember) -> bool:
    return any(
        has_right(by, role.project_id, Right.MANAGE_STAFF) for role in member.roles
    ) or has_right(by, None, Right.MANAGE_STAFF)
