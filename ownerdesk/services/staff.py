"""Members of staff: made with a password, logged in to the console, logged out."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, selectinload

from ownerdesk.model import DutyShift, LoginFailure, StaffMember, StaffRole, StaffSession
from ownerdesk.model.staff import ROLES
from ownerdesk.rules.duty import WEEKDAYS, Shift
from ownerdesk.rules.refusals import AlreadyExists, WeakPassword, WrongLogin
from ownerdesk.services.audit import record_change
from ownerdesk.texts import supported

MIN_PASSWORD = 10
MAX_PASSWORD = 1000  # argon2 hashes any length; somebody could send megabytes
MAX_EMAIL = 200
SESSION_LENGTH = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)  # a page load inside a minute of the last writes nothing
MAX_FAILURES = 5
FAILURE_WINDOW = timedelta(minutes=15)

_hasher = PasswordHasher()
# Checked for an address nobody has, so that the answer takes as long as for one that somebody has.
_NOBODYS_HASH = _hasher.hash(secrets.token_urlsafe())


@dataclass(frozen=True)
class Role:
    """A role to give: in one project or (None) in all, an operator's with the department."""

    name: str
    project_id: int | None = None
    department_id: int | None = None


@dataclass(frozen=True)
class LogIn:
    """How a log-in went. With `token` it worked; with `locked_until` it was not even tried; else it was
    wrong, `failures` times by now."""

    token: str = ""
    member: StaffMember | None = None
    locked_until: datetime | None = None
    failures: int = 0


def create_admin(
    session: Session, *, email: str, name: str, password: str, at: datetime
) -> StaffMember:
    """Somebody with every right in every project. Raises AlreadyExists, WeakPassword."""
    return create_staff(
        session, email=email, name=name, password=password, roles=[Role("admin")], at=at
    )


def create_staff(
    session: Session,
    *,
    email: str,
    name: str,
    password: str | None,
    roles: Sequence[Role],
    at: datetime,
    phone: str = "",
    language: str = "en",
    must_change_password: bool = False,
) -> StaffMember:
    """A member of staff; without a password they cannot log in to the console, as most operators.

    Raises AlreadyExists for an e-mail address somebody has, WeakPassword, and ValueError for a role that
    does not exist.
    """
    for role in roles:
        if role.name not in ROLES:
            raise ValueError(f"{role.name!r} is not a role")
    address = clean_email(email)
    if session.scalar(select(StaffMember.id).where(StaffMember.email == address)) is not None:
        raise AlreadyExists(address)
    member = StaffMember(
        name=name.strip(),
        email=address,
        phone=phone,
        language=supported(language),
        must_change_password=must_change_password,
        created_at=at,
        roles=[
            StaffRole(role=r.name, project_id=r.project_id, department_id=r.department_id)
            for r in roles
        ],
    )
    if password is not None:
        member.password_hash = hash_password(password)
    session.add(member)
    session.flush()
    record_change(
        session,
        "staff.created",
        subject="staff",
        subject_id=member.id,
        after={"name": member.name, "email": address, "roles": [asdict(role) for role in roles]},
        at=at,
    )
    return member


def put_on_duty(
    session: Session,
    member: StaffMember,
    project_id: int,
    shifts: Sequence[Shift],
    *,
    at: datetime,
) -> None:
    """Add the member to the weekly duty list of a project; a shift they have already is not added again."""
    known = {
        (shift.weekday, shift.starts, shift.ends)
        for shift in session.scalars(
            select(DutyShift).where(
                DutyShift.staff_id == member.id, DutyShift.project_id == project_id
            )
        )
    }
    for shift in shifts:
        if (shift.weekday, shift.starts, shift.ends) in known:
            continue
        row = DutyShift(
            project_id=project_id,
            staff_id=member.id,
            weekday=shift.weekday,
            starts=shift.starts,
            ends=shift.ends,
        )
        session.add(row)
        session.flush()
        record_change(
            session,
            "duty_shift.created",
            subject="duty_shift",
            subject_id=row.id,
            after={
                "project_id": project_id,
                "staff_id": member.id,
                "weekday": WEEKDAYS[shift.weekday],
                "starts": f"{shift.starts:%H:%M}",
                "ends": f"{shift.ends:%H:%M}",
            },
            at=at,
        )


def clean_email(email: str) -> str:
    """Lower case, without space around it, cut at what a column of failures should hold."""
    return email.strip().lower().replace("\x00", "")[:MAX_EMAIL]


def hash_password(password: str) -> str:
    """Raises WeakPassword for one that is too short, or absurdly long."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise WeakPassword(f"a password has at least {MIN_PASSWORD} characters")
    return _hasher.hash(password)


def set_password(
    session: Session, member: StaffMember, password: str, *, keep_session_id: int | None = None
) -> None:
    """A new password ends every log-in but `keep_session_id`. Raises WeakPassword."""
    member.password_hash = hash_password(password)
    member.must_change_password = False
    ending = delete(StaffSession).where(StaffSession.staff_id == member.id)
    if keep_session_id is not None:
        ending = ending.where(StaffSession.id != keep_session_id)
    session.execute(ending)
    session.flush()


def change_password(
    session: Session, member: StaffMember, *, old: str, new: str, keep_session_id: int
) -> None:
    """The member's own change. Raises WrongLogin when the old one is wrong, WeakPassword when the new one is
    too short or the same again."""
    if not _is_password(member.password_hash, old):
        raise WrongLogin
    if new == old:
        raise WeakPassword("the new password is the old one")
    set_password(session, member, new, keep_session_id=keep_session_id)


def log_in(session: Session, *, email: str, password: str, user_agent: str, at: datetime) -> LogIn:
    """Check e-mail and password, and open a session.

    A wrong log-in is returned and not raised: its count has to be committed. Five within a quarter of an
    hour lock the address until the oldest of them is that old, whether or not somebody has it.
    """
    address = clean_email(email)
    # Guesses at one address wait for each other, so that many at once are counted like one after another.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"log_in:{address}"))))
    failures = list(
        session.scalars(
            select(LoginFailure.at)
            .where(LoginFailure.email == address, LoginFailure.at > at - FAILURE_WINDOW)
            .order_by(LoginFailure.at.desc())
        )
    )
    if len(failures) >= MAX_FAILURES:
        return LogIn(
            locked_until=failures[MAX_FAILURES - 1] + FAILURE_WINDOW, failures=len(failures)
        )
    member = session.scalar(
        select(StaffMember).where(StaffMember.email == address, StaffMember.is_active)
    )
    if not _is_password(member.password_hash if member else None, password) or member is None:
        session.add(LoginFailure(email=address, at=at))
        return LogIn(failures=len(failures) + 1)
    session.execute(delete(LoginFailure).where(LoginFailure.email == address))
    return LogIn(token=_open_session(session, member, user_agent, at), member=member)


def _is_password(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher.verify(password_hash or _NOBODYS_HASH, password[: MAX_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False


def _open_session(session: Session, member: StaffMember, user_agent: str, at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            staff_id=member.id,
            token_hash=_hash_token(token),
            created_at=at,
            last_seen_at=at,
            expires_at=at + SESSION_LENGTH,
            user_agent=user_agent[:200],
        )
    )
    # The log-in is when nobody else is waiting for the table: old rows go now.
    session.execute(delete(StaffSession).where(StaffSession.expires_at <= at))
    session.execute(delete(LoginFailure).where(LoginFailure.at <= at - FAILURE_WINDOW))
    return token


def _hash_token(token: str) -> str:
    """A random token needs no salt and no slow hash; a stolen table must only not be a set of keys."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_session(
    session: Session, token: str, *, at: datetime, prolong: bool = True
) -> tuple[StaffSession, StaffMember] | None:
    """The session a cookie stands for, prolonged by being used, and whose it is, with their roles."""
    row = session.execute(
        select(StaffSession, StaffMember)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash == _hash_token(token),
            StaffSession.expires_at > at,
            StaffMember.is_active,
        )
        .options(selectinload(StaffMember.roles))
    ).one_or_none()
    if row is None:
        return None
    found, member = row
    if prolong and at - found.last_seen_at >= TOUCH_EVERY:
        # Two pages loading at once both write the same; neither may wait for the other's lock to say so.
        session.execute(
            update(StaffSession)
            .where(StaffSession.id == found.id)
            .values(last_seen_at=at, expires_at=at + SESSION_LENGTH)
        )
    return found, member


def log_out(session: Session, token: str) -> None:
    """End one session. A token that has ended already changes nothing."""
    session.execute(delete(StaffSession).where(StaffSession.token_hash == _hash_token(token)))


def choose_language(session: Session, staff_id: int, language: str) -> None:
    """The language the console speaks with a member of staff."""
    session.execute(
        update(StaffMember).where(StaffMember.id == staff_id).values(language=supported(language))
    )
