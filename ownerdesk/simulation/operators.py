"""How staff behave on their own phones: jobs offered to operators, alarms, neighbours, handovers, drafted apologies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, Message, StaffMember
from ownerdesk.queries.alarms import get_alarmed_appeal, get_warning
from ownerdesk.queries.assignments import get_assignment
from ownerdesk.queries.handovers import get_handover
from ownerdesk.services import assignments
from ownerdesk.services.apologies import approve_apology, get_apology
from ownerdesk.services.conversations import mark_blocked
from ownerdesk.services.emergencies import take_on
from ownerdesk.services.events import Actor
from ownerdesk.services.handovers import accept_handover, decline_handover
from ownerdesk.services.neighbours import confirm_warning, dismiss_warning
from ownerdesk.services.notices import find_staff_chat
from ownerdesk.services.progress import defer_appeal
from ownerdesk.simulation.reactions import Reaction, Weights, Work, draw, minutes, read_buttons
from ownerdesk.simulation.town import Town

Press = Callable[[Session, StaffMember, int, datetime], object]


def _approve(session: Session, member: StaffMember, apology_id: int, at: datetime) -> None:
    """As drafted, as the button does."""
    apology = get_apology(session, apology_id)
    approve_apology(
        session, apology, by=member, words=apology.words, new_due_at=apology.new_due_at, at=at
    )


PRESSES: dict[str, Press] = {
    "jobyes": lambda s, m, i, at: assignments.accept_job(s, get_assignment(s, i), by=m, at=at),
    "jobno": lambda s, m, i, at: assignments.decline_job(
        s, get_assignment(s, i), reason="I am far away.", by=m, at=at
    ),
    "alarmok": lambda s, m, i, at: take_on(s, get_alarmed_appeal(s, m, i), by=m, at=at),
    "warnok": lambda s, m, i, at: confirm_warning(s, get_warning(s, m, i), by=m, at=at),
    "warnno": lambda s, m, i, at: dismiss_warning(s, get_warning(s, m, i), by=m, at=at),
    "handyes": lambda s, m, i, at: accept_handover(s, get_handover(s, i), by=m, at=at),
    "handno": lambda s, m, i, at: decline_handover(
        s, get_handover(s, i), reason="I have too many.", by=m, at=at
    ),
    "apologise": _approve,
}

# For the buttons under a message: what staff do about it, how often, and within how many minutes. Some come too late.
CHOICES: dict[str, tuple[Weights, float]] = {
    "jobyes": ((("jobyes", 0.75), ("jobno", 0.09), ("", 0.16)), 5.5),
    "alarmok": ((("alarmok", 0.25), ("", 0.75)), 3),
    "warnok": ((("warnok", 0.7), ("warnno", 0.1), ("", 0.2)), 6),
    "handyes": ((("handyes", 0.7), ("handno", 0.15), ("", 0.15)), 17),
    "apologise": ((("apologise", 0.3), ("", 0.7)), 8),
}


def read_message(rng: Random, message: Message, chat: Conversation, town: Town) -> Reaction | None:
    """What a member of staff does about a message in their chat; in a group, what one of the department does."""
    found = read_buttons(message)
    asked = next((action for action in CHOICES if action in found), None)
    if asked is None:
        return None
    weights, within = CHOICES[asked]
    action, delay = draw(rng, weights), minutes(rng, 0.3, within)
    staff_id = chat.staff_id
    if staff_id is None:
        if action == "jobno" or chat.department_id is None:
            return None
        staff_id = rng.choice(town.operators[chat.department_id])
    if not action:
        return None
    subject = found.get(action, found[asked])

    def press(session: Session, at: datetime) -> None:
        PRESSES[action](session, session.get_one(StaffMember, staff_id), subject, at)

    return Reaction(delay, f"staff press {action}", press)


def do_job(rng: Random, assignment_id: int, *, is_urgent: bool) -> list[Reaction]:
    """Whoever has accepted a job sets out, arrives and finishes; some give it back, ask for help, or put it off."""

    def later(name: str, delay: timedelta, press: Press) -> Reaction:
        return Reaction(delay, f"operator: {name}", _as_holder(assignment_id, press))

    late = not is_urgent and rng.random() < 0.1
    sets_out = minutes(rng, 60, 200) if late else minutes(rng, 0.5, 10)
    arrives = sets_out + minutes(rng, 2, 25)
    ends = arrives + minutes(rng, 5, 90)
    steps = [later("set out", sets_out, _set_out), later("arrive", arrives, _arrive)]
    what = rng.random()
    if what < 0.04:
        return [*steps[:1], later("give back", arrives, PRESSES["jobno"])]
    if what < 0.08:
        steps.append(later("ask for help", arrives + minutes(rng, 1, 4), _ask_for_help))
    elif what < 0.12 and not is_urgent:
        return [*steps, later("put off", ends, _put_off)]
    return [*steps, later("finish", ends, _finish), later("whole", ends * 1.5, _say_all_done)]


def _as_holder(assignment_id: int, press: Press) -> Work:
    """Pressed by whoever has the job then."""

    def work(session: Session, at: datetime) -> None:
        job = get_assignment(session, assignment_id)
        if job.operator is not None:
            press(session, job.operator, assignment_id, at)

    return work


def _set_out(session: Session, member: StaffMember, job_id: int, at: datetime) -> None:
    assignments.set_out(session, get_assignment(session, job_id), by=member, at=at)


def _arrive(session: Session, member: StaffMember, job_id: int, at: datetime) -> None:
    assignments.arrive(session, get_assignment(session, job_id), by=member, at=at)


def _ask_for_help(session: Session, member: StaffMember, job_id: int, at: datetime) -> None:
    job = get_assignment(session, job_id)
    assignments.ask_for_help(session, job, by=member, key=at.isoformat(), at=at)


def _finish(session: Session, member: StaffMember, job_id: int, at: datetime) -> None:
    job = get_assignment(session, job_id)
    assignments.finish_job(
        session, job, done="Mended on the spot.", parts="A fuse", by=member, at=at
    )


def _say_all_done(session: Session, member: StaffMember, job_id: int, at: datetime) -> None:
    assignments.say_all_done(session, get_assignment(session, job_id), by=member, at=at)


def _put_off(session: Session, member: StaffMember, job_id: int, at: datetime) -> None:
    """The operator has no part with them, and the desk puts it off."""
    job = get_assignment(session, job_id)
    if job.role == "lead" and job.state == "arrived":
        defer_appeal(
            session, job.appeal, until=at + timedelta(days=2), reason="A part has to be ordered.",
            by=Actor.staff(member.id), at=at,
        )  # fmt: skip


def block_bot(session: Session, staff_id: int, at: datetime) -> None:
    """Somebody blocks the bot by mistake, perhaps with jobs in hand."""
    chat = find_staff_chat(session, staff_id)
    if chat is not None:
        mark_blocked(session, chat, at=at)


def unblock_bot(session: Session, staff_id: int, at: datetime) -> None:
    chat = find_staff_chat(session, staff_id)
    if chat is not None:
        chat.blocked_at = None
