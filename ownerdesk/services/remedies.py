"""Remedies: something from the catalogue, given by a person within the limit of their role (S6, S10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from babel.numbers import format_currency
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Remedy, RemedyGrant, StaffMember
from ownerdesk.queries.content import list_offered
from ownerdesk.rules.refusals import NotFound, Refusal
from ownerdesk.services import outbox
from ownerdesk.services.events import Actor, record
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import babel_locale, pick, translator

TIMES = "times"  # every other unit is a currency, by its ISO 4217 code


class OverLimit(Refusal):
    """More than the giver's roles allow for one appeal; `limit` is how much that is, 0 where it is nothing."""

    def __init__(self, limit: Decimal, unit: str) -> None:
        super().__init__(f"the limit is {limit} {unit}")
        self.limit = limit
        self.unit = unit


class InvalidAmount(Refusal):
    """An amount that is no positive number of whole cents, or of whole times."""


class RemedyNotFound(NotFound):
    """No such remedy is offered in this project."""


def get_remedy(session: Session, project_id: int, remedy_id: int) -> Remedy:
    """Raises RemedyNotFound."""
    remedy = session.get(Remedy, remedy_id)
    if remedy is None or not remedy.is_offered or remedy.project_id not in (None, project_id):
        raise RemedyNotFound
    return remedy


def list_remedies(session: Session, project_id: int) -> Sequence[Remedy]:
    """What is offered in a project; its own row of a code takes the place of the common one."""
    return sorted(list_offered(session, Remedy, "code", project_id), key=lambda row: row.id)


def limit_of(member: StaffMember, remedy: Remedy, project_id: int) -> Decimal:
    """The most one of the member's roles in the project allows for one appeal."""
    limits = [
        Decimal(str(remedy.limits[role.role]))
        for role in member.roles
        if role.project_id in (None, project_id) and role.role in remedy.limits
    ]
    return max(limits, default=Decimal(0))


def list_grants(session: Session, appeal_id: int) -> Sequence[RemedyGrant]:
    return session.scalars(
        select(RemedyGrant).where(RemedyGrant.appeal_id == appeal_id).order_by(RemedyGrant.id)
    ).all()


def parse_amount(text: str, unit: str) -> Decimal:
    """What a form says; nothing means one. Raises InvalidAmount."""
    try:
        amount = Decimal(text.strip().replace(",", ".") or "1")
    except InvalidOperation:
        raise InvalidAmount from None
    return check_amount(amount, unit)


def check_amount(amount: Decimal, unit: str) -> Decimal:
    """Raises InvalidAmount."""
    if not amount.is_finite() or not 0 < amount < 10**8:
        raise InvalidAmount
    if amount != round(amount, 0 if unit == TIMES else 2):
        raise InvalidAmount
    return amount


def grant_remedy(
    session: Session,
    appeal: Appeal,
    remedy: Remedy,
    *,
    amount: Decimal | float,
    by: StaffMember,
    key: str,
    at: datetime,
    tell: bool = True,
) -> RemedyGrant:
    """Give it, and tell the owner unless that is said elsewhere. The same key again gives nothing more.

    What the giver gave before for this appeal counts, so that no limit is passed in small steps. Raises OverLimit,
    InvalidAmount, RemedyNotFound.
    """
    # Two forms at once wait for each other here.
    session.execute(select(Appeal.id).where(Appeal.id == appeal.id).with_for_update())
    known = session.scalar(select(RemedyGrant).where(RemedyGrant.key == key))
    if known is not None:
        return known
    get_remedy(session, appeal.project_id, remedy.id)
    wanted = check_amount(Decimal(str(amount)), remedy.unit)
    limit = limit_of(by, remedy, appeal.project_id)
    given = session.scalar(
        select(func.coalesce(func.sum(RemedyGrant.amount), 0)).where(
            RemedyGrant.appeal_id == appeal.id,
            RemedyGrant.remedy_id == remedy.id,
            RemedyGrant.granted_by_id == by.id,
        )
    )
    if Decimal(given or 0) + wanted > limit:
        raise OverLimit(limit, remedy.unit)
    grant = RemedyGrant(
        appeal_id=appeal.id, remedy_id=remedy.id, amount=wanted, granted_by_id=by.id,
        granted_at=at, key=key,
    )  # fmt: skip
    session.add(grant)
    session.flush()
    record(
        session, appeal, "remedy.granted", actor=Actor.staff(by.id), at=at, remedy=remedy.code,
        amount=str(wanted), unit=remedy.unit, grant_id=grant.id,
    )  # fmt: skip
    if tell:
        _ = voice_of(appeal.conversation)
        text = _("{number}: as a sign of goodwill I have arranged this for you: {remedy}.")
        outbox.send(
            session,
            appeal.conversation,
            text.format(number=appeal.number, remedy=format_remedy(appeal, remedy, wanted))
            + f" — {by.name}",
            key=f"remedy:{grant.id}",
            at=at,
            appeal=appeal,
            staff_id=by.id,
            can_wait=True,
        )
    return grant


def format_remedy(appeal: Appeal, remedy: Remedy, amount: Decimal | float) -> str:
    """A remedy as the owner reads it, with its amount where it is more than one time."""
    language = appeal.conversation.language
    name = pick(remedy.names, language)
    if remedy.unit == TIMES and amount == 1:
        return name
    _ = voice_of(appeal.conversation)
    return _("{remedy} ({amount})").format(
        remedy=name, amount=format_amount(amount, remedy.unit, language)
    )


def format_amount(amount: Decimal | float, unit: str, language: str) -> str:
    """How much of a remedy, as people write it: “2 ×”, “€12.50”, “12,50 €”."""
    if unit == TIMES:
        return translator(language)("{count} ×").format(count=int(amount))
    return format_currency(Decimal(str(amount)), unit, locale=babel_locale(language))
