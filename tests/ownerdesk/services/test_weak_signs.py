"""A weak sign of danger is a question to whoever is on duty, in their own chat; it rings nobody by the plan."""

from __future__ import annotations

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from ownerdesk.model import Alarm, Conversation, DutyShift, Message
from ownerdesk.queries.messages import get_message_for_staff
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotFound
from ownerdesk.services.emergencies import deny_danger, raise_emergency, say_no_danger
from ownerdesk.services.intake import clarify, finish_turn
from tests.look import find_sent, labels, list_events
from tests.make import (
    LATER,
    NOON,
    Cast,
    make_appeal,
    make_cast,
    make_message,
    make_reading,
    make_staff_chat,
)

WEAK = "There is a strange smell in the stairwell, a bit like gas maybe"


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def chats(session: Session, cast: Cast) -> tuple[Conversation, Conversation]:
    """Mara is on duty, Boris is her manager."""
    return make_staff_chat(session, cast.mara), make_staff_chat(session, cast.boris)


def write(session: Session, cast: Cast) -> Message:
    """Joined an appeal of its own, with a weak sign that was looked at twice: a job may be delivered twice."""
    message = make_message(session, cast.conversation, WEAK)
    appeal = make_appeal(session, cast)
    message.appeal_id, message.answered_at, message.answered_how = appeal.id, NOON, "joined"
    reading = make_reading("help_seeking", alarm=True, kind="gas_leak")
    for _ in range(2):
        finish_turn(session, message.id, reading, [], at=NOON)
    return message


def asked(session: Session, chat: Conversation, message: Message) -> list[Message]:
    return [
        m for m in find_sent(session, chat, "notice") if f"danger?:{message.id}" in (m.key or "")
    ]


def test_whoever_is_on_duty_is_asked_once_and_nobody_is_rung(
    session: Session, cast: Cast, chats: tuple[Conversation, Conversation]
) -> None:
    message = write(session, cast)
    (question,) = asked(session, chats[0], message)
    assert labels(question) == ["lookyes", "lookno"]
    for part in ("Gas", "Birch House, entrance 2, flat 14", WEAK, "I have asked the owner too"):
        assert part in question.text
    assert asked(session, chats[1], message) == []
    assert session.query(Alarm).count() == 0, "a question, not the whole alarm"


def test_with_nobody_on_duty_the_manager_is_asked(
    session: Session, cast: Cast, chats: tuple[Conversation, Conversation]
) -> None:
    session.execute(delete(DutyShift))
    message = write(session, cast)
    assert [len(asked(session, chat, message)) for chat in chats] == [0, 1]


def test_a_message_without_any_sign_asks_nobody(
    session: Session, cast: Cast, chats: tuple[Conversation, Conversation]
) -> None:
    message = make_message(session, cast.conversation, "The lamp is out")
    message.answered_at, message.answered_how = NOON, "joined"
    finish_turn(session, message.id, make_reading("help_seeking"), [], at=NOON)
    assert find_sent(session, chats[0], "notice") == []


def test_where_the_owner_was_asked_what_they_mean_staff_are_asked_too(
    session: Session, cast: Cast, chats: tuple[Conversation, Conversation]
) -> None:
    message = make_message(session, cast.conversation, WEAK)
    reading = make_reading("help_seeking", alarm=True, kind="gas_leak")
    clarify(session, cast.conversation, message, reading, at=NOON)
    finish_turn(session, message.id, reading, [], at=NOON)
    assert len(asked(session, chats[0], message)) == 1


@pytest.mark.parametrize("is_danger", [True, False])
def test_the_owners_answer_ends_the_question_to_staff(
    session: Session, cast: Cast, chats: tuple[Conversation, Conversation], is_danger: bool
) -> None:
    message = write(session, cast)
    if is_danger:
        raise_emergency(
            session, cast.conversation, message, kind="gas_leak", found_by="owner", at=NOON
        )
    else:
        say_no_danger(session, cast.conversation, message, at=NOON)
    (question,) = asked(session, chats[0], message)
    assert labels(question) == []
    assert question.text.endswith("The owner has answered.")


def test_no_danger_by_staff_takes_back_the_handoff_and_says_who_looked(
    session: Session, cast: Cast, chats: tuple[Conversation, Conversation]
) -> None:
    message = write(session, cast)
    assert cast.conversation.state == "waiting"
    for _ in range(2):
        deny_danger(session, cast.conversation, message, by=cast.mara, at=NOON + LATER)
    assert cast.conversation.state == "bot"
    (question,) = asked(session, chats[0], message)
    assert labels(question) == []
    assert question.text.endswith("Answered by Mara T.")
    appeal = make_appeal(session, cast)
    assert "danger.denied" not in list_events(session, appeal)


def test_no_danger_changes_nothing_about_what_has_become_an_emergency(
    session: Session, cast: Cast, chats: tuple[Conversation, Conversation]
) -> None:
    message = make_message(session, cast.conversation, WEAK)
    raise_emergency(session, cast.conversation, message, kind="gas_leak", found_by="owner", at=NOON)
    deny_danger(session, cast.conversation, message, by=cast.mara, at=NOON + LATER)
    assert cast.conversation.state == "waiting"
    assert "no_danger" not in (message.reading or {})


def test_only_staff_of_the_project_may_answer(session: Session, cast: Cast) -> None:
    message = write(session, cast)
    other = make_cast(session, code="U", chat_id=7900)
    assert get_message_for_staff(session, cast.mara, message.id, Right.WORK_APPEALS)[0] is message
    for member, message_id in ((other.mara, message.id), (cast.mara, message.id + 1000)):
        with pytest.raises(NotFound):
            get_message_for_staff(session, member, message_id, Right.WORK_APPEALS)
