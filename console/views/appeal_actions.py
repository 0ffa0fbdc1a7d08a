"""What may be done to an appeal from its page: each action parses its form and calls one service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from console.forms import (
    BadForm,
    Correction,
    Form,
    parse_category,
    parse_choice,
    parse_id,
)
from console.moments import parse_moment
from console.views import jobs, talk
from console.views.aftercare import sum_up
from ownerdesk.model import Appeal, Department, Message, StaffMember
from ownerdesk.model.labels import NATURES
from ownerdesk.queries.merging import find_by_number
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.access import Right
from ownerdesk.rules.appeals import AppealAction
from ownerdesk.rules.refusals import NotFound, NumberNotFound, PartyNotFound, StaffNotFound
from ownerdesk.services import merging, progress
from ownerdesk.services.cancelling import cancel_with_reason
from ownerdesk.services.closure import reopen_appeal
from ownerdesk.services.corrections import correct_labels
from ownerdesk.services.emergencies import answer_alarm, take_on
from ownerdesk.services.events import Actor
from ownerdesk.services.guide_ticks import tick_step
from ownerdesk.services.handovers import take_appeal
from ownerdesk.services.remedies import RemedyNotFound
from ownerdesk.services.renegotiating import NothingPromised
from ownerdesk.services.resolving import Resolution, resolve_with
from ownerdesk.services.splitting import MessageElsewhere, split_appeal

Do = Callable[[Session, Appeal, StaffMember, Form, datetime], None]

CHOICES = (
    NumberNotFound, StaffNotFound, PartyNotFound, RemedyNotFound, NothingPromised, MessageElsewhere,
)  # fmt: skip
SPLIT_NATURES = tuple(nature for nature in NATURES if nature != "emergency")


@dataclass(frozen=True)
class Action:
    """A route of the page: the right it asks for, and what it does. `is_held`: what it says waits a few seconds, in which
    it can be undone. `has_other`: it is about a second appeal, whose number is in the field `other`."""

    right: Right
    do: Do
    is_held: bool = False
    has_other: bool = False

    def may_miss(self, refusal: NotFound) -> bool:
        """A department or an operator that was not found is a choice to make again; an appeal that was not
        found is no page at all."""
        return isinstance(refusal, CHOICES)


def find_other(session: Session, appeal: Appeal, form: Form) -> Appeal:
    """The second appeal of a form. Raises NumberNotFound."""
    other = find_by_number(session, appeal.project_id, form.get("other", ""))
    if other is None:
        raise NumberNotFound
    return other


def accept(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    take_on(session, appeal, by=by, at=at)


def take(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    """Assign it to me: one that nobody has accepted is accepted."""
    if appeal.state == "received":
        take_on(session, appeal, by=by, at=at)
    else:
        take_appeal(session, appeal, by=by, at=at)


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
    until = parse_moment(form, appeal.project.timezone)
    reason = form.get("reason", "")
    progress.defer_appeal(session, appeal, until=until, reason=reason, by=Actor.staff(by.id), at=at)


def say_resolution(form: Form) -> Resolution:
    return Resolution(
        done=form.get("resolution", ""), cause=form.get("cause", ""), parts=form.get("parts", "")
    )


def resolve(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    """Without a photo; `appeal_page` adds the one that came with the form."""
    resolve_with(session, appeal, say_resolution(form), by=by, at=at)


def cancel(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    cancel_with_reason(session, appeal, reason=form.get("reason", ""), by=by, at=at)


def reopen(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    reason = progress.check_text("reason", form.get("reason", ""), progress.MAX_REASON)
    reopen_appeal(session, appeal, how="staff", by=Actor.staff(by.id), reason=reason, at=at)


def merge(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    how = parse_choice(form, "how", ("merged", "duplicate"))
    other = find_other(session, appeal, form)
    merging.merge_appeals(session, appeal, other, by=by, how=how, at=at)


def link(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    merging.link_appeals(session, appeal, find_other(session, appeal, form), by=by, at=at)


def split(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    message_id = form.get("message", "")
    message = session.get(Message, parse_id(message_id, "message")) if message_id else None
    if message_id and message is None:
        raise MessageElsewhere
    split_appeal(
        session,
        appeal,
        words=form.get("part", ""),
        nature=parse_choice(form, "nature", SPLIT_NATURES),
        category=parse_category(session, form, present=appeal.category),
        message=message,
        by=by,
        at=at,
    )


def tick(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    is_done = parse_choice(form, "done", ("yes", "no")) == "yes"
    step = parse_id(form.get("step", ""), "step")
    tick_step(session, appeal, step, is_done=is_done, by=by, at=at)


def correct(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    wanted = Correction.parse(session, form, present=appeal.category)
    if wanted.nature == "emergency" and appeal.source_message_id is None:
        raise BadForm("nature")
    correct_labels(
        session, appeal, nature=wanted.nature, category=wanted.category, kind=wanted.kind, by=by,
        at=at,
    )  # fmt: skip


def in_talk(do: talk.Do) -> Do:
    """An action of the conversation, done from the page of its appeal."""

    def act(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
        do(talk.Talk(session, appeal.conversation, appeal, by, form, at))

    return act


ACTIONS: dict[str, Action] = {
    "accept": Action(Right.WORK_APPEALS, accept, is_held=True),
    "take": Action(Right.WORK_APPEALS, take, is_held=True),
    "dispatch": Action(Right.WORK_APPEALS, dispatch, is_held=True),
    "set-out": Action(Right.WORK_APPEALS, set_out, is_held=True),
    "arrive": Action(Right.WORK_APPEALS, arrive, is_held=True),
    "defer": Action(Right.WORK_APPEALS, defer, is_held=True),
    "resolve": Action(Right.WORK_APPEALS, resolve, is_held=True),
    "cancel": Action(Right.WORK_APPEALS, cancel, is_held=True),
    "reopen": Action(Right.WORK_APPEALS, reopen, is_held=True),
    "merge": Action(Right.WORK_APPEALS, merge, is_held=True, has_other=True),
    "link": Action(Right.WORK_APPEALS, link, is_held=True, has_other=True),
    "split": Action(Right.WORK_APPEALS, split),
    "correct": Action(Right.WORK_APPEALS, correct, is_held=True),
    "tick": Action(Right.WORK_APPEALS, tick),
    "summary": Action(Right.WORK_APPEALS, sum_up),
    **{name: Action(talk.RIGHTS[name], in_talk(do)) for name, do in talk.TALK.items()},
    "support": Action(Right.WORK_APPEALS, jobs.support, is_held=True),
    "hand-over": Action(Right.SEE_APPEALS, jobs.hand_over),
    "accept-handover": Action(Right.SEE_APPEALS, jobs.accept_over, is_held=True),
    "decline-handover": Action(Right.SEE_APPEALS, jobs.decline_over),
    "not-ours": Action(Right.WORK_APPEALS, jobs.not_ours, is_held=True),
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
    Button("cancel", AppealAction.CANCEL),
    Button("merge", AppealAction.MERGE),
]
