"""What may be done to an appeal from its page: each action parses its form and calls one service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from console.forms import BadForm, Correction, Form, parse_id, parse_local_time, parse_nonce
from console.views import jobs
from console.views.aftercare import sum_up
from ownerdesk.model import Appeal, Department, Message, StaffMember
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.access import Right
from ownerdesk.rules.appeals import AppealAction
from ownerdesk.rules.refusals import NotFound, PartyNotFound, StaffNotFound, WrongState
from ownerdesk.services import handoffs, messages, progress
from ownerdesk.services.appeals import correct_appeal
from ownerdesk.services.emergencies import answer_alarm, raise_emergency, take_on
from ownerdesk.services.events import Actor

Do = Callable[[Session, Appeal, StaffMember, Form, datetime], None]


@dataclass(frozen=True)
class Action:
    """A route of the page: the right it asks for, and what it does."""

    right: Right
    do: Do

    def may_miss(self, refusal: NotFound) -> bool:
        """A department or an operator that was not found is a choice to make again; an appeal that was not
        found is no page at all."""
        return isinstance(refusal, StaffNotFound | PartyNotFound)


def accept(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    take_on(session, appeal, by=by, at=at)


def dispatch(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    """The choice reads `department` or `department:operator`, so that one list without any script serves both."""
    department_text, _, operator_text = form.get("to", "").partition(":")
    if not department_text:
        raise StaffNotFound
    department = session.get(Department, parse_id(department_text, "to"))
    if department is None:
        raise StaffNotFound
    operator = get_staff_member(session, parse_id(operator_text, "to")) if operator_text else None
    progress.dispatch_appeal(
        session, appeal, department=department, operator=operator, by=by, at=at
    )
    answer_alarm(session, appeal, by=by, at=at)


def set_out(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    progress.set_out(session, appeal, by=Actor.staff(by.id), at=at)


def arrive(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    progress.arrive(session, appeal, by=Actor.staff(by.id), at=at)


def defer(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    until = parse_local_time(form.get("until", ""), appeal.project.timezone)
    reason = form.get("reason", "")
    progress.defer_appeal(session, appeal, until=until, reason=reason, by=Actor.staff(by.id), at=at)


def resolve(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    resolution = form.get("resolution", "")
    progress.resolve_appeal(session, appeal, resolution=resolution, by=Actor.staff(by.id), at=at)


def note(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    messages.add_note(
        session, appeal.conversation, form.get("text", ""), staff_id=by.id, at=at, appeal=appeal
    )


def correct(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    """New labels. To call it an emergency raises the alarm as if the reader had seen it."""
    if appeal.state not in OPEN_STATES:
        raise WrongState(state=appeal.state, action="correct")
    wanted = Correction.parse(form)
    actor = Actor.staff(by.id)
    if wanted.nature == "emergency" and appeal.nature != "emergency":
        if appeal.source_message_id is None:
            raise BadForm("nature")
        source = session.get_one(Message, appeal.source_message_id)
        correct_appeal(session, appeal, actor=actor, at=at, category=wanted.category)
        raise_emergency(
            session, appeal.conversation, source, kind=wanted.kind, found_by="staff", at=at,
            part=appeal.source_part,
        )  # fmt: skip
        return
    correct_appeal(
        session, appeal, actor=actor, at=at, nature=wanted.nature, category=wanted.category
    )


def take_over(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    handoffs.accept_handoff(session, appeal.conversation, by=by, at=at)


def reply(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    handoffs.reply(
        session,
        appeal.conversation,
        form.get("text", ""),
        by=by,
        key=parse_nonce(form),
        at=at,
        appeal=appeal,
    )


def hand_back(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    handoffs.return_to_bot(session, appeal.conversation, by=by, at=at)


ACTIONS: dict[str, Action] = {
    "accept": Action(Right.WORK_APPEALS, accept),
    "dispatch": Action(Right.WORK_APPEALS, dispatch),
    "set-out": Action(Right.WORK_APPEALS, set_out),
    "arrive": Action(Right.WORK_APPEALS, arrive),
    "defer": Action(Right.WORK_APPEALS, defer),
    "resolve": Action(Right.WORK_APPEALS, resolve),
    "note": Action(Right.WORK_APPEALS, note),
    "correct": Action(Right.WORK_APPEALS, correct),
    "summary": Action(Right.WORK_APPEALS, sum_up),
    "take-over": Action(Right.ANSWER_OWNERS, take_over),
    "reply": Action(Right.ANSWER_OWNERS, reply),
    "hand-back": Action(Right.ANSWER_OWNERS, hand_back),
    "support": Action(Right.WORK_APPEALS, jobs.support),
    "hand-over": Action(Right.SEE_APPEALS, jobs.hand_over),
    "accept-handover": Action(Right.SEE_APPEALS, jobs.accept_over),
    "decline-handover": Action(Right.SEE_APPEALS, jobs.decline_over),
    "not-ours": Action(Right.WORK_APPEALS, jobs.not_ours),
}


@dataclass(frozen=True)
class Button:
    """A button of the page, shown while the transition table allows its step."""

    name: str
    transition: AppealAction


BUTTONS = [
    Button("accept", AppealAction.ACCEPT),
    Button("set-out", AppealAction.SET_OUT),
    Button("arrive", AppealAction.ARRIVE),
    Button("dispatch", AppealAction.DISPATCH),
    Button("resolve", AppealAction.RESOLVE),
    Button("defer", AppealAction.DEFER),
]
