"""Stale forms: every form about an appeal carries the latest fact its page knew; what came since is shown first."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.forms import Form, parse_id
from ownerdesk.model import Appeal, AppealEvent
from ownerdesk.rules.appeal_events import QUIET
from ownerdesk.rules.refusals import Refusal

FIELD = "fact"


class StaleForm(Refusal):
    """Something has changed since the page was drawn; `seen` is the id of the latest fact it knew."""

    def __init__(self, seen: int) -> None:
        super().__init__("the form is older than the appeal")
        self.seen = seen


def check_seen(session: Session, appeal: Appeal, form: Form) -> None:
    """The appeal is locked by the caller. Raises StaleForm, BadForm."""
    if FIELD not in form:
        return
    seen = parse_id(form[FIELD], FIELD)
    newer = select(AppealEvent.id).where(
        AppealEvent.appeal_id == appeal.id,
        AppealEvent.id > seen,
        AppealEvent.name.not_in(QUIET),
        AppealEvent.undone_at.is_(None),
    )
    if session.scalar(newer.limit(1)) is not None:
        raise StaleForm(seen)


def latest_fact(session: Session, appeal: Appeal) -> int:
    """What a page drawn now knows."""
    latest = select(func.max(AppealEvent.id)).where(AppealEvent.appeal_id == appeal.id)
    return session.scalar(latest) or 0
