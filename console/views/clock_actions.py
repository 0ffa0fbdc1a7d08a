"""The clocks of an appeal on its page: what runs and why it is due then, and what may be promised, asked, made good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from console.forms import BadForm, Form, parse_choice, parse_id, parse_nonce
from console.moments import Moment, list_days, list_soon, make_moment, parse_moment
from console.render import Desk
from console.views.appeal_actions import Action
from ownerdesk.explanations import explain
from ownerdesk.model import Apology, Appeal, Promise, Remedy, StaffMember
from ownerdesk.model.promises import TOLD
from ownerdesk.queries.appeals import list_open_promises
from ownerdesk.rules.access import Right
from ownerdesk.rules.appeals import is_worked_on
from ownerdesk.services.apologies import approve_apology, find_draft, get_apology
from ownerdesk.services.asking import ask_owner
from ownerdesk.services.promises import BY_HAND, SLIPPING, promise_by_hand
from ownerdesk.services.remedies import (
    format_amount,
    get_remedy,
    grant_remedy,
    limit_of,
    list_grants,
    list_remedies,
    parse_amount,
)
from ownerdesk.services.renegotiating import renegotiate_promise


@dataclass(frozen=True)
class Running:
    """A promise that has not ended, with its explanation in words."""

    promise: Promise
    name: str
    maker: str
    explanation: str
    is_told: bool


@dataclass(frozen=True)
class Clocks:
    """What the page shows and offers. `new_times` are those of an apology, the one that it proposes first."""

    running: list[Running]
    draft: Apology | None
    new_times: list[Moment]
    soon: list[Moment]
    days: list[Moment]
    remedies: list[tuple[Remedy, str]]
    granted: list[str]
    may_promise: bool

    @property
    def promised(self) -> Running | None:
        """What the owner was told and is due first."""
        told = [r for r in self.running if r.is_told and r.promise.stopped_at is None]
        return min(told, key=lambda r: r.promise.due_at, default=None)

    @property
    def slipping(self) -> list[Running]:
        """What may be renegotiated: the owner was told of it, and it still runs."""
        return [r for r in self.running if r.is_told and r.promise.kind in SLIPPING]


def read_clocks(session: Session, appeal: Appeal, desk: Desk) -> Clocks:
    words = desk.words
    zone = appeal.project.timezone
    running = []
    for promise in list_open_promises(session, appeal.id):
        maker = session.get(StaffMember, promise.staff_id) if promise.staff_id else None
        text = explain(promise.explanation, timezone=zone, language=words.language, now=words.now)
        running.append(
            Running(
                promise,
                words.promise_kinds[promise.kind],
                maker.name if maker else "",
                text,
                promise.kind in TOLD,
            )
        )
    draft = find_draft(session, appeal.id)
    soon = list_soon(words, zone)
    proposed = [make_moment(draft.new_due_at, words, zone)] if draft is not None else []
    remedies = [
        (remedy, limit_of(desk.member, remedy, appeal.project_id))
        for remedy in list_remedies(session, appeal.project_id)
    ]

    def amount_of(amount: Decimal, remedy: Remedy) -> str:
        return format_amount(amount, remedy.unit, words.language)

    names = {remedy.id: words.pick(remedy.names) for remedy, _limit in remedies}
    granted = [
        f"{names.get(grant.remedy_id, '')}: {amount_of(Decimal(str(grant.amount)), grant.remedy)}"
        for grant in list_grants(session, appeal.id)
    ]
    may_work = desk.may(appeal.project_id, Right.WORK_APPEALS)
    return Clocks(
        running=running,
        draft=draft,
        new_times=proposed + soon,
        soon=soon,
        days=list_days(words, zone),
        remedies=[
            (remedy, amount_of(limit, remedy))
            for remedy, limit in remedies
            if may_work and limit > 0
        ],
        granted=granted,
        may_promise=may_work and is_worked_on(appeal.state),
    )


def promise(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    promise_by_hand(
        session,
        appeal,
        by=by,
        due_at=parse_moment(form, appeal.project.timezone),
        words=form.get("words", ""),
        kind=parse_choice(form, "kind", BY_HAND),
        at=at,
    )


def renegotiate(
    session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime
) -> None:
    remedy = _chosen_remedy(session, appeal, form)
    renegotiate_promise(
        session,
        appeal,
        parse_choice(form, "kind", SLIPPING),
        new_due_at=parse_moment(form, appeal.project.timezone),
        reason=form.get("reason", ""),
        remedy=remedy,
        amount=parse_amount(form.get("amount", ""), remedy.unit) if remedy else 1,
        by=by,
        at=at,
    )


def ask(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    ask_owner(session, appeal, form.get("question", ""), by=by, key=parse_nonce(form), at=at)


def apologise(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    apology = get_apology(session, parse_id(form.get("apology", ""), "apology"))
    if apology.appeal_id != appeal.id:
        raise BadForm("apology")
    remedy = _chosen_remedy(session, appeal, form)
    new_due_at = parse_moment(form, appeal.project.timezone)
    if new_due_at == apology.new_due_at.replace(second=0, microsecond=0):
        new_due_at = apology.new_due_at
    approve_apology(
        session,
        apology,
        by=by,
        words=form.get("words", ""),
        new_due_at=new_due_at,
        remedy=remedy,
        amount=parse_amount(form.get("amount", ""), remedy.unit) if remedy else 1,
        at=at,
    )


def grant(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    remedy = _chosen_remedy(session, appeal, form)
    if remedy is None:
        raise BadForm("remedy")
    amount = parse_amount(form.get("amount", ""), remedy.unit)
    key = f"form:{by.id}:{parse_nonce(form)}"
    grant_remedy(session, appeal, remedy, amount=amount, by=by, key=key, at=at)


def _chosen_remedy(session: Session, appeal: Appeal, form: Form) -> Remedy | None:
    text = form.get("remedy", "")
    return get_remedy(session, appeal.project_id, parse_id(text, "remedy")) if text else None


CLOCK_ACTIONS = {
    "promise": Action(Right.WORK_APPEALS, promise, is_held=True),
    "renegotiate": Action(Right.WORK_APPEALS, renegotiate, is_held=True),
    "ask": Action(Right.WORK_APPEALS, ask, is_held=True),
    "apologise": Action(Right.WORK_APPEALS, apologise, is_held=True),
    "grant": Action(Right.WORK_APPEALS, grant, is_held=True),
}
