"""The data set, looked after by people: taken out, sent back to be labelled, and checked as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ownerdesk.model import DataCheck, Example, LabelItem, LabelVote, StaffMember
from ownerdesk.rules.dataset_checks import Finding
from ownerdesk.rules.refusals import DataCheckUnderWay, ExampleRemoved, NoMessage
from ownerdesk.services.audit import record_change
from ownerdesk.services.jobs import CHECK_DATA, enqueue
from ownerdesk.services.label_items import remove_example
from ownerdesk.services.live import announce

MOST_ATTEMPTS = 2
MOST_FINDINGS = 500
MOST_COMPLAINTS = 100
UNDER_WAY = ("queued", "running")


def take_out(session: Session, example: Example, *, by: StaffMember, at: datetime) -> None:
    """Out of the data set. Raises ExampleRemoved when somebody was quicker."""
    _lock(session, example)
    remove_example(session, example, by=by, at=at)


def send_back(session: Session, example: Example, *, by: StaffMember, at: datetime) -> LabelItem:
    """Out of the data set, and its message into the inbox again, as if nobody had labelled it. What was said of it stays
    in the audit log. Raises ExampleRemoved, and NoMessage for an example that was made of none."""
    if example.item_id is None:
        raise NoMessage
    item = session.get_one(LabelItem, example.item_id, with_for_update=True)
    _lock(session, example)
    said = [{"staff_id": v.staff_id, "verdict": v.verdict, **v.labels} for v in item.votes]
    remove_example(session, example, by=by, at=at)
    session.execute(delete(LabelVote).where(LabelVote.item_id == item.id))
    session.expire(item, ["votes"])
    item.state = "open"
    record_change(
        session, "example.relabelled", subject="example", subject_id=example.id, at=at,
        staff_id=by.id, project_id=item.project_id, before={"votes": said},
    )  # fmt: skip
    announce(session, "labelling", item=item.id)
    return item


def _lock(session: Session, example: Example) -> None:
    session.flush()
    session.refresh(example, with_for_update=True)
    if example.removed_at is not None:
        raise ExampleRemoved


def request_check(session: Session, *, by: StaffMember, at: datetime) -> DataCheck:
    """Have the whole data set checked where models are trained. Raises DataCheckUnderWay: two who press at once start
    one."""
    check = DataCheck(requested_by_id=by.id, requested_at=at, state="queued")
    try:
        with session.begin_nested():
            session.add(check)
            session.flush()
    except IntegrityError:
        raise DataCheckUnderWay from None
    enqueue(session, CHECK_DATA, check_id=check.id)
    announce(session, "data_check", check=check.id)
    return check


def begin_check(session: Session, check_id: int, *, at: datetime) -> bool:
    """Whether the trainer is to go on. A check whose trainer died is begun again once, then it has failed."""
    check = session.get(DataCheck, check_id, with_for_update=True)
    if check is None or check.state not in UNDER_WAY:
        return False
    if check.attempts >= MOST_ATTEMPTS:
        fail_check(session, check_id, "the trainer died twice", at=at)
        return False
    check.state, check.attempts = "running", check.attempts + 1
    announce(session, "data_check", check=check.id)
    return True


def keep_findings(
    session: Session, check_id: int, findings: Sequence[Finding], examples: Sequence[Example]
) -> None:
    """What was found in so many examples. Rasa's own word is still to come."""
    check = session.get_one(DataCheck, check_id)
    check.findings = [asdict(finding) for finding in findings[:MOST_FINDINGS]]
    check.examples = len(examples)
    check.last_example_id = max((example.id for example in examples), default=None)


def end_check(
    session: Session, check_id: int, *, is_valid: bool, complaints: Sequence[str], at: datetime
) -> None:
    """Rasa has looked at the export too."""
    check = session.get_one(DataCheck, check_id)
    check.is_valid, check.complaints = is_valid, list(complaints[:MOST_COMPLAINTS])
    check.state, check.ended_at = "done", at
    announce(session, "data_check", check=check.id)


def fail_check(session: Session, check_id: int, error: str, *, at: datetime) -> None:
    """It ends without Rasa's word; what was found before stays. `error` says why, in words for an admin."""
    check = session.get_one(DataCheck, check_id)
    check.state, check.ended_at, check.error = "failed", at, error[:500]
    announce(session, "data_check", check=check.id)
