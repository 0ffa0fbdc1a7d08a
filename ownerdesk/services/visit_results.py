"""What became of a return visit: the owner's answer by button, or what a member of staff heard."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, ReturnVisit, StaffMember
from ownerdesk.queries.aftercare import get_visit, list_workers
from ownerdesk.queries.appeals import get_appeal_for_staff, get_own_appeal
from ownerdesk.queries.staff import list_supervisors
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import AppealNotFound, OwnWork, VisitEnded, VisitNotFound
from ownerdesk.rules.return_visits import CALL_WITHIN, RESULTS_WITH_WORDS
from ownerdesk.services import outbox
from ownerdesk.services.closure import reopen_appeal
from ownerdesk.services.events import OWNER, Actor, record
from ownerdesk.services.jobs import CHECK_RETURN_VISIT, enqueue
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.progress import check_text
from ownerdesk.services.return_visits import end_visit
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import format_when, translator

MAX_ANSWER = 2000


def get_own_visit(session: Session, conversation: Conversation, visit_id: int) -> ReturnVisit:
    """The visit of one of the asker's appeals, locked with it. Raises VisitNotFound for any other."""
    visit = get_visit(session, visit_id)
    try:
        get_own_appeal(session, conversation, visit.appeal_id)
    except AppealNotFound:
        raise VisitNotFound from None
    session.refresh(visit)
    return visit


def get_visit_for_staff(
    session: Session, member: StaffMember, visit_id: int, right: Right
) -> ReturnVisit:
    """The same for staff. Raises VisitNotFound."""
    visit = get_visit(session, visit_id)
    try:
        get_appeal_for_staff(session, member, visit.appeal_id, right, lock=True)
    except AppealNotFound:
        raise VisitNotFound from None
    session.refresh(visit)
    return visit


def answer_visit(session: Session, visit: ReturnVisit, result: str, *, at: datetime) -> None:
    """The owner presses `satisfied` or `came_back`. The same press again changes nothing; raises VisitEnded where
    the visit ended in another way."""
    if visit.ended_at is not None:
        if visit.result == result:
            return
        raise VisitEnded
    _end(session, visit, result, answer=None, by=None, at=at)
    if result == "satisfied":
        conversation = visit.appeal.conversation
        _ = voice_of(conversation)
        question = outbox.find_message(session, f"visit?:{visit.id}")
        outbox.send_in_place(
            session, question, conversation,
            _("I am glad to hear that. Thank you for telling me."),
            key=f"visit.thanks:{visit.id}", at=at, appeal=visit.appeal,
        )  # fmt: skip


def wish_call(session: Session, visit: ReturnVisit, *, at: datetime) -> None:
    """The owner would rather be called: whoever pays the visit hears it, and the owner who calls and by when. Pressed
    twice it is told once. Raises VisitEnded."""
    if visit.ended_at is not None:
        raise VisitEnded
    if visit.call_wished_at is not None:
        return
    visit.call_wished_at = at
    if visit.due_at <= at:
        visit.due_at = at + CALL_WITHIN
        enqueue(session, CHECK_RETURN_VISIT, at=visit.due_at, visit_id=visit.id)
    session.flush()
    appeal = visit.appeal
    record(session, appeal, "visit.wished", actor=OWNER, at=at, visit_id=visit.id)
    supervisor = next(iter(list_supervisors(session, appeal.project)), None)
    caller = visit.staff_member or supervisor or appeal.responsible
    zone, conversation = appeal.project.timezone, appeal.conversation
    _ = voice_of(conversation)
    text = _("I have passed that on. You will be called by {when}.")
    if caller is not None:
        text = _("{name} will call you by {when}.")
        _tell_caller(session, visit, caller, at=at)
    when = format_when(visit.due_at, timezone=zone, language=conversation.language, now=at)
    outbox.send(
        session, conversation, text.format(name=caller.name if caller else "", when=when),
        key=f"visit.call:{visit.id}", at=at, appeal=appeal,
    )  # fmt: skip


def _tell_caller(
    session: Session, visit: ReturnVisit, caller: StaffMember, *, at: datetime
) -> None:
    appeal = visit.appeal
    _ = translator(caller.language)
    when = format_when(
        visit.due_at, timezone=appeal.project.timezone, language=caller.language, now=at
    )
    text = _("The owner of {number} wishes to be called, by {when}.")
    tell_staff(
        session, caller, text.format(number=appeal.number, when=when), topic="visit.call",
        key=f"visit:{visit.id}:call", at=at, appeal=appeal,
    )  # fmt: skip


def record_visit(
    session: Session,
    visit: ReturnVisit,
    *,
    result: str,
    answer: str,
    by: StaffMember,
    at: datetime,
) -> None:
    """Record what the owner said. The same result again changes nothing.

    Raises VisitEnded, MissingText where the answer is needed to act on it, TooLong, and OwnWork for somebody who
    did the work, unless the visit was given to them because nobody else is there.
    """
    if visit.ended_at is not None:
        if visit.result == result:
            return
        raise VisitEnded
    if by.id in list_workers(session, visit.appeal) and by.id != visit.staff_id:
        raise OwnWork
    if result in RESULTS_WITH_WORDS or answer.strip():
        answer = check_text("answer", answer, MAX_ANSWER)
    _end(session, visit, result, answer=answer.strip() or None, by=by, at=at)


def _end(
    session: Session,
    visit: ReturnVisit,
    result: str,
    *,
    answer: str | None,
    by: StaffMember | None,
    at: datetime,
) -> None:
    appeal = visit.appeal
    visit.result, visit.answer = result, answer
    visit.ended_by_id = by.id if by else None
    actor = Actor.staff(by.id) if by else OWNER
    end_visit(session, visit, at=at)
    record(
        session, appeal, "visit.ended", actor=actor, at=at, visit_id=visit.id, result=result,
        answer=answer,
    )  # fmt: skip
    if result == "came_back":
        reopen_appeal(session, appeal, how="came_back", at=at)
    if result in RESULTS_WITH_WORDS:
        _tell_manager(session, visit, at=at)


def _tell_manager(session: Session, visit: ReturnVisit, *, at: datetime) -> None:
    appeal = visit.appeal
    supervisor = next(iter(list_supervisors(session, appeal.project)), None)
    member = supervisor or appeal.responsible
    if member is None:
        return
    _ = translator(member.language)
    text = _("Return visit for {number}: the owner is not content.")
    if visit.result == "came_back":
        text = _("Return visit for {number}: it came back, and the appeal is open again.")
    tell_staff(
        session, member, text.format(number=appeal.number), topic="visit.ended",
        key=f"visit:{visit.id}:{visit.result}", at=at, appeal=appeal,
    )  # fmt: skip
