"""Registration: a chat proves which owner it is, by its own phone number or by an invite."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, Invite, Owner, Residency, Unit
from ownerdesk.queries.owners import find_invite, find_owner_by_phone, list_homes
from ownerdesk.rules.phones import normalise_phone
from ownerdesk.rules.refusals import (
    NotFound,
    NotYourContact,
    OldButton,
    TooManyTries,
    UnknownPhone,
    WrongCode,
)
from ownerdesk.services.audit import record_change
from ownerdesk.services.live import announce
from ownerdesk.services.places import claim_appeals

MAX_WRONG_CODES = 5
WRONG_CODE_PAUSE = timedelta(hours=1)
INVITE_LIFE = timedelta(days=30)
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without what is misread on paper
CODE_LENGTH = 10
QUIET_CHOICES = {
    "21-08": (time(21), time(8)),
    "22-07": (time(22), time(7)),
    "23-09": (time(23), time(9)),
}


def register_by_phone(
    session: Session,
    conversation: Conversation,
    *,
    phone: str,
    contact_user_id: int | None,
    at: datetime,
) -> Owner:
    """Link the chat to the imported owner of this number. Telegram vouches for the number only when the
    contact's user is the sender.

    Raises NotYourContact for a forwarded contact, UnknownPhone when nobody was imported with it.
    """
    if contact_user_id != conversation.telegram_user_id:
        raise NotYourContact
    number = normalise_phone(phone)
    owner = find_owner_by_phone(session, number) if number else None
    if owner is None:
        raise UnknownPhone
    _link(session, conversation, owner, verified_by="phone", at=at)
    return owner


def create_invite(session: Session, owner: Owner, *, at: datetime) -> Invite:
    """A code for one chat, good for 30 days."""
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    invite = Invite(owner_id=owner.id, code=code, created_at=at, expires_at=at + INVITE_LIFE)
    session.add(invite)
    session.flush()
    return invite


def give_invite(session: Session, owner: Owner, *, at: datetime) -> Invite:
    """An invite for staff to pass on by letter or by hand; earlier ones stay good until they expire."""
    invite = create_invite(session, owner, at=at)
    record_change(
        session,
        "invite.created",
        subject="owner",
        subject_id=owner.id,
        after={"expires_at": invite.expires_at.isoformat()},
        at=at,
    )
    return invite


def format_start_payload(invite: Invite, secret_key: str) -> str:
    """The payload of a t.me link: the code and its signature, so that codes cannot be tried by link."""
    return f"{invite.code}-{_sign(invite.code, secret_key)}"


def register_by_link(
    session: Session, conversation: Conversation, *, payload: str, secret_key: str, at: datetime
) -> Owner:
    """Raises WrongCode for a payload that was not signed here, was used, or has expired."""
    code, _, signature = payload.partition("-")
    if not hmac.compare_digest(signature.encode(), _sign(code, secret_key).encode()):
        raise WrongCode
    return _use_invite(session, conversation, code, at=at)


def register_by_code(
    session: Session, conversation: Conversation, *, code: str, at: datetime
) -> Owner:
    """A typed code. Raises WrongCode, and TooManyTries after five wrong ones within an hour; the caller
    commits the count of tries all the same."""
    last = conversation.wrong_code_at
    if last is not None and at - last > WRONG_CODE_PAUSE:
        conversation.wrong_codes = 0
    if conversation.wrong_codes >= MAX_WRONG_CODES:
        raise TooManyTries
    try:
        return _use_invite(session, conversation, code.strip().upper(), at=at)
    except WrongCode:
        conversation.wrong_codes += 1
        conversation.wrong_code_at = at
        raise


def _sign(code: str, secret_key: str) -> str:
    return hmac.new(secret_key.encode(), f"invite:{code}".encode(), hashlib.sha256).hexdigest()[:20]


def _use_invite(session: Session, conversation: Conversation, code: str, *, at: datetime) -> Owner:
    invite = find_invite(session, code)
    if invite is None or invite.expires_at < at:
        raise WrongCode
    if invite.used_at is not None and invite.used_by_id != conversation.id:
        raise WrongCode
    owner = session.get_one(Owner, invite.owner_id)
    invite.used_at = invite.used_at or at
    invite.used_by_id = conversation.id
    _link(session, conversation, owner, verified_by="invite", at=at)
    return owner


def _link(
    session: Session, conversation: Conversation, owner: Owner, *, verified_by: str, at: datetime
) -> None:
    conversation.owner_id = owner.id
    conversation.wrong_codes = 0
    conversation.awaiting = None
    if not conversation.language_chosen and owner.language:
        conversation.language = owner.language
    residencies = session.scalars(
        select(Residency).where(Residency.owner_id == owner.id, Residency.ended_at.is_(None))
    )
    for residency in residencies:
        if residency.verified_at is None:
            residency.verified_by, residency.verified_at = verified_by, at
    homes = list_homes(session, owner.id)
    if homes:
        choose_home(session, conversation, homes[0])
    session.flush()
    claim_appeals(session, conversation, at=at)
    announce(session, "conversation", conversation=conversation.id)


def choose_home(session: Session, conversation: Conversation, unit: Unit) -> None:
    """Which home new appeals are about."""
    conversation.unit_id = unit.id
    conversation.project_id = unit.building.project_id
    session.flush()


def leave_ended_homes(session: Session, owner_id: int | None = None) -> None:
    """Chats whose home is nobody's any more go on about another home of the same person, or about none."""
    query = (
        select(Conversation)
        .join(
            Residency,
            (Residency.owner_id == Conversation.owner_id)
            & (Residency.unit_id == Conversation.unit_id),
        )
        .where(Residency.ended_at.is_not(None))
    )
    if owner_id is not None:
        query = query.where(Conversation.owner_id == owner_id)
    for conversation in session.scalars(query).all():
        homes = list_homes(session, conversation.owner_id) if conversation.owner_id else []
        if homes:
            choose_home(session, conversation, homes[0])
        else:
            conversation.unit_id = None
    session.flush()


def get_own_home(session: Session, conversation: Conversation, unit_id: int) -> Unit:
    """Raises NotFound for a unit the owner has no running tie to."""
    if conversation.owner_id is not None:
        for unit in list_homes(session, conversation.owner_id):
            if unit.id == unit_id:
                return unit
    raise NotFound


def choose_quiet_hours(session: Session, conversation: Conversation, choice: str) -> None:
    """The owner's own quiet hours, or the project's again. Raises OldButton for a choice that there is not."""
    owner = session.get(Owner, conversation.owner_id) if conversation.owner_id else None
    if owner is None or choice not in {*QUIET_CHOICES, "none", "usual"}:
        raise OldButton
    if choice == "usual":
        owner.quiet_from = owner.quiet_until = None
    else:
        owner.quiet_from, owner.quiet_until = QUIET_CHOICES.get(choice, (time(0), time(0)))
    session.flush()
