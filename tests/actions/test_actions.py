"""The custom actions, called as the action server calls them: thin, and once for a message."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa_sdk.executor import ActionExecutor
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions import wiring
from actions.app import ACTIONS
from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal, Conversation, Handoff, Message
from ownerdesk.rules.readings import Reading
from ownerdesk.services.events import Actor
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from tests.look import list_keys
from tests.make import (
    NOON,
    Cast,
    make_appeal,
    make_cast,
    make_conversation,
    make_message,
    make_reading,
)
from tests.offline import Reader, action_of, format_tracker

NAMES = sorted(action().name() for action in ACTIONS)
# What each action answers, and how the message is marked when it did.
MEANT = {
    "action_register_appeal": ("help_seeking", {}, "registered"),
    "action_add_detail": ("add_detail", {}, "joined"),
    "action_tell_status": ("ask_status", {}, "status"),
    "action_cancel_appeal": ("cancel_appeal", {}, "cancel_asked"),
    "action_request_handoff": ("talk_to_person", {}, "handed_over"),
    "action_clarify": ("nlu_fallback", {}, "clarified"),
    "action_answer_question": ("consultation", {"category": "property_fee"}, "answered"),
    "action_order_service": ("paid_service", {"category": "home_garden"}, "offered"),
    "action_raise_emergency": ("emergency", {"kind": "fire"}, "emergency"),
    "action_yes": ("affirm", {}, "confirmed"),
    "action_no": ("deny", {}, "reopened"),
}
TEXTS = {
    "action_answer_question": "What does my property fee actually cover?",
    "action_order_service": "please trim the hedge on my terrace",
}


@pytest.fixture
def cast(core: Core) -> Cast:
    return core.transact_now(make_cast)


def call(core: Core, name: str, message_id: int, reading: Reading, *, may_join: bool = True) -> Any:
    tracker = format_tracker(reading, sender_id="1", message_id=str(message_id), may_join=may_join)
    return asyncio.run(Reader(core).act(name, tracker))


def write(core: Core, chat_id: int, text: str) -> int:
    def work(session: Session) -> int:
        conversation = session.scalars(
            select(Conversation).where(Conversation.chat_id == chat_id)
        ).one()
        return make_message(session, conversation, text).id

    return core.transact_now(work)


def read(core: Core, message_id: int) -> Message:
    return core.transact_now(lambda s: s.get_one(Message, message_id))


def count(core: Core, model: type[Appeal] | type[Handoff]) -> int:
    return core.transact_now(lambda s: s.scalar(select(func.count()).select_from(model)) or 0)


def told(core: Core, cast: Cast) -> list[str]:
    return core.transact_now(lambda s: list_keys(s, cast.conversation))


def prepare(core: Core, cast: Cast, name: str) -> None:
    """What some actions need before them: an appeal to add to, or one that waits for the owner's word."""

    def work(session: Session) -> None:
        appeal = make_appeal(session, cast, category="elevator")
        if name in ("action_yes", "action_no"):
            accept_appeal(session, appeal, by=session.merge(cast.mara), at=NOON)
            by = Actor.staff(cast.mara.id)
            resolve_appeal(session, appeal, resolution="Done", by=by, at=NOON)

    if name in ("action_add_detail", "action_yes", "action_no", "action_tell_status"):
        core.transact_now(work)


def test_every_action_is_meant_by_an_intent_of_the_rules() -> None:
    assert set(MEANT) == set(NAMES)
    assert {action_of(intent): intent for intent, _, _ in MEANT.values()} == {
        name: intent for name, (intent, _, _) in MEANT.items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_an_action_called_twice_acts_once(core: Core, cast: Cast, name: str) -> None:
    prepare(core, cast, name)
    intent, fields, how = MEANT[name]
    message_id = write(core, 7001, TEXTS.get(name, "Something"))
    reading = make_reading(intent, **fields)
    assert call(core, name, message_id, reading) == [], "owners hear through the outbox only"
    first = (told(core, cast), count(core, Appeal), count(core, Handoff))
    assert call(core, name, message_id, reading) == []
    assert (told(core, cast), count(core, Appeal), count(core, Handoff)) == first
    message = read(core, message_id)
    assert message.answered_how == how
    assert message.reading is not None
    assert message.reading["intent"] == intent


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_is_asked_who_they_are_but_helped_in_danger_and_to_a_person(
    core: Core, cast: Cast, name: str
) -> None:
    core.transact_now(lambda s: make_conversation(s, chat_id=7900))
    message_id = write(core, 7900, TEXTS.get(name, "Something"))
    intent, fields, how = MEANT[name]
    call(core, name, message_id, make_reading(intent, **fields))
    for_everybody = name in ("action_raise_emergency", "action_request_handoff")
    assert read(core, message_id).answered_how == (how if for_everybody else "asked_to_register")
    assert count(core, Appeal) == (1 if name == "action_raise_emergency" else 0)


def test_a_message_after_new_does_not_join(core: Core, cast: Cast) -> None:
    for may_join in (True, True, False):
        message_id = write(core, 7001, "The light is out")
        call(core, "action_register_appeal", message_id, make_reading(), may_join=may_join)
    assert count(core, Appeal) == 2


@pytest.mark.parametrize("name", ["action_yes", "action_no"])
def test_yes_and_no_to_nothing_are_asked_about(core: Core, cast: Cast, name: str) -> None:
    message_id = write(core, 7001, "Yes")
    call(core, name, message_id, make_reading(MEANT[name][0]))
    assert read(core, message_id).answered_how == "clarified"


def test_nature_and_category_are_those_the_reader_gave(core: Core, cast: Cast) -> None:
    message_id = write(core, 7001, "Third week without a lift and you keep promising")
    reading = make_reading("dissatisfaction", category="elevator", ranking={"dissatisfaction": 0.8})
    call(core, "action_register_appeal", message_id, reading)
    appeal = core.transact_now(lambda s: s.scalars(select(Appeal)).one())
    assert (appeal.nature, appeal.category, appeal.severity) == (
        "dissatisfaction", "elevator", "major",
    )  # fmt: skip


def test_actions_without_a_core_say_how_to_start_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "_core", None)
    with pytest.raises(RuntimeError, match="ownerdesk run actions"):
        wiring.core()


def test_the_server_has_every_action_and_no_other() -> None:
    from actions.app import make_executor

    executor: ActionExecutor = make_executor()
    assert sorted(executor.actions) == NAMES
