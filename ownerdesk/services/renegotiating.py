"""Renegotiating: whoever sees that a promise will not hold says so before anybody is warned (S6)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Apology, Appeal, Promise, Remedy, StaffMember
from ownerdesk.queries.appeals import find_open_promise
from ownerdesk.rules.refusals import NotFound
from ownerdesk.services.apologies import approve_apology
from ownerdesk.services.progress import MAX_REASON, check_text
from ownerdesk.services.promises import SLIPPING, count_slips
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import format_when


class NothingPromised(NotFound):
    """No promise of that kind runs."""


def renegotiate_promise(
    session: Session,
    appeal: Appeal,
    kind: str,
    *,
    new_due_at: datetime,
    reason: str,
    by: StaffMember,
    at: datetime,
    remedy: Remedy | None = None,
    amount: Decimal | float = 1,
) -> None:
    """The owner hears apology, reason, the new time and perhaps a remedy, in one message.

    Raises NothingPromised, and what `approve_apology` raises: ManagerOnly for a second slip among it.
    """
    reason = check_text("reason", reason, MAX_REASON).rstrip(".")
    promise = find_open_promise(session, appeal.id, kind)
    if promise is None or kind not in SLIPPING:
        raise NothingPromised
    words = _words(appeal, promise, reason, at=at)
    apology = _draft(session, appeal, promise, reason, words, new_due_at=new_due_at, at=at)
    approve_apology(
        session, apology, by=by, words=words, new_due_at=new_due_at, remedy=remedy, amount=amount,
        at=at,
    )  # fmt: skip


def _words(appeal: Appeal, promise: Promise, reason: str, *, at: datetime) -> str:
    language = appeal.conversation.language
    _ = voice_of(appeal.conversation)
    old = format_when(promise.due_at, timezone=appeal.project.timezone, language=language, now=at)
    if at > promise.due_at:
        text = _("{number}: I am sorry, {old} has passed: {reason}.")
    else:
        text = _("{number}: I am sorry, I cannot keep to {old}: {reason}.")
    return text.format(number=appeal.number, old=old, reason=reason)


def _draft(
    session: Session,
    appeal: Appeal,
    promise: Promise,
    reason: str,
    words: str,
    *,
    new_due_at: datetime,
    at: datetime,
) -> Apology:
    """The promise's own draft where there is one already."""
    apology = session.scalar(select(Apology).where(Apology.promise_id == promise.id))
    if apology is not None and apology.state == "draft":
        return apology
    slips = count_slips(session, appeal.id) + 1
    if apology is None:
        apology = Apology(promise_id=promise.id, appeal_id=appeal.id)
    apology.state, apology.slips = "draft", slips
    apology.reason, apology.words, apology.new_due_at = reason, words, new_due_at
    apology.drafted_at = apology.send_at = at
    apology.ended_at = apology.approved_by_id = apology.remedy_id = None
    session.add(apology)
    session.flush()
    return apology
