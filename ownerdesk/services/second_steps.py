"""The second step of a log-in: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for the day when
the phone is lost."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from datetime import datetime

import pyotp
from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from ownerdesk.model import RecoveryCode, SecondStep, SecondStepRole, StaffMember, StaffRole
from ownerdesk.model.staff import ROLES
from ownerdesk.rules.refusals import AlreadyExists, WrongCode
from ownerdesk.services.audit import record_change

STEP_SECONDS = 30
DRIFT_STEPS = 1  # clocks of phones differ: the code before and the one after count too
RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
_GROUPS, _GROUP_LENGTH = 4, 4
ISSUER = "Ownerdesk"


def find_second_step(session: Session, member: StaffMember) -> SecondStep | None:
    """Confirmed or not yet."""
    return session.scalar(select(SecondStep).where(SecondStep.staff_id == member.id))


def has_second_step(session: Session, member: StaffMember) -> bool:
    found = find_second_step(session, member)
    return found is not None and found.confirmed_at is not None


def is_demanded_of(session: Session, member: StaffMember) -> bool:
    """Whether one of the member's roles asks for a second step that they have not set up yet."""
    demanded = exists().where(
        StaffRole.staff_id == member.id, StaffRole.role == SecondStepRole.role
    )
    confirmed = exists().where(
        SecondStep.staff_id == member.id, SecondStep.confirmed_at.is_not(None)
    )
    return bool(session.scalar(select(demanded & ~confirmed)))


def list_demanding_roles(session: Session) -> list[str]:
    return list(session.scalars(select(SecondStepRole.role).order_by(SecondStepRole.role)))


def demand_of_roles(
    session: Session, roles: Collection[str], *, by: StaffMember, at: datetime
) -> None:
    """From now on exactly these roles need a second step. Raises ValueError for what is no role."""
    if not set(roles) <= set(ROLES):
        raise ValueError(f"{roles!r} are not all roles")
    before = list_demanding_roles(session)
    if sorted(roles) == before:
        return
    session.execute(delete(SecondStepRole).where(SecondStepRole.role.not_in(roles)))
    session.add_all(
        SecondStepRole(role=role, created_at=at) for role in sorted(set(roles) - set(before))
    )
    record_change(
        session,
        "account.second_step_demanded",
        subject="company",
        subject_id=0,
        before={"roles": before},
        after={"roles": sorted(roles)},
        staff_id=by.id,
        at=at,
    )


def begin(session: Session, member: StaffMember, *, at: datetime) -> SecondStep:
    """A new secret, which counts once it is confirmed; one begun earlier is forgotten. Raises AlreadyExists where
    a confirmed one is in use."""
    found = find_second_step(session, member)
    if found is not None and found.confirmed_at is not None:
        raise AlreadyExists
    if found is None:
        found = SecondStep(staff_id=member.id)
        session.add(found)
    found.secret, found.created_at = pyotp.random_base32(), at
    session.flush()
    return found


def provisioning_uri(step: SecondStep, member: StaffMember) -> str:
    """What the app reads from the picture."""
    return pyotp.TOTP(step.secret).provisioning_uri(name=member.email, issuer_name=ISSUER)


def confirm(session: Session, member: StaffMember, code: str, *, at: datetime) -> list[str]:
    """Whoever types the code has the app: from now on it is asked for. Returns the recovery codes, which nobody
    sees again. Raises WrongCode."""
    step = find_second_step(session, member)
    if step is None or step.confirmed_at is not None or not _use_step(session, step, code, at):
        raise WrongCode
    step.confirmed_at = at
    record_change(
        session,
        "account.second_step_on",
        subject="staff",
        subject_id=member.id,
        staff_id=member.id,
        at=at,
    )
    return _make_recovery_codes(session, member, at)


def replace_recovery_codes(session: Session, member: StaffMember, *, at: datetime) -> list[str]:
    """Ten new ones; those from before count no more. Raises WrongCode where there is no second step."""
    if not has_second_step(session, member):
        raise WrongCode
    record_change(
        session,
        "account.recovery_codes_made",
        subject="staff",
        subject_id=member.id,
        staff_id=member.id,
        at=at,
    )
    return _make_recovery_codes(session, member, at)


def switch_off(session: Session, member: StaffMember, *, by: StaffMember, at: datetime) -> None:
    """The member's own wish, or a manager's for somebody whose phone is lost. Twice is once."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == member.id))
    gone = session.scalars(
        delete(SecondStep).where(SecondStep.staff_id == member.id).returning(SecondStep.id)
    ).all()
    if gone:
        record_change(
            session,
            "account.second_step_off",
            subject="staff",
            subject_id=member.id,
            staff_id=by.id,
            at=at,
        )


def use_code(session: Session, member: StaffMember, code: str, *, at: datetime) -> bool:
    """Whether the code is right now. It is used up by this: the same code is wrong the second time."""
    step = find_second_step(session, member)
    if step is None or step.confirmed_at is None:
        return False
    return _use_step(session, step, code, at) or _use_recovery_code(session, member, code, at)


def count_recovery_codes(session: Session, member: StaffMember) -> int:
    """How many are left."""
    rows = select(RecoveryCode.id).where(
        RecoveryCode.staff_id == member.id, RecoveryCode.used_at.is_(None)
    )
    return len(session.scalars(rows).all())


def _use_step(session: Session, step: SecondStep, code: str, at: datetime) -> bool:
    typed = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", typed):
        return False
    totp = pyotp.TOTP(step.secret, interval=STEP_SECONDS)
    now = int(at.timestamp()) // STEP_SECONDS
    # All are compared, so that the time taken tells nothing.
    right = [
        number
        for number in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
        if hmac.compare_digest(totp.generate_otp(number), typed)
    ]
    # Of two who use one code at once the second finds no row.
    used = update(SecondStep).where(SecondStep.id == step.id)
    return any(
        session.scalar(
            used.where(SecondStep.last_step < number)
            .values(last_step=number)
            .returning(SecondStep.id)
        )
        is not None
        for number in right
    )


def _use_recovery_code(session: Session, member: StaffMember, code: str, at: datetime) -> bool:
    used = session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.staff_id == member.id,
            RecoveryCode.code_hash == _hash_code(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=at)
        .returning(RecoveryCode.id)
    )
    if used is None:
        return False
    record_change(
        session,
        "account.recovery_code_used",
        subject="staff",
        subject_id=member.id,
        staff_id=member.id,
        at=at,
    )
    return True


def _make_recovery_codes(session: Session, member: StaffMember, at: datetime) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == member.id))
    codes = [
        "-".join(
            "".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
        )
        for _ in range(RECOVERY_CODES)
    ]
    session.add_all(
        RecoveryCode(staff_id=member.id, code_hash=_hash_code(code), created_at=at)
        for code in codes
    )
    session.flush()
    return codes


def _hash_code(code: str) -> str:
    """79 random bits need no slow hash. Typed with or without the dashes."""
    plain = re.sub(r"[^a-z0-9]", "", code.lower())
    return hashlib.sha256(plain.encode()).hexdigest()
