"""How owners behave: they write, ask for news, press what they are asked to press, and answer when they are asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

from sqlalchemy.orm import Session

from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.model import Appeal, AppealEvent, Conversation, Message
from ownerdesk.queries.appeals import find_latest_open, get_own_appeal
from ownerdesk.queries.conversations import find_conversation
from ownerdesk.services import closure, incidents
from ownerdesk.services.appeals import add_detail, register_appeal
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.follower_answers import say_not_yet, say_solved
from ownerdesk.services.intake import take_in_text
from ownerdesk.services.knowledge import answer_question
from ownerdesk.services.messages import IncomingMessage, store_message
from ownerdesk.services.statuses import tell_status
from ownerdesk.services.visit_results import answer_visit, get_own_visit, wish_call
from ownerdesk.simulation.faults import Saying
from ownerdesk.simulation.reactions import Reaction, Weights, draw, minutes, read_buttons

# Telegram's numbers of what owners answer: far from those of what they write by themselves.
ANSWERS_FROM = 100_000_000
# How owners ask again, and how those ask who have had enough.
NEWS = ("Any news?", "When will somebody come?", "Is anybody coming?!!!")
SHARP = ("This is outrageous, nobody does anything!", "I am going to call my lawyer")


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


def say(
    session: Session,
    conversation: Conversation,
    words: str,
    intent: str,
    *,
    number: int,
    at: datetime,
) -> None:
    """Something about what is open already, as the reader would have understood it."""
    incoming = IncomingMessage(telegram_message_id=number, kind="text", text=words)
    message = store_message(session, conversation, incoming, at=at)
    message.reading = {"intent": intent}
    if take_in_text(session, conversation, message, at=at) is None:
        return
    running = find_latest_open(session, conversation)
    if intent == "ask_status" or running is None:
        tell_status(session, conversation, message, at=at)
    else:
        add_detail(session, running, message, at=at)


def ask_for_news(session: Session, chat: int, words: str, *, number: int, at: datetime) -> None:
    conversation = find_conversation(session, chat)
    assert conversation is not None, "everybody in town has a chat"
    say(session, conversation, words, "ask_status", number=number, at=at)


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
    "half": lambda s, c, i, _, at: closure.reopen_appeal(
        s, get_own_appeal(s, c, i), how="half", at=at
    ),
    "visitgood": lambda s, c, i, _, at: answer_visit(s, get_own_visit(s, c, i), "satisfied", at=at),
    "visitback": lambda s, c, i, _, at: answer_visit(s, get_own_visit(s, c, i), "came_back", at=at),
    "visitcall": lambda s, c, i, _, at: wish_call(s, get_own_visit(s, c, i), at=at),
    "incok": lambda s, c, i, _, at: say_solved(s, c, i, at=at),
    "incnot": lambda s, c, i, _, at: say_not_yet(s, c, i, at=at),
}

# For the buttons under a message, by the one that tells what is asked: what owners do, and how often.
CHOICES: dict[str, Weights] = {
    "solved": (("solved", 0.62), ("notyet", 0.05), ("half", 0.03), ("", 0.30)),
    "visitgood": (("visitgood", 0.5), ("visitback", 0.06), ("visitcall", 0.1), ("", 0.34)),
    "follow": (("follow", 0.5), ("notthis", 0.04), ("", 0.46)),
    "incok": (("incok", 0.5), ("incnot", 0.04), ("", 0.46)),
    "cancel": (("cancelok", 0.02), ("", 0.98)),
    "reopen": (("reopen", 0.05), ("", 0.95)),
}
NO_STARS = 0.45
STARS = (("5", 0.5), ("4", 0.27), ("3", 0.12), ("2", 0.06), ("1", 0.05))


def read_message(rng: Random, message: Message) -> Reaction | None:
    """What an owner does about a message that has just arrived; None for nothing."""
    chat_id = message.conversation_id
    if (message.key or "").startswith("ask:"):
        return _answer_question(rng, message)
    found = read_buttons(message)
    asked = next((action for action in CHOICES if action in found), None)
    if asked is None:
        return None
    action = draw(rng, CHOICES[asked])
    if not action:
        return None
    return _press(rng, chat_id, action, found.get(action, found[asked]))


def react_to_event(rng: Random, event: AppealEvent, appeal: Appeal) -> list[Reaction]:
    """Whoever has closed their appeal reads the question for stars in the place of the one they answered."""
    if event.name != "appeal.closed" or event.data.get("by") != "owner" or rng.random() < NO_STARS:
        return []
    return [_press(rng, appeal.conversation_id, "stars", appeal.id, draw(rng, STARS))]


def _press(rng: Random, chat_id: int, action: str, subject: int, argument: str = "") -> Reaction:
    def press(session: Session, at: datetime) -> None:
        conversation = session.get_one(Conversation, chat_id)
        PRESSES[action](session, conversation, subject, argument, at)

    return Reaction(minutes(rng, 2, 240), f"owner presses {action}", press)


def _answer_question(rng: Random, message: Message) -> Reaction | None:
    """Most who are asked something answer within some hours."""
    number, chat_id = ANSWERS_FROM + message.id, message.conversation_id
    delay = minutes(rng, 5, 300)
    if rng.random() < 0.25:
        return None

    def answer(session: Session, at: datetime) -> None:
        conversation = session.get_one(Conversation, chat_id)
        say(
            session, conversation, "It is the door on the left.", "add_detail", number=number, at=at
        )

    return Reaction(delay, "owner answers a question", answer)
