"""Summaries of major appeals (S11): what caused it, what was learnt, what corrected it and what prevents it. The
owner's yes closes an appeal (S6); it is closed for good once it is summed up."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, StaffMember, Summary
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.aftercare import find_summary, has_summary
from ownerdesk.queries.staff import list_supervisors
from ownerdesk.rules.refusals import MissingText, WrongState
from ownerdesk.rules.steps import needs_summary
from ownerdesk.services import outbox
from ownerdesk.services.events import Actor, record
from ownerdesk.services.jobs import CHECK_SUMMARY, enqueue
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.progress import check_text
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import translator

MAX_PART = 4000
REMIND_AFTER = timedelta(hours=24)
ESCALATE_AFTER = timedelta(hours=72)


def write_summary(
    session: Session,
    appeal: Appeal,
    *,
    cause: str,
    learnt: str,
    correction: str,
    prevention: str,
    for_owner: str,
    by: StaffMember,
    at: datetime,
) -> Summary:
    """Write the summary of an appeal, or write it anew; the last version counts.

    Raises MissingText for a part that is missing (`for_owner` may be), TooLong, and WrongState before the work is
    done.
    """
    if appeal.state not in (AppealState.RESOLVED, AppealState.CLOSED):
        raise WrongState(state=appeal.state, action="sum_up")
    parts = {
        field: check_text(field, text, MAX_PART)
        for field, text in (
            ("cause", cause),
            ("learnt", learnt),
            ("correction", correction),
            ("prevention", prevention),
        )
    }
    for_owner = check_text("for_owner", for_owner, MAX_PART) if for_owner.strip() else ""
    summary = find_summary(session, appeal.id)
    if summary is None:
        summary = Summary(appeal_id=appeal.id)
        session.add(summary)
    for field, text in parts.items():
        setattr(summary, field, text)
    summary.for_owner = for_owner
    summary.written_by_id, summary.written_at = by.id, at
    session.flush()
    record(session, appeal, "summary.written", actor=Actor.staff(by.id), at=at)
    return summary


def send_summary(
    session: Session, appeal: Appeal, summary: Summary, *, by: StaffMember, at: datetime
) -> None:
    """Send the owner's version, which may wait for their morning. The same words are sent once. Raises MissingText."""
    if not summary.for_owner:
        raise MissingText("for_owner")
    conversation = appeal.conversation
    _ = voice_of(conversation)
    digest = hashlib.sha256(summary.for_owner.encode()).hexdigest()[:16]
    before = summary.sent_at
    message = outbox.send(
        session,
        conversation,
        _("What we have learnt from {number}:").format(number=appeal.number)
        + f"\n\n{summary.for_owner}\n\n— {by.name}",
        key=f"summary:{appeal.id}:{digest}",
        at=at,
        appeal=appeal,
        can_wait=True,
    )
    if before is not None and message.created_at <= before:
        return
    summary.sent_at = at
    session.flush()
    record(session, appeal, "summary.sent", actor=Actor.staff(by.id), at=at)


def ask_for_summary(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """A major appeal was closed: whoever is responsible is reminded after a day, the manager after three."""
    if not needs_summary(appeal.severity):
        return
    for delay in (REMIND_AFTER, ESCALATE_AFTER):
        enqueue(session, CHECK_SUMMARY, at=at + delay, appeal_id=appeal.id, closure=appeal.reopened)


def check_summary(session: Session, appeal: Appeal, closure: int, *, at: datetime) -> None:
    """Called a day and three days after a closure, perhaps late or twice; each person is told once."""
    if appeal.state != AppealState.CLOSED or appeal.reopened != closure:
        return
    if has_summary(session, appeal) or appeal.closed_at is None:
        return
    supervisor = next(iter(list_supervisors(session, appeal.project)), None)
    responsible = appeal.responsible or supervisor
    if responsible is not None and at >= appeal.closed_at + REMIND_AFTER:
        _remind(session, appeal, responsible, "remind", at=at)
    if supervisor is not None and at >= appeal.closed_at + ESCALATE_AFTER:
        _remind(session, appeal, supervisor, "late", at=at)


def _remind(
    session: Session, appeal: Appeal, member: StaffMember, step: str, *, at: datetime
) -> None:
    _ = translator(member.language)
    text = _("Please sum up {number}: what caused it, what was learnt, and how it is prevented.")
    if step == "late":
        text = _("{number} was closed three days ago and is not summed up yet.")
    tell_staff(
        session, member, text.format(number=appeal.number), topic=f"summary.{step}",
        key=f"summary:{appeal.id}:{appeal.reopened}:{step}", at=at, appeal=appeal,
    )  # fmt: skip
