"""How people behave: owners answer what arrives on their phones, staff act on what happened to an appeal.

Every reaction is drawn once from the seeded dice and done later, when its moment has come; by then the matter may have
moved on, and the refusal is what somebody too late would see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.model import (
    Appeal,
    Building,
    Conversation,
    Department,
    Incident,
    Message,
    Project,
    StaffMember,
)
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.appeals import get_appeal, get_own_appeal
from ownerdesk.queries.conversations import find_conversation, find_open_handoff
from ownerdesk.queries.incidents import get_incident
from ownerdesk.rules.appeals import AppealAction, is_allowed, is_worked_on
from ownerdesk.services import closure, handoffs, incidents, progress
from ownerdesk.services.appeals import cancel_appeal, register_appeal
from ownerdesk.services.emergencies import answer_alarm, raise_emergency
from ownerdesk.services.events import Actor
from ownerdesk.services.follower_answers import say_not_yet, say_solved
from ownerdesk.services.intake import take_in_text
from ownerdesk.services.knowledge import answer_question
from ownerdesk.services.messages import IncomingMessage, store_message
from ownerdesk.services.planned_works import plan_works
from ownerdesk.services.statuses import tell_status
from ownerdesk.simulation.faults import Plan, Saying
from ownerdesk.simulation.town import Town

Work = Callable[[Session, datetime], object]


@dataclass(frozen=True)
class Reaction:
    """Something somebody will do after a while."""

    delay: timedelta
    name: str
    work: Work


def minutes(rng: Random, low: float, high: float) -> timedelta:
    return timedelta(seconds=round(60 * rng.uniform(low, high)))


# Owners


def write(session: Session, saying: Saying, *, number: int, at: datetime) -> None:
    """What the bot does with a message, with a reader that is always right."""
    conversation = find_conversation(session, saying.chat)
    assert conversation is not None, "everybody in town has a chat"
    incoming = IncomingMessage(telegram_message_id=number, kind="text", text=saying.words)
    message = store_message(session, conversation, incoming, at=at)
    question = take_in_text(session, conversation, message, at=at)
    if question is None:
        return
    if saying.nature == "emergency":
        raise_emergency(
            session, conversation, message, kind=saying.kind or "other", found_by="reader", at=at
        )
    elif saying.nature == "consultation":
        vector = list(encode(saying.words))
        answer_question(
            session, conversation, message, category=saying.category, vector=vector, at=at
        )
    else:
        register_appeal(
            session, conversation, message, nature=saying.nature, category=saying.category, at=at,
            may_join=question.may_join,
        )  # fmt: skip


def ask_for_news(session: Session, chat: int, *, number: int, at: datetime) -> None:
    conversation = find_conversation(session, chat)
    assert conversation is not None, "everybody in town has a chat"
    incoming = IncomingMessage(telegram_message_id=number, kind="text", text="Any news?")
    message = store_message(session, conversation, incoming, at=at)
    if take_in_text(session, conversation, message, at=at) is not None:
        tell_status(session, conversation, message, at=at)


Press = Callable[[Session, Conversation, int, str, datetime], object]

PRESSES: dict[str, Press] = {
    "solved": lambda s, c, i, _, at: closure.confirm_solved(s, get_own_appeal(s, c, i), at=at),
    "notyet": lambda s, c, i, _, at: closure.reopen_appeal(
        s, get_own_appeal(s, c, i), how="notyet", at=at
    ),
    "reopen": lambda s, c, i, _, at: closure.reopen_appeal(
        s, get_own_appeal(s, c, i), how="reopen", at=at
    ),
    "stars": lambda s, c, i, stars, at: closure.rate_appeal(
        s, get_own_appeal(s, c, i), stars=int(stars), at=at
    ),
    "cancelok": lambda s, c, i, _, at: cancel_appeal(s, get_own_appeal(s, c, i), at=at),
    "follow": lambda s, c, i, _, at: incidents.follow(s, c, i),
    "notthis": lambda s, c, i, _, at: incidents.say_something_else(
        s, get_own_appeal(s, c, i), at=at
    ),
    "incok": lambda s, c, i, _, at: say_solved(s, c, i, at=at),
    "incnot": lambda s, c, i, _, at: say_not_yet(s, c, i, at=at),
}

# For the buttons under a message, by the one that tells what is asked: what owners do, and how often.
CHOICES: dict[str, tuple[tuple[str, float], ...]] = {
    "solved": (("solved", 0.62), ("notyet", 0.08), ("", 0.30)),
    "stars": (("stars", 0.55), ("", 0.45)),
    "follow": (("follow", 0.5), ("notthis", 0.04), ("", 0.46)),
    "incok": (("incok", 0.5), ("incnot", 0.04), ("", 0.46)),
    "cancel": (("cancelok", 0.02), ("", 0.98)),
    "reopen": (("reopen", 0.05), ("", 0.95)),
}
STARS = (("5", 0.5), ("4", 0.27), ("3", 0.12), ("2", 0.06), ("1", 0.05))


def read_message(rng: Random, message: Message) -> Reaction | None:
    """What an owner does about a message that has just arrived; None for nothing."""
    rows = (message.markup or {}).get("inline", [])
    found = {b["data"].split(":")[1]: b["data"].split(":") for row in rows for b in row}
    asked = next((action for action in CHOICES if action in found), None)
    if asked is None:
        return None
    action = _draw(rng, CHOICES[asked])
    argument = _draw(rng, STARS) if action == "stars" else ""
    delay = minutes(rng, 2, 240)
    if not action:
        return None
    subject = int(found.get(action, found[asked])[2])
    chat_id = message.conversation_id

    def press(session: Session, at: datetime) -> None:
        conversation = session.get_one(Conversation, chat_id)
        PRESSES[action](session, conversation, subject, argument, at)

    return Reaction(delay, f"owner presses {action}", press)


def _draw(rng: Random, weights: tuple[tuple[str, float], ...]) -> str:
    names = [name for name, _ in weights]
    return rng.choices(names, [weight for _, weight in weights])[0]


# Staff


def handle(session: Session, appeal_id: int, rng: Random, town: Town, at: datetime) -> None:
    """The responsible agent looks at an appeal: takes it on, and sends it to an operator or settles it."""
    appeal = get_appeal(session, appeal_id)
    by = _responsible(session, appeal, town)
    if appeal.state == AppealState.RECEIVED:
        progress.accept_appeal(session, appeal, by=by, at=at)
        answer_alarm(session, appeal, by=by, at=at)
    if appeal.state != AppealState.ACCEPTED:
        return
    department_id = appeal.department_id or min(town.operators)
    operators = town.operators.get(department_id, [])
    if appeal.nature == "consultation" or not operators or rng.random() < 0.15:
        progress.resolve_appeal(
            session, appeal, resolution="Settled from the desk.", by=Actor.staff(by.id), at=at
        )
        return
    progress.dispatch_appeal(
        session, appeal, department=session.get_one(Department, department_id),
        operator=session.get_one(StaffMember, rng.choice(operators)), by=by, at=at,
    )  # fmt: skip


def _responsible(session: Session, appeal: Appeal, town: Town) -> StaffMember:
    return session.get_one(StaffMember, appeal.responsible_id or town.managers[0])


def step(session: Session, appeal_id: int, action: str, town: Town, at: datetime) -> None:
    """The operator's next step, if the appeal still is where it was."""
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


def decline(session: Session, appeal_id: int, rng: Random, town: Town, at: datetime) -> None:
    """The operator cannot: the centre sends another one, where there is another one (S4)."""
    appeal = get_appeal(session, appeal_id)
    if appeal.state != AppealState.DISPATCHED or appeal.department_id is None:
        return
    others = [o for o in town.operators[appeal.department_id] if o != appeal.operator_id]
    progress.dispatch_appeal(
        session, appeal, department=session.get_one(Department, appeal.department_id),
        operator=session.get_one(StaffMember, rng.choice(others)),
        by=_responsible(session, appeal, town), at=at,
    )  # fmt: skip


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


def react_to_event(rng: Random, name: str, appeal: Appeal, town: Town) -> list[Reaction]:
    """What staff will do about a fact. Facts without a line here need nobody."""
    appeal_id, conversation_id = appeal.id, appeal.conversation_id
    is_urgent = appeal.severity == "emergency"

    def look(low: float, high: float) -> Reaction:
        dice = Random(rng.random())  # noqa: S311 - play, not secrets
        return Reaction(
            minutes(rng, low, high), "staff look",
            lambda s, at: handle(s, appeal_id, dice, town, at),
        )  # fmt: skip

    def work(action: str, low: float, high: float) -> Reaction:
        return Reaction(
            minutes(rng, low, high), f"operator: {action}",
            lambda s, at: step(s, appeal_id, action, town, at),
        )  # fmt: skip

    match name:
        case "alarm.raised":
            late = rng.random() < 0.15
            return [look(6, 12) if late else look(0.5, 4)]
        case "appeal.received" if not is_urgent:
            return [] if rng.random() < 0.05 else [look(2, 25)]
        case "appeal.escalated" | "appeal.reopened" | "appeal.resumed":
            return [look(1, 4) if is_urgent else look(5, 30)]
        case "promise.slipped":
            return [look(5, 20), *([work("resolve", 20, 90)] if rng.random() < 0.7 else [])]
        case "appeal.dispatched":
            if not is_urgent and rng.random() < 0.05:
                dice = Random(rng.random())  # noqa: S311 - play, not secrets
                return [
                    Reaction(
                        minutes(rng, 1, 10), "operator declines",
                        lambda s, at: decline(s, appeal_id, dice, town, at),
                    )
                ]  # fmt: skip
            late = rng.random() < 0.1
            return [work("set_out", 60, 200) if late else work("set_out", 1, 15)]
        case "operator.set_out":
            return [work("arrive", 3, 25)]
        case "operator.arrived":
            return [work("defer", 5, 20) if rng.random() < 0.05 else work("resolve", 5, 120)]
        case "appeal.accepted":
            talk = Reaction(
                minutes(rng, 5, 30), "end of a talk",
                lambda s, at: end_talk(s, conversation_id, town, at),
            )  # fmt: skip
            return [look(1, 20), *([talk] if is_urgent else [])]
        case "handoff.requested":
            return [
                Reaction(
                    minutes(rng, 20, 60), "end of a talk",
                    lambda s, at: end_talk(s, conversation_id, town, at),
                )
            ]  # fmt: skip
        case _:
            return []


# Incidents and works


def react_to_notice(rng: Random, topic: str, incident_id: int, town: Town) -> list[Reaction]:
    """What the responsible person does about an incident they are told of."""
    match topic:
        case "proposed":
            if rng.random() < 0.15:
                return [
                    Reaction(
                        minutes(rng, 5, 30), "staff dismiss an incident",
                        lambda s, at: _dismiss(s, incident_id, town, at),
                    )
                ]  # fmt: skip
            return [
                Reaction(
                    minutes(rng, 3, 20), "staff confirm an incident",
                    lambda s, at: _confirm(s, incident_id, town, at),
                ),
                Reaction(
                    minutes(rng, 40, 500), "staff resolve an incident",
                    lambda s, at: _resolve(s, incident_id, town, at),
                ),
            ]  # fmt: skip
        case "slipped" | "not_yet":
            return [
                Reaction(
                    minutes(rng, 30, 200), "staff resolve an incident",
                    lambda s, at: _resolve(s, incident_id, town, at),
                )
            ]  # fmt: skip
        case "warning" if rng.random() < 0.5:
            return [
                Reaction(
                    minutes(rng, 1, 8), "staff name another time",
                    lambda s, at: _name_time(s, incident_id, town, at),
                )
            ]  # fmt: skip
        case _:
            return []


def _boss(session: Session, incident: Incident, town: Town) -> StaffMember:
    return session.get_one(StaffMember, incident.responsible_id or town.managers[0])


def _confirm(session: Session, incident_id: int, town: Town, at: datetime) -> None:
    incident = get_incident(session, incident_id)
    incidents.confirm_incident(session, incident, by=_boss(session, incident, town), at=at)


def _dismiss(session: Session, incident_id: int, town: Town, at: datetime) -> None:
    incident = get_incident(session, incident_id)
    incidents.dismiss_incident(session, incident, by=_boss(session, incident, town), at=at)


def _resolve(session: Session, incident_id: int, town: Town, at: datetime) -> None:
    incident = get_incident(session, incident_id)
    if incident.confirmed_by_id is None:
        incidents.confirm_incident(session, incident, by=_boss(session, incident, town), at=at)
    incidents.resolve_incident(
        session, incident, resolution="Mended.", by=_boss(session, incident, town), at=at
    )


def _name_time(session: Session, incident_id: int, town: Town, at: datetime) -> None:
    incident = get_incident(session, incident_id)
    incidents.promise_for_all(
        session, incident, due_at=at + timedelta(hours=4), by=_boss(session, incident, town), at=at,
        reason="a part is on its way",
    )  # fmt: skip


def make_plan(session: Session, plan: Plan, town: Town, at: datetime) -> None:
    plan_works(
        session, session.get_one(Project, town.project_id),
        session.get_one(Building, plan.building_id), category=plan.category,
        titles={"en": "Works", "es": "Obras", "zh": "施工"}, starts_at=plan.starts_at,
        ends_at=plan.ends_at, by=session.get_one(StaffMember, town.agents[0]), at=at,
        days_before=plan.days_before,
    )  # fmt: skip


def sweep(session: Session, at: datetime) -> list[int]:
    """What the manager finds in the morning: appeals that are late."""
    return list(
        session.scalars(
            select(Appeal.id)
            .where(Appeal.state.in_([s for s in AppealState if is_worked_on(s)]))
            .where(Appeal.received_at < at - timedelta(hours=12))
            .order_by(Appeal.id)
        )
    )
