"""One action on many appeals: tried first, then done in one go, each refusal beside the appeal it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, BulkAction, StaffMember
from ownerdesk.queries.appeals import get_appeal_for_staff
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import ActionNotFound, AppealNotFound, Refusal
from ownerdesk.services.live import untold

# Each appeal is a handful of statements and messages; so many are done within a second or two.
MOST = 100

Do = Callable[[Appeal], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one appeal: done, or refused and why."""

    appeal_id: int
    refusal: Refusal | None = None


def run_each(
    session: Session, member: StaffMember, appeal_ids: Sequence[int], right: Right, do: Do
) -> list[Outcome]:
    """Lock and act, one appeal after the other; a refusal takes back that appeal alone. In the order of ids, so that two
    people with the same choice wait for each other instead of for ever. What the member may not see is left out, as
    if it did not exist."""
    outcomes = []
    for appeal_id in sorted(set(appeal_ids))[:MOST]:
        try:
            get_appeal_for_staff(session, member, appeal_id, Right.SEE_APPEALS)
        except AppealNotFound:
            continue
        outcomes.append(_run(session, member, appeal_id, right, do))
    return outcomes


def _run(session: Session, member: StaffMember, appeal_id: int, right: Right, do: Do) -> Outcome:
    try:
        with session.begin_nested():
            do(get_appeal_for_staff(session, member, appeal_id, right, lock=True))
            session.flush()
    except Refusal as refusal:
        return Outcome(appeal_id, refusal)
    return Outcome(appeal_id)


def try_each(
    session: Session, member: StaffMember, appeal_ids: Sequence[int], right: Right, do: Do
) -> list[Outcome]:
    """What would become of each if it were done now. It is done and taken back, so that nothing has to be guessed:
    messages, jobs and news of it go with it."""
    with untold(session):
        trial = session.begin_nested()
        try:
            return run_each(session, member, appeal_ids, right, do)
        finally:
            trial.rollback()
            session.expire_all()


def claim_key(
    session: Session, member: StaffMember, action: str, key: str, *, at: datetime
) -> BulkAction | None:
    """A row for what is about to be done. None when a form with this key was sent before: a second sending waits here
    for the first and then finds it done."""
    return session.scalar(
        insert(BulkAction)
        .values(staff_id=member.id, action=action, outcomes=[], key=key, done_at=at)
        .on_conflict_do_nothing()
        .returning(BulkAction)
    )


def find_by_key(session: Session, key: str) -> BulkAction | None:
    return session.scalar(select(BulkAction).where(BulkAction.key == key))


def get_bulk_action(session: Session, member: StaffMember, action_id: int) -> BulkAction:
    """One's own. Raises ActionNotFound."""
    row = session.get(BulkAction, action_id)
    if row is None or row.staff_id != member.id:
        raise ActionNotFound
    return row
