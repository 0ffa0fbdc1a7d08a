"""Cancelling: an owner withdraws an appeal, or staff end it with a reason that the owner reads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, StaffMember
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.appeals import find_open_promise
from ownerdesk.queries.merging import is_same_owner, list_merged
from ownerdesk.rules.appeals import AppealAction, next_state
from ownerdesk.rules.liability import check_admits_nothing
from ownerdesk.services.cards import refresh_card, reopening_buttons
from ownerdesk.services.emergencies import alarm_by_itself
from ownerdesk.services.events import BOT, OWNER, Actor, record
from ownerdesk.services.offers import withdraw_offers
from ownerdesk.services.owner_news import tell_owners
from ownerdesk.services.progress import MAX_REASON, check_text
from ownerdesk.services.promises import due_from_now, make_promise, withdraw_promises
from ownerdesk.texts import Translate


def cancel_appeal(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """Withdrawn by the owner. What others reported and was merged into it goes on by itself. Raises WrongState when it
    is resolved, closed or cancelled already."""
    is_calling = appeal.severity == "emergency" and appeal.state == AppealState.RECEIVED
    promised = find_open_promise(session, appeal.id, "resolution")
    due_at = promised.due_at if promised is not None and promised.due_at > at else None
    end_unsolved(session, appeal, AppealAction.CANCEL, closed_by="owner", at=at)
    record(session, appeal, "appeal.cancelled", actor=OWNER, at=at)
    _let_others_go_on(session, appeal, due_at=due_at, is_calling=is_calling, at=at)
    refresh_card(session, appeal, at=at)


def cancel_with_reason(
    session: Session, appeal: Appeal, *, reason: str, by: StaffMember, at: datetime
) -> None:
    """Staff end it; every owner is told why, and may reopen it. Raises WrongState, MissingText, TooLong,
    AdmitsLiability."""
    reason = check_text("reason", reason, MAX_REASON)
    check_admits_nothing(reason)
    end_unsolved(session, appeal, AppealAction.CANCEL, closed_by="staff", at=at)
    appeal.ended_reason = reason
    session.flush()
    event = record(
        session, appeal, "appeal.cancelled", actor=Actor.staff(by.id), at=at, reason=reason
    )
    session.flush()
    refresh_card(session, appeal, at=at)

    def write(heard: Appeal, _: Translate) -> str:
        text = _(
            "{number}: I cannot go on with this: {reason} If that is not right, reopen it. — {name}"
        )
        return text.format(number=heard.number, reason=reason, name=by.name)

    key = f"cancelled:{event.id}"
    tell_owners(session, appeal, write, key=key, at=at, offer=reopening_buttons, staff_id=by.id)


def end_unsolved(
    session: Session, appeal: Appeal, action: AppealAction, *, closed_by: str, at: datetime
) -> None:
    """What every end without a solution shares: nothing is owed any more, and nobody is sent. Raises WrongState."""
    appeal.state = next_state(appeal.state, action)
    appeal.closed_at, appeal.closed_by, appeal.next_due_at = at, closed_by, None
    appeal.deferred_until = appeal.deferred_reason = None
    withdraw_promises(session, appeal, at=at)
    withdraw_offers(session, appeal, at=at)
    session.flush()


def _let_others_go_on(
    session: Session, appeal: Appeal, *, due_at: datetime | None, is_calling: bool, at: datetime
) -> None:
    """The first of what was merged into it is an appeal again, an emergency before all else, and the rest goes on as
    that one. `is_calling` says that people were still being alarmed: then they are for another's emergency too."""
    others = [m for m in list_merged(session, appeal.id) if not is_same_owner(m, appeal)]
    if not others:
        return
    first, *rest = sorted(others, key=lambda m: m.severity != "emergency")
    first.merged_into_id = None
    for other in rest:
        other.merged_into_id = first.id
    if is_calling and first.severity == "emergency":
        alarm_by_itself(session, first, at=at)
        record(session, first, "appeal.goes_on", actor=BOT, at=at, number=appeal.number)
        refresh_card(session, first, at=at)
        return
    due = due_at or due_from_now(first, at=at)
    first.state = next_state(first.state, AppealAction.TAKE_UP)
    first.responsible_id = appeal.responsible_id or first.responsible_id
    first.next_due_at, first.closed_at, first.closed_by = due, None, None
    session.flush()
    session.refresh(first, ["responsible"])
    record(session, first, "appeal.goes_on", actor=BOT, at=at, number=appeal.number)
    make_promise(session, first, "resolution", due_at=due, actor=BOT, at=at)
    refresh_card(session, first, at=at)
