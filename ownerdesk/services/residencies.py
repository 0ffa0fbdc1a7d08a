"""Owners as staff keep them: who they are, the homes they have a tie to, and what they agreed to have kept of their
household."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ownerdesk.model import AuditEntry, Owner, Residency, StaffMember, Unit
from ownerdesk.rules.imports import ROLES, parse_full_phone
from ownerdesk.rules.refusals import (
    AlreadyExists,
    InvalidField,
    MissingText,
    NotAgreed,
    SwitchedOff,
    TooLong,
)
from ownerdesk.services.audit import record_change
from ownerdesk.services.changes import add_row, change_row
from ownerdesk.services.owners import leave_ended_homes
from ownerdesk.texts import LANGUAGES

MAX_NAME = 200
MAX_FACTS = 20
MAX_FACT = 300


def add_owner(
    session: Session,
    unit: Unit,
    *,
    name: str,
    phone: str,
    language: str,
    role: str,
    by: StaffMember,
    at: datetime,
) -> Owner:
    """Somebody new, with their first home. Raises MissingText, TooLong, InvalidField, AlreadyExists for a phone somebody
    has, SwitchedOff."""
    owner = Owner(**_check_owner(session, name, phone, language))
    add_row(session, owner, "owner", by=by, at=at)
    add_residency(session, owner, unit, role=role, share=None, since=None, by=by, at=at)
    return owner


def _check_owner(
    session: Session, name: str, phone: str, language: str, but: int | None = None
) -> dict[str, str | None]:
    name = name.strip()
    if not name:
        raise MissingText("name")
    if len(name) > MAX_NAME:
        raise TooLong("name", MAX_NAME)
    number = parse_full_phone(phone) if phone.strip() else None
    if phone.strip() and number is None:
        raise InvalidField("phone")
    if language and language not in LANGUAGES:
        raise InvalidField("language")
    if number is not None:
        taken = session.scalar(select(Owner.id).where(Owner.phone == number))
        if taken is not None and taken != but:
            raise AlreadyExists("phone")
    return {"name": name, "phone": number, "language": language or None}


def edit_owner(
    session: Session,
    owner: Owner,
    *,
    name: str,
    phone: str,
    language: str,
    by: StaffMember,
    at: datetime,
) -> None:
    """Chats that are linked stay linked. Raises MissingText, TooLong, InvalidField, AlreadyExists for the phone."""
    new = _check_owner(session, name, phone, language, but=owner.id)
    change_row(session, owner, "owner", new, by=by, at=at)


def set_facts(
    session: Session,
    owner: Owner,
    facts: Mapping[str, str],
    *,
    has_agreed: bool,
    by: StaffMember,
    at: datetime,
) -> None:
    """What is known of a household, each under a word, only of those who agreed. Taking the consent back removes the
    facts, out of the audit log too. Raises NotAgreed, InvalidField."""
    facts = {word.strip(): text.strip() for word, text in facts.items() if text.strip()}
    if not has_agreed:
        if facts:
            raise NotAgreed
        _forget_facts(session, owner, by=by, at=at)
        return
    if len(facts) > MAX_FACTS or any(
        not word or len(word) > MAX_FACT or len(text) > MAX_FACT for word, text in facts.items()
    ):
        raise InvalidField("facts")
    agreed_at = owner.facts_agreed_at or at
    change_row(
        session, owner, "owner", {"facts_agreed_at": agreed_at, "facts": facts}, by=by, at=at
    )


def _forget_facts(session: Session, owner: Owner, *, by: StaffMember, at: datetime) -> None:
    if owner.facts_agreed_at is None:
        return
    owner.facts, owner.facts_agreed_at = {}, None
    session.flush()
    entries = AuditEntry.subject == "owner", AuditEntry.subject_id == owner.id
    for column in (AuditEntry.before, AuditEntry.after):
        session.execute(
            update(AuditEntry)
            .where(*entries, column.has_key("facts"))
            .values({column: column.op("-")("facts")})
            .execution_options(synchronize_session=False)
        )
    record_change(
        session,
        "owner.facts_forgotten",
        subject="owner",
        subject_id=owner.id,
        staff_id=by.id,
        at=at,
    )


def add_residency(
    session: Session,
    owner: Owner,
    unit: Unit,
    *,
    role: str,
    share: Decimal | None,
    since: date | None,
    by: StaffMember,
    at: datetime,
) -> Residency:
    """One more home, or one that they are back in: then they prove again who they are. Raises AlreadyExists for a tie
    that runs, SwitchedOff, InvalidField."""
    _check_tie(role, share, since, at)
    if not unit.is_active or not unit.building.is_active:
        raise SwitchedOff
    tie = session.scalar(
        select(Residency)
        .where(Residency.owner_id == owner.id, Residency.unit_id == unit.id)
        .with_for_update()
    )
    if tie is None:
        tie = Residency(owner_id=owner.id, unit_id=unit.id, role=role, share=share, since=since)
        add_row(session, tie, "residency", by=by, at=at)
        return tie
    if tie.ended_at is None:
        raise AlreadyExists("residency")
    new = {
        "role": role, "share": share, "since": since,
        "ended_at": None, "verified_by": None, "verified_at": None,
    }  # fmt: skip
    change_row(session, tie, "residency", new, by=by, at=at)
    return tie


def _check_tie(role: str, share: Decimal | None, since: date | None, at: datetime) -> None:
    if role not in ROLES:
        raise InvalidField("role")
    if share is not None and not 0 < share <= 100:
        raise InvalidField("share")
    if since is not None and not date(1800, 1, 1) <= since <= at.date():
        raise InvalidField("since")


def edit_residency(
    session: Session,
    tie: Residency,
    *,
    role: str,
    share: Decimal | None,
    since: date | None,
    by: StaffMember,
    at: datetime,
) -> None:
    """Raises InvalidField."""
    _check_tie(role, share, since, at)
    new = {"role": role, "share": share, "since": since}
    change_row(session, tie, "residency", new, by=by, at=at)


def end_residency(session: Session, tie: Residency, *, by: StaffMember, at: datetime) -> None:
    """They moved out: their chats go on about another home, or about none; open appeals stay theirs. Done twice it is
    done once."""
    if tie.ended_at is not None:
        return
    change_row(session, tie, "residency", {"ended_at": at}, by=by, at=at, action="ended")
    leave_ended_homes(session, tie.owner_id)
