"""Return visits: one to three days after a closure the owner is asked whether all is still well, by another person
than the one who did the work (S11). What became of it is recorded in `services/visit_results.py`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Message, ReturnVisit, StaffMember
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.aftercare import find_visit, get_visit, is_repeat, list_workers
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.queries.staff import list_on_duty, list_supervisors
from ownerdesk.rules.buttons import button
from ownerdesk.rules.return_visits import REMIND_BEFORE, visit_reason, visit_window
from ownerdesk.services import outbox
from ownerdesk.services.events import BOT, record
from ownerdesk.services.jobs import CHECK_RETURN_VISIT, enqueue
from ownerdesk.services.notices import tell_staff
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import format_when, translator


def plan_return_visit(
    session: Session, appeal: Appeal, *, at: datetime, stars: int | None = None
) -> None:
    """Plan the return visit of a closure, where there is a reason for one; one a closure.

    A low rating that comes later gives its reason to a visit that is still to be paid. The owner's quiet hours
    move the beginning of the window, never its end.
    """
    reason = visit_reason(appeal.severity, stars=stars, is_repeat=is_repeat(session, appeal.id))
    if reason is None:
        return
    visit = find_visit(session, appeal)
    if visit is not None:
        if reason == "low_rating" and visit.ended_at is None:
            visit.reason = reason
            session.flush()
        return
    opens_at, due_at = visit_window(at)
    from_at = outbox.morning_of(session, appeal.conversation, at=opens_at) or opens_at
    visitor = choose_visitor(session, appeal, at=from_at)
    visit_id = session.scalar(
        insert(ReturnVisit)
        .values(
            appeal_id=appeal.id,
            closure=appeal.reopened,
            reason=reason,
            from_at=from_at,
            due_at=due_at,
            staff_id=visitor.id if visitor else None,
        )
        .on_conflict_do_nothing(index_elements=["appeal_id", "closure"])
        .returning(ReturnVisit.id)
    )
    if visit_id is None:
        return
    record(
        session, appeal, "visit.planned", actor=BOT, at=at, visit_id=visit_id, reason=reason,
        due_at=due_at.isoformat(),
    )  # fmt: skip
    for when in (from_at, due_at - REMIND_BEFORE, due_at):
        enqueue(session, CHECK_RETURN_VISIT, at=when, visit_id=visit_id)


def choose_visitor(session: Session, appeal: Appeal, *, at: datetime) -> StaffMember | None:
    """The least loaded of those on duty then who had no part in the work, else a manager; None where everybody had."""
    workers = list_workers(session, appeal)
    for candidates in (
        list_on_duty(session, appeal.project, at),
        list_supervisors(session, appeal.project),
    ):
        for member in candidates:
            if member.id not in workers:
                return member
    return None


def drop_return_visit(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """The appeal was opened again: there is nothing to ask after until it is closed the next time."""
    visit = find_visit(session, appeal)
    if visit is not None and visit.ended_at is None:
        end_visit(session, visit, at=at)


def end_visit(session: Session, visit: ReturnVisit, *, at: datetime) -> None:
    """Nothing is left to be pressed."""
    visit.ended_at = at
    session.flush()
    if visit.asked_at is not None:
        outbox.revise(session, _ask_owner(session, visit, at=at))


def check_return_visit(session: Session, visit_id: int, *, at: datetime) -> None:
    """Look after a visit: ask the owner and tell whoever pays it when its window opens, remind them a day before it
    is due, tell the manager once it is overdue. Called late, or twice, it does what is still owed, once."""
    visit = get_visit(session, visit_id)
    appeal = get_appeal(session, visit.appeal_id)
    session.refresh(visit)
    if visit.ended_at is not None or at < visit.from_at:
        return
    if appeal.state != AppealState.CLOSED or appeal.reopened != visit.closure:
        end_visit(session, visit, at=at)
        return
    if visit.asked_at is None:
        _open_visit(session, visit, at=at)
    if at >= visit.due_at:
        _tell_overdue(session, visit, at=at)
    elif at >= visit.due_at - REMIND_BEFORE and visit.warned_at is None:
        visit.warned_at = at
        session.flush()
        _tell(session, visit, "remind", at=at)


def _open_visit(session: Session, visit: ReturnVisit, *, at: datetime) -> None:
    """Whoever was chosen may have left, or have taken part in the work since."""
    appeal = visit.appeal
    chosen = session.get(StaffMember, visit.staff_id) if visit.staff_id else None
    if chosen is None or not chosen.is_active or chosen.id in list_workers(session, appeal):
        chosen = choose_visitor(session, appeal, at=at)
        visit.staff_id = chosen.id if chosen else None
        session.flush()
        session.refresh(visit, ["staff_member"])
    _ask_owner(session, visit, at=at)
    visit.asked_at = at
    record(session, appeal, "visit.asked", actor=BOT, at=at, visit_id=visit.id)
    _tell(session, visit, "open", at=at)


def _ask_owner(session: Session, visit: ReturnVisit, *, at: datetime) -> Message:
    """The question in the chat; asked again it is the message that is there."""
    appeal = visit.appeal
    conversation = appeal.conversation
    _ = voice_of(conversation)
    text = _("{number} has been closed for a while. Is everything still all right?")
    if visit.staff_member is not None:
        text = _(
            "This is {name}. {number} has been closed for a while. Is everything still all right?"
        )
    return outbox.send(
        session,
        conversation,
        text.format(
            number=appeal.number, name=visit.staff_member.name if visit.staff_member else ""
        ),
        key=f"visit?:{visit.id}",
        at=at,
        appeal=appeal,
        can_wait=True,
        buttons=[
            [button(_("All good"), "visitgood", visit.id)],
            [
                button(_("It came back"), "visitback", visit.id),
                button(_("Call me"), "visitcall", visit.id),
            ],
        ],
    )


def _tell(session: Session, visit: ReturnVisit, step: str, *, at: datetime) -> None:
    """Whoever pays the visit; where everybody took part in the work, the manager has to find somebody."""
    appeal = visit.appeal
    member = visit.staff_member or next(iter(list_supervisors(session, appeal.project)), None)
    member = member or appeal.responsible
    if member is None:
        return
    _ = translator(member.language)
    when = format_when(
        visit.due_at, timezone=appeal.project.timezone, language=member.language, now=at
    )
    if visit.staff_member is None:
        text = _(
            "{number} needs a return visit by {when}, and everybody here took part in the work. Please find somebody."
        )
    elif step == "remind":
        text = _("Please do not forget the return visit for {number}: it is due by {when}.")
    else:
        text = _("Please pay the return visit for {number} by {when}: ask the owner how it is now.")
    tell_staff(
        session, member, text.format(number=appeal.number, when=when), topic="visit.due",
        key=f"visit:{visit.id}:{step}", at=at, appeal=appeal,
    )  # fmt: skip


def _tell_overdue(session: Session, visit: ReturnVisit, *, at: datetime) -> None:
    appeal = visit.appeal
    supervisor = next(iter(list_supervisors(session, appeal.project)), None)
    member = supervisor or visit.staff_member or appeal.responsible
    if member is None:
        return
    _ = translator(member.language)
    name = visit.staff_member.name if visit.staff_member else _("nobody")
    text = _("The return visit for {number} is overdue; {name} was to pay it.")
    tell_staff(
        session, member, text.format(number=appeal.number, name=name), topic="visit.overdue",
        key=f"visit:{visit.id}:overdue:{visit.due_at.isoformat()}", at=at, appeal=appeal,
    )  # fmt: skip
