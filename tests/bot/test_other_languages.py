"""A language that is read but not answered in: English with a line that says so, and a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Handoff, Message
from ownerdesk.queries.conversations import find_conversation
from ownerdesk.services.conversations import choose_language
from tests.look import list_keys
from tests.make import Cast
from tests.offline import Desk

GERMAN = "Die Heizung im Wohnzimmer wird seit Tagen nicht warm"
NOTE = "For now I can answer in English only. A person has your message too."


def understand(desk: Desk, text: str = GERMAN, **fields: object) -> None:
    reading = {
        "language": "de", "decision": "handoff", "category": "heating",
        "ranking": {"help_seeking": 0.8, "dissatisfaction": 0.2}, **fields,
    }  # fmt: skip
    desk.understand(text, "nlu_fallback", **reading)


def look(desk: Desk, ask: Callable[[Session, Conversation], Any], chat_id: int = 7001) -> Any:
    def work(session: Session) -> Any:
        conversation = find_conversation(session, chat_id)
        assert conversation is not None
        return ask(session, conversation)

    return desk.core.transact_now(work)


def told(desk: Desk, chat_id: int = 7001) -> list[str]:
    def ask(session: Session, conversation: Conversation) -> list[str]:
        query = select(Message.text).where(
            Message.conversation_id == conversation.id, Message.direction == "out"
        )
        return list(session.scalars(query.order_by(Message.id)))

    return look(desk, ask, chat_id)


def handoff_of(desk: Desk, chat_id: int = 7001) -> Handoff:
    return look(
        desk,
        lambda s, c: s.scalars(select(Handoff).where(Handoff.conversation_id == c.id)).one(),
        chat_id,
    )


def test_a_german_message_is_answered_in_english_with_the_line_and_handed_over(
    desk: Desk, cast: Cast
) -> None:
    understand(desk)
    desk.write(GERMAN)
    (answer,) = told(desk)
    assert answer.startswith("I have passed this to a person.")
    assert answer.endswith(NOTE)
    handoff = handoff_of(desk)
    assert handoff.reason == "other_language"

    def kept(session: Session, conversation: Conversation) -> tuple[object, ...]:
        message = session.get_one(Message, handoff.message_id)
        reading = message.reading or {}
        return (
            conversation.language, conversation.state, message.text, message.language,
            reading["nature"], reading["category"],
        )  # fmt: skip

    assert look(desk, kept) == ("de", "waiting", GERMAN, "de", "help_seeking", "heating")


def test_the_owner_who_chose_a_language_is_answered_in_it_without_the_line(
    desk: Desk, cast: Cast
) -> None:
    look(desk, lambda s, c: choose_language(s, c, "es"))
    understand(desk)
    desk.write(GERMAN)
    (answer,) = told(desk)
    assert "English" not in answer
    assert handoff_of(desk).reason == "other_language"
    assert look(desk, lambda s, c: c.language) == "es"


def test_a_reader_that_would_only_ask_is_overruled(desk: Desk, cast: Cast) -> None:
    """Buttons in English would be one more thing not understood."""
    understand(desk, decision="clarify")
    desk.write(GERMAN)
    assert look(desk, list_keys) == ["handoff"]


def test_an_emergency_the_reader_is_sure_of_is_acted_on_with_the_line(
    desk: Desk, cast: Cast
) -> None:
    text = "mir ist ganz komisch seit die Therme läuft"
    desk.understand(text, "emergency", language="de", kind="gas_leak", alarm=True)
    desk.write(text)
    assert told(desk)[0].endswith(NOTE)
    appeal = look(desk, lambda s, c: s.scalars(select(Appeal)).one())
    assert (appeal.nature, appeal.kind) == ("emergency", "gas_leak")
    assert handoff_of(desk).reason == "emergency"


def test_signs_of_danger_make_the_handoff_urgent(desk: Desk, cast: Cast) -> None:
    understand(desk, alarm=True, kind="gas_leak")
    desk.write(GERMAN)
    assert look(desk, list_keys) == ["handoff", "danger?"]
    assert handoff_of(desk).reason == "emergency"


def test_a_stranger_gets_a_person_at_once(desk: Desk, cast: Cast) -> None:
    understand(desk)
    desk.write(GERMAN, user=7099)
    (question,) = told(desk, 7099)
    assert "I do not know your home yet" in question
    assert question.endswith(NOTE)
    assert handoff_of(desk, 7099).reason == "other_language"


def test_settings_and_commands_go_on_in_english(desk: Desk, cast: Cast) -> None:
    understand(desk)
    desk.write(GERMAN)
    for command in ("/settings", "/help", "/status", "/appeals", "/start", "/language"):
        desk.write(command)
    assert any("Language: English" in text for text in told(desk))
    desk.write("gracias")
    desk.press("1:lang:0:es")
    assert look(desk, lambda s, c: c.language) == "es"
