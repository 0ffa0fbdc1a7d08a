"""How staff at the desk behave: they look at what happened to an appeal, and take it on, send it, or settle it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealEvent, Conversation, Department, StaffMember
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.alarms import find_warning
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.queries.conversations import find_open_handoff
from ownerdesk.rules.appeals import AppealAction, is_allowed, is_worked_on
from ownerdesk.services import handoffs, progress
from ownerdesk.services.asking import ask_owner
from ownerdesk.services.emergencies import take_on
from ownerdesk.services.events import Actor
from ownerdesk.services.handovers import request_handover
from ownerdesk.services.neighbours import give_all_clear
from ownerdesk.services.promises import promise_by_hand
from ownerdesk.simulation.operators import do_job
from ownerdesk.simulation.reactions import Reaction, Work, dice_of, minutes
from ownerdesk.simulation.town import Town


def handle(session: Session, appeal_id: int, rng: Random, town: Town, at: datetime) -> None:
    """The responsible agent looks at an appeal: takes it on, and sends it to an operator or settles it."""
    appeal = get_appeal(session, appeal_id)
    by = get_responsible(session, appeal, town)
    if appeal.state == AppealState.RECEIVED:
        take_on(session, appeal, by=by, at=at)
    if appeal.state != AppealState.ACCEPTED:
        return
    if appeal.severity != "emergency" and rng.random() < 0.3:
        _do_otherwise(session, appeal, by, rng, town, at)
        return
    if appeal.nature == "consultation" or rng.random() < 0.15:
        progress.resolve_appeal(
            session, appeal, resolution="Settled from the desk.", by=Actor.staff(by.id), at=at
        )
        return
    send(session, appeal, rng, town, at)


def _do_otherwise(
    session: Session, appeal: Appeal, by: StaffMember, rng: Random, town: Town, at: datetime
) -> None:
    """Ask a colleague to take it over, name the owner another time, or ask the owner; somebody looks again later."""
    what = rng.random()
    if what < 0.35:
        others = [a for a in town.agents if a != by.id]
        colleague = session.get_one(StaffMember, rng.choice(others))
        request_handover(session, appeal, to=colleague, reason="My shift ends.", by=by, at=at)
    elif what < 0.7:
        due_at = at + timedelta(minutes=rng.randrange(20, 400))
        kind = rng.choice(("resolution", "arrival"))
        promise_by_hand(session, appeal, by=by, due_at=due_at, words="", kind=kind, at=at)
    else:
        key = f"{appeal.id}:{at.isoformat()}"
        ask_owner(session, appeal, "Which door is it?", by=by, key=key, at=at)


def send(session: Session, appeal: Appeal, rng: Random, town: Town, at: datetime) -> None:
    """To its department, by name or to whoever takes it there."""
    department_id = appeal.department_id or min(town.operators)
    operator_id = rng.choice([*town.operators[department_id], None])
    progress.dispatch_appeal(
        session, appeal, department=session.get_one(Department, department_id),
        operator=session.get_one(StaffMember, operator_id) if operator_id else None,
        by=get_responsible(session, appeal, town), at=at,
    )  # fmt: skip


def send_again(session: Session, appeal_id: int, rng: Random, town: Town, at: datetime) -> None:
    """Nobody has taken the job: somebody is sent by name, and called where they have no chat."""
    appeal = get_appeal(session, appeal_id)
    if is_allowed(appeal.state, AppealAction.DISPATCH) and appeal.operator_id is None:
        if appeal.state == AppealState.RECEIVED:
            take_on(session, appeal, by=get_responsible(session, appeal, town), at=at)
        send(session, appeal, rng, town, at)


def get_responsible(session: Session, appeal: Appeal, town: Town) -> StaffMember:
    return session.get_one(StaffMember, appeal.responsible_id or town.managers[0])


def step(session: Session, appeal_id: int, action: str, town: Town, at: datetime) -> None:
    """The next step of an operator without a chat, as the desk hears it, if the appeal still is where it was."""
    appeal = get_appeal(session, appeal_id)
    by = Actor.staff(appeal.operator_id or town.managers[0])
    if action == "set_out" and is_allowed(appeal.state, AppealAction.SET_OUT):
        progress.set_out(session, appeal, by=by, at=at)
    elif action == "arrive" and is_allowed(appeal.state, AppealAction.ARRIVE):
        progress.arrive(session, appeal, by=by, at=at)
    elif action == "resolve" and is_allowed(appeal.state, AppealAction.RESOLVE):
        progress.resolve_appeal(session, appeal, resolution="Done on the spot.", by=by, at=at)
    elif action == "defer" and is_allowed(appeal.state, AppealAction.DEFER):
        until = at + timedelta(days=2)
        progress.defer_appeal(
            session, appeal, until=until, reason="A part has to be ordered.", by=by, at=at
        )


def give_clear(session: Session, appeal_id: int, town: Town, at: datetime) -> None:
    """The danger is over: neighbours who were warned hear it."""
    appeal = get_appeal(session, appeal_id)
    warning = find_warning(session, appeal_id)
    if warning is not None and warning.confirmed_at is not None:
        give_all_clear(session, warning, by=get_responsible(session, appeal, town), at=at)


def end_talk(session: Session, conversation_id: int, town: Town, at: datetime) -> None:
    """Whoever holds a conversation answers and gives it back; one that waits is taken first."""
    conversation = session.get_one(Conversation, conversation_id)
    handoff = find_open_handoff(session, conversation.id)
    if handoff is None:
        return
    if handoff.accepted_at is None:
        agent = session.get_one(StaffMember, town.agents[0])
        handoffs.accept_handoff(session, conversation, by=agent, at=at)
    holder = session.get_one(StaffMember, conversation.assignee_id)
    handoffs.reply(
        session, conversation, "I am looking after it.", by=holder,
        key=f"talk{handoff.id}", at=at,
    )  # fmt: skip
    handoffs.return_to_bot(session, conversation, by=holder, at=at)


def react_to_event(rng: Random, event: AppealEvent, appeal: Appeal, town: Town) -> list[Reaction]:
    """What staff will do about a fact. Facts without a line in the table need nobody."""
    react = REACTIONS.get(event.name)
    return react(Seen(rng, event, appeal, town)) if react else []


@dataclass(frozen=True)
class Seen:
    """A fact as staff see it, with what they may do about it."""

    rng: Random
    event: AppealEvent
    appeal: Appeal
    town: Town

    @property
    def is_urgent(self) -> bool:
        return self.appeal.severity == "emergency"

    def happens(self, chance: float) -> bool:
        return self.rng.random() < chance

    def later(self, name: str, low: float, high: float, work: Work) -> Reaction:
        return Reaction(minutes(self.rng, low, high), name, work)

    def look(self, low: float, high: float) -> Reaction:
        appeal_id, dice, town = self.appeal.id, dice_of(self.rng), self.town
        return self.later(
            "staff look", low, high, lambda s, at: handle(s, appeal_id, dice, town, at)
        )

    def work(self, action: str, low: float, high: float) -> Reaction:
        appeal_id, town = self.appeal.id, self.town
        return self.later(
            f"operator: {action}", low, high, lambda s, at: step(s, appeal_id, action, town, at)
        )

    def talk(self, low: float, high: float) -> Reaction:
        chat_id, town = self.appeal.conversation_id, self.town
        return self.later("end of a talk", low, high, lambda s, at: end_talk(s, chat_id, town, at))


def _see_alarm(seen: Seen) -> list[Reaction]:
    """Most alarms are accepted on the phone; some are seen at the desk."""
    return [seen.look(1, 15)] if seen.happens(0.3) else []


def _see_new(seen: Seen) -> list[Reaction]:
    return [] if seen.is_urgent or seen.happens(0.05) else [seen.look(2, 25)]


def _see_again(seen: Seen) -> list[Reaction]:
    return [seen.look(1, 4) if seen.is_urgent else seen.look(5, 30)]


def _see_slip(seen: Seen) -> list[Reaction]:
    return [
        seen.look(5, 20), *([seen.work("resolve", 20, 90)] if seen.happens(0.7) else []),
    ]  # fmt: skip


def _see_perhaps(seen: Seen) -> list[Reaction]:
    return [seen.look(5, 40)] if seen.happens(0.5) else []


def _see_job(seen: Seen) -> list[Reaction]:
    return do_job(seen.rng, int(seen.event.data["assignment_id"]), is_urgent=seen.is_urgent)


def _see_unclaimed(seen: Seen) -> list[Reaction]:
    appeal_id, dice, town = seen.appeal.id, dice_of(seen.rng), seen.town
    return [
        seen.later(
            "staff send again", 2, 15, lambda s, at: send_again(s, appeal_id, dice, town, at)
        )
    ]


def _see_dispatched(seen: Seen) -> list[Reaction]:
    if not _is_called(seen.event.data.get("operator_id"), seen.town):
        return []
    return [seen.work("set_out", 60, 200) if seen.happens(0.1) else seen.work("set_out", 1, 15)]


def _see_on_the_way(seen: Seen) -> list[Reaction]:
    return [seen.work("arrive", 3, 25)] if _is_called(seen.appeal.operator_id, seen.town) else []


def _see_arrived(seen: Seen) -> list[Reaction]:
    if not _is_called(seen.appeal.operator_id, seen.town):
        return []
    return [seen.work("defer", 5, 20) if seen.happens(0.05) else seen.work("resolve", 5, 120)]


def _see_accepted(seen: Seen) -> list[Reaction]:
    talk = seen.talk(5, 30)
    return [seen.look(1, 20), *([talk] if seen.is_urgent else [])]


def _see_resolved(seen: Seen) -> list[Reaction]:
    appeal_id, town = seen.appeal.id, seen.town
    if not seen.is_urgent:
        return []
    return [seen.later("all clear", 3, 20, lambda s, at: give_clear(s, appeal_id, town, at))]


REACTIONS: dict[str, Callable[[Seen], list[Reaction]]] = {
    "alarm.raised": _see_alarm,
    "appeal.received": _see_new,
    "appeal.escalated": _see_again,
    "appeal.reopened": _see_again,
    "appeal.resumed": _see_again,
    "promise.slipped": _see_slip,
    "handover.requested": _see_perhaps,
    "promise.made": _see_perhaps,
    "owner.spoke": _see_perhaps,
    "owner.silent": _see_perhaps,
    "job.accepted": _see_job,
    "job.unclaimed": _see_unclaimed,
    "appeal.dispatched": _see_dispatched,
    "operator.set_out": _see_on_the_way,
    "operator.arrived": _see_arrived,
    "appeal.accepted": _see_accepted,
    "appeal.resolved": _see_resolved,
    "handoff.requested": lambda seen: [seen.talk(20, 60)],
}


def _is_called(operator_id: int | None, town: Town) -> bool:
    """Whether the job is of somebody without a chat, whose steps the desk enters."""
    return operator_id is not None and operator_id not in town.with_chats


def find_late(session: Session, at: datetime) -> list[int]:
    """What the manager finds in the morning: appeals that are late."""
    return list(
        session.scalars(
            select(Appeal.id)
            .where(Appeal.state.in_([s for s in AppealState if is_worked_on(s)]))
            .where(Appeal.received_at < at - timedelta(hours=12))
            .order_by(Appeal.id)
        )
    )
