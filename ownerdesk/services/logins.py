"""Log-ins to the console: a password, where it is asked for a code, and the session they open.

Guesses are counted by account and by where they come from. A wrong one is returned and not raised: its count has to
be committed. What locks an account is told to its person, and ends by time or by a manager.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, selectinload

from ownerdesk.model import LoginFailure, StaffMember, StaffSession
from ownerdesk.rules.addresses import caller_of, shorten_address
from ownerdesk.services import second_steps
from ownerdesk.services.audit import record_change
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.passwords import is_password
from ownerdesk.texts import translator

MAX_EMAIL = 200
MAX_FAILURES = 5
MAX_FAILURES_OF_CALLER = 50  # a whole company may sit behind one address
FAILURE_WINDOW = timedelta(minutes=15)
SESSION_LENGTH = timedelta(hours=12)
CODE_LENGTH = timedelta(minutes=5)  # how long the second step may take
PROOF_LENGTH = timedelta(minutes=10)  # how long a password or a code stands for whoever sits there
TOUCH_EVERY = timedelta(minutes=1)  # a page load inside a minute of the last writes nothing


@dataclass(frozen=True)
class Device:
    """Where somebody logs in from: what the browser says it is, and its network address."""

    user_agent: str = ""
    address: str = ""


@dataclass(frozen=True)
class LogIn:
    """How a log-in went. With `token` it worked, or with `awaits_code` half of it; with `locked_until` it was not
    even tried; else it was wrong, `failures` times by now."""

    token: str = ""
    member: StaffMember | None = None
    awaits_code: bool = False
    locked_until: datetime | None = None
    failures: int = 0


def clean_email(email: str) -> str:
    """Lower case, without space around it, cut at what a column of failures should hold."""
    return email.strip().lower().replace("\x00", "")[:MAX_EMAIL]


def log_in(session: Session, *, email: str, password: str, device: Device, at: datetime) -> LogIn:
    """Check e-mail and password, and open a session, or the way to the code where the account has a second step.

    Five wrong within a quarter of an hour lock the account until the oldest of them is that old, whether or not
    somebody has the address.
    """
    address = clean_email(email)
    member = session.scalar(
        select(StaffMember).where(StaffMember.email == address, StaffMember.is_active)
    )

    def is_right() -> bool:
        return is_password(member.password_hash if member else None, password)

    refused = _try(session, address, member, is_right, device, at)
    if refused is not None:
        return refused
    assert member is not None, "nobody has the password of no account"
    return open_session(session, member, device=device, at=at)


def enter_code(
    session: Session, token: str, code: str, *, device: Device, at: datetime
) -> LogIn | None:
    """The second half of a log-in, with a code of the app or a recovery code. None when the first half is too
    long ago: begin again."""
    row = _find_row(session, token, at, awaits_code=True)
    if row is None:
        return None
    member = session.get_one(StaffMember, row.staff_id)

    def is_right() -> bool:
        return second_steps.use_code(session, member, code, at=at)

    refused = _try(session, member.email, member, is_right, device, at)
    if refused is not None:
        return refused
    session.delete(row)
    return _open(session, member, device, at)


def prove(session: Session, session_id: int, proof: str, *, device: Device, at: datetime) -> LogIn:
    """Whoever sits there shows a password or a code, before something that a borrowed browser must not do."""
    row = session.get_one(StaffSession, session_id)
    member = session.get_one(StaffMember, row.staff_id)

    def is_right() -> bool:
        if second_steps.use_code(session, member, proof, at=at):
            return True
        return is_password(member.password_hash, proof)

    refused = _try(session, member.email, member, is_right, device, at)
    if refused is not None:
        return refused
    row.proved_at = at
    _forget_failures(session, member)
    return LogIn(member=member)


def is_proved(session: Session, session_id: int, *, at: datetime) -> bool:
    """Whether a password or a code was shown in this session a short while ago."""
    return session.get_one(StaffSession, session_id).proved_at > at - PROOF_LENGTH


def _try(
    session: Session,
    address: str,
    member: StaffMember | None,
    is_right: Callable[[], bool],
    device: Device,
    at: datetime,
) -> LogIn | None:
    """One guess, counted when it is wrong; None when it is right."""
    # Guesses at one account wait for each other, so that many at once are counted like one after another.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"log_in:{address}"))))
    failures, locked_until = _locked_until(session, address, caller_of(device.address), at)
    if locked_until is not None:
        return LogIn(locked_until=locked_until, failures=failures)
    if is_right() and member is not None:
        return None
    session.add(LoginFailure(email=address, address=caller_of(device.address), at=at))
    if failures + 1 == MAX_FAILURES and member is not None:
        _tell_of_lock(session, member, at)
    return LogIn(failures=failures + 1)


def _locked_until(
    session: Session, address: str, caller: str, at: datetime
) -> tuple[int, datetime | None]:
    """How often the account was guessed at lately; and until when it, or its caller, is locked."""
    recent = (
        select(LoginFailure.at)
        .where(LoginFailure.at > at - FAILURE_WINDOW)
        .order_by(LoginFailure.at.desc())
    )
    of_account = session.scalars(recent.where(LoginFailure.email == address)).all()
    of_caller = (
        session.scalars(
            recent.where(LoginFailure.address == caller).limit(MAX_FAILURES_OF_CALLER)
        ).all()
        if caller
        else []
    )
    ends = [
        found[limit - 1] + FAILURE_WINDOW
        for found, limit in ((of_account, MAX_FAILURES), (of_caller, MAX_FAILURES_OF_CALLER))
        if len(found) >= limit
    ]
    return len(of_account), max(ends, default=None)


def _tell_of_lock(session: Session, member: StaffMember, at: datetime) -> None:
    _ = translator(member.language)
    record_change(session, "account.locked", subject="staff", subject_id=member.id, at=at)
    tell_staff(
        session,
        member,
        _(
            "Your console account was locked for a quarter of an hour after wrong passwords or codes."
            " If that was not you, tell your manager."
        ),
        topic="account.locked",
        key=f"account.locked:{at.isoformat()}",
        at=at,
    )


def _forget_failures(session: Session, member: StaffMember) -> None:
    session.execute(delete(LoginFailure).where(LoginFailure.email == member.email))


def open_session(session: Session, member: StaffMember, *, device: Device, at: datetime) -> LogIn:
    """For whoever has just shown or set a password."""
    if second_steps.has_second_step(session, member):
        # Failures stay counted: a known password must not buy more guesses at the code.
        return _open(session, member, device, at, awaits_code=True)
    return _open(session, member, device, at)


def _open(
    session: Session,
    member: StaffMember,
    device: Device,
    at: datetime,
    *,
    awaits_code: bool = False,
) -> LogIn:
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            staff_id=member.id,
            token_hash=hash_token(token),
            created_at=at,
            last_seen_at=at,
            proved_at=at,
            expires_at=at + (CODE_LENGTH if awaits_code else SESSION_LENGTH),
            awaits_code=awaits_code,
            user_agent=device.user_agent[:200],
            address=shorten_address(device.address),
        )
    )
    if not awaits_code:
        member.last_seen_at = at
        _forget_failures(session, member)
    # The log-in is when nobody else is waiting for the table: old rows go now.
    session.execute(delete(StaffSession).where(StaffSession.expires_at <= at))
    session.execute(delete(LoginFailure).where(LoginFailure.at <= at - FAILURE_WINDOW))
    return LogIn(token=token, member=member, awaits_code=awaits_code)


def hash_token(token: str) -> str:
    """A random token needs no salt and no slow hash; a stolen table must only not be a set of keys."""
    return hashlib.sha256(token.encode()).hexdigest()


def _find_row(
    session: Session, token: str, at: datetime, *, awaits_code: bool
) -> StaffSession | None:
    return session.scalar(
        select(StaffSession)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash == hash_token(token),
            StaffSession.expires_at > at,
            StaffSession.awaits_code.is_(awaits_code),
            StaffMember.is_active,
        )
    )


def is_half_way(session: Session, token: str, *, at: datetime) -> bool:
    """Whether the cookie stands for a log-in whose code is still to come."""
    return _find_row(session, token, at, awaits_code=True) is not None


def find_session(
    session: Session, token: str, *, at: datetime, prolong: bool = True
) -> tuple[StaffSession, StaffMember] | None:
    """The session a cookie stands for, prolonged by being used, and whose it is, with their roles."""
    found = _find_row(session, token, at, awaits_code=False)
    if found is None:
        return None
    member = session.get_one(StaffMember, found.staff_id, options=[selectinload(StaffMember.roles)])
    if prolong and at - found.last_seen_at >= TOUCH_EVERY:
        # Two pages loading at once both write the same; neither may wait for the other's lock to say so.
        session.execute(
            update(StaffSession)
            .where(StaffSession.id == found.id)
            .values(last_seen_at=at, expires_at=at + SESSION_LENGTH)
        )
        session.execute(
            update(StaffMember).where(StaffMember.id == member.id).values(last_seen_at=at)
        )
    return found, member


def list_sessions(session: Session, member: StaffMember, *, at: datetime) -> list[StaffSession]:
    """Where the member is logged in, the latest first."""
    return list(
        session.scalars(
            select(StaffSession)
            .where(
                StaffSession.staff_id == member.id,
                StaffSession.expires_at > at,
                StaffSession.awaits_code.is_(False),
            )
            .order_by(StaffSession.last_seen_at.desc(), StaffSession.id.desc())
        )
    )


def log_out(session: Session, token: str) -> None:
    """End one session. A token that has ended already changes nothing."""
    session.execute(delete(StaffSession).where(StaffSession.token_hash == hash_token(token)))


def end_sessions(
    session: Session,
    member: StaffMember,
    *,
    by: StaffMember,
    at: datetime,
    only_id: int | None = None,
    keep_id: int | None = None,
) -> int:
    """Log the member out of one session, or of all but `keep_id`; returns of how many. One that has ended already
    is no refusal."""
    ending = delete(StaffSession).where(StaffSession.staff_id == member.id)
    if only_id is not None:
        ending = ending.where(StaffSession.id == only_id)
    if keep_id is not None:
        ending = ending.where(StaffSession.id != keep_id)
    count = len(session.scalars(ending.returning(StaffSession.id)).all())
    if count:
        record_change(
            session,
            "account.logged_out",
            subject="staff",
            subject_id=member.id,
            after={"sessions": count},
            staff_id=by.id,
            at=at,
        )
    return count
