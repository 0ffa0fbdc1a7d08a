"""People take conversations over and give them back; while they hold one the bot is silent."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.client import get_text
from ownerdesk.model import Handoff, Message
from tests.journeys.world import Play, has_button, is_card, press, shown

pytestmark = [pytest.mark.anyio, pytest.mark.journey]


async def test_a_person_takes_the_conversation_answers_and_gives_it_back(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    await phone.send_text("I want to talk to a person")
    told = await phone.wait_for("I have passed this to a person")
    conversation = play.conversation(phone)
    handoff = play.read(
        lambda s: s.scalars(select(Handoff).filter_by(conversation_id=conversation.id)).one()
    )
    assert (conversation.state, handoff.reason) == ("waiting", "asked")
    assert "will answer you here by" in get_text(told)
    assert "I want to talk to a person" in await desk.read("/handoffs")

    location = await desk.post(f"/handoffs/{conversation.id}/take")
    assert location == f"/conversations/{conversation.id}"
    await phone.wait_for(f"{play.staff().name} is here now")
    held = play.conversation(phone)
    assert (held.state, held.assignee_id) == ("person", play.staff().id)

    await phone.send_text("The light on the landing of the fourth floor is out.")
    await phone.send_text("And when is the pool open?")
    await play.until(lambda: len(play.written(phone)) == 4)
    await desk.reply(held, "I am looking at both now.")
    answer = await phone.wait_for()
    assert get_text(answer) == "I am looking at both now.", "the bot kept silent"
    assert play.appeals(phone) == []
    assert {m.answered_how for m in play.written(phone)[-2:]} == {"person"}

    await desk.post(f"/conversations/{conversation.id}/hand-back")
    await phone.wait_for("I am with you again")
    assert play.conversation(phone).state == "bot"
    await phone.send_text("The heating in my flat stays cold")
    await phone.wait_for(is_card)
    assert len(play.appeals(phone)) == 1


async def test_what_an_owner_adds_while_waiting_is_kept_and_said_to_be(play: Play) -> None:
    phone = await play.owner()
    await phone.send_text("/human")
    await phone.wait_for("I have passed this to a person")
    await phone.send_text("it is about my parking space")
    await phone.wait_for("I have put this with the rest")
    assert [m.answered_how for m in play.written(phone)[-2:]] == ["handed_over", "waiting"]


async def test_an_emergency_gets_through_while_a_person_holds_the_conversation(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    await phone.send_text("/human")
    await phone.wait_for("I have passed this to a person")
    await desk.post(f"/handoffs/{play.conversation(phone).id}/take")
    await phone.wait_for("is here now")
    await phone.send_text("smoke is coming out of the basement!!")
    await phone.wait_for("999")
    assert play.appeal_of(phone).severity == "emergency"
    assert play.conversation(phone).state == "person"


async def test_after_two_misses_a_person_takes_over(play: Play) -> None:
    phone = await play.owner()
    await phone.send_text("the thing is doing it again")
    question = await phone.wait_for("What is it about?")
    assert has_button("human")(question)
    assert play.conversation(phone).misses == 1
    await phone.send_text("well you know how it is")
    await phone.wait_for("I have passed this to a person")
    conversation = play.conversation(phone)
    assert (conversation.state, conversation.misses) == ("waiting", 0)


async def test_an_unsure_message_is_dealt_with_as_the_owner_says(play: Play) -> None:
    phone = await play.owner()
    await phone.send_text("the thing is doing it again")
    question = await phone.wait_for(has_button("read"))
    await press(phone, question, "read")
    await phone.wait_for(lambda m: is_card(m) or has_button("solved")(m) or has_button("order")(m))
    (message,) = play.written(phone)[-1:]
    assert message.reading is not None
    assert message.reading["chosen"]
    assert play.conversation(phone).misses == 0


async def test_two_members_of_staff_cannot_hold_one_conversation(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    manager = await play.console("prudence.overlook@example.com")
    await phone.send_text("/human")
    await phone.wait_for("I have passed this to a person")
    conversation = play.conversation(phone)
    await desk.post(f"/handoffs/{conversation.id}/take")
    status, page = await manager.send(f"/handoffs/{conversation.id}/take")
    assert status == 409
    assert play.staff().name in page
    assert play.conversation(phone).assignee_id == play.staff().id


async def test_a_reply_sent_twice_reaches_the_owner_once(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    await phone.send_text("/human")
    await phone.wait_for("I have passed this to a person")
    conversation = play.conversation(phone)
    await desk.post(f"/handoffs/{conversation.id}/take")
    form = shown(await desk.read(f"/conversations/{conversation.id}"))
    for _ in range(2):
        await desk.post(f"/conversations/{conversation.id}/reply", text="Good evening.", **form)
    await phone.wait_for("Good evening.")

    def count(session: Session) -> int:
        found = session.scalars(
            select(Message).filter_by(conversation_id=conversation.id, text="Good evening.")
        )
        return len(found.all())

    assert play.read(count) == 1
