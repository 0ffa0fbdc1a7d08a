"""Telegram, Rasa or the action server fail: owners hear something clear, and nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.client import Phone, get_text
from demo.errors import Json
from ownerdesk.model import Conversation, Handoff, Message
from tests.journeys.world import Play, is_card

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

FAULT = "The light on the landing of the fourth floor is out."
SMOKE = "smoke is coming out of the basement!!"


def told(play: Play, phone: Phone) -> list[Message]:
    """What the owner was to be told, in the order of its causes."""

    def work(session: Session) -> list[Message]:
        return list(
            session.scalars(
                select(Message)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .where(Conversation.chat_id == phone.person_id, Message.direction == "out")
                .order_by(Message.id)
            )
        )

    return play.read(work)


async def is_delivered(play: Play, phone: Phone, seconds: float = 15.0) -> None:
    """Everything is sent in its last version, and stands on the phone in the order of its causes."""
    await play.until(
        lambda: all(m.state == "sent" and m.sent_revision == m.revision for m in told(play, phone)),
        seconds,
    )
    ids = [m.telegram_message_id or 0 for m in told(play, phone)]
    assert ids == sorted(ids)
    await phone.wait_until(lambda: set(ids) <= set(phone.messages))


def reasons(play: Play, phone: Phone) -> list[str]:
    """Why the conversation was given to people."""
    conversation_id = play.conversation(phone).id
    return play.read(
        lambda s: list(
            s.scalars(select(Handoff.reason).where(Handoff.conversation_id == conversation_id))
        )
    )


async def say(phone: Phone, *words: str) -> None:
    for text in words:
        await phone.send_text(text)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "times": 2},
        {"status": 502, "times": 1},
        {"status": 429, "times": 2, "retry_after": 1},
        {"mode": "reset", "times": 2},
    ],
    ids=["500", "502", "429", "reset"],
)
async def test_what_telegram_refuses_for_a_moment_is_sent_again_in_its_order(
    play: Play, fault: Json
) -> None:
    phone = await play.owner()
    await play.stand_in.set_fault(method="sendMessage", chat_id=phone.person_id, **fault)
    await say(phone, FAULT, FAULT, "thanks!")
    await play.until(lambda: len(told(play, phone)) == 4)
    await is_delivered(play, phone)
    assert len(phone.received(0)) == 4


async def test_an_answer_that_got_lost_on_its_way_back_is_sent_again_rather_than_never(
    play: Play,
) -> None:
    phone = await play.owner()
    await play.stand_in.set_fault(
        method="sendMessage", chat_id=phone.person_id, mode="reset", after=True
    )
    await say(phone, FAULT)
    await phone.wait_for(is_card)
    await is_delivered(play, phone)
    assert 1 <= len([m for m in phone.received() if is_card(m)]) <= 2
    assert len(play.appeals(phone)) == 1


async def test_updates_that_cannot_be_fetched_for_a_moment_are_fetched_later(play: Play) -> None:
    phone = await play.owner()
    await play.stand_in.set_fault(method="getUpdates", times=2, status=502)
    await play.stand_in.set_fault(method="getUpdates", times=1, mode="reset", after=True)
    await say(phone, "hello", FAULT)
    await phone.wait_for(is_card, seconds=15)
    assert len(play.written(phone)) == 3


async def test_a_photo_that_cannot_be_fetched_for_a_moment_is_stored_in_the_end(
    play: Play,
) -> None:
    phone = await play.owner()
    await play.stand_in.set_fault(method="getFile", times=2, status=500)
    await phone.send_document(b"words", "notes.txt", "text/plain")
    await phone.wait_for()
    await play.until(lambda: play.written(phone)[-1].attachments[0].state == "stored", 15)


async def test_staff_see_that_an_owner_blocked_the_bot_and_a_new_word_ends_it(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone)
    await phone.block()
    await desk.act(appeal, "accept")
    await desk.act(appeal, "resolve", resolution="Done.")
    await play.until(lambda: told(play, phone)[-1].state == "blocked")
    assert play.conversation(phone).blocked_at is not None
    assert "The owner has blocked the bot since" in await desk.read(f"/appeals/{appeal.id}")

    await phone.unblock()
    await phone.send_text("/status")
    await phone.wait_for(lambda m: appeal.number in get_text(m))
    assert play.conversation(phone).blocked_at is None
    assert "The owner has blocked the bot since" not in await desk.read(f"/appeals/{appeal.id}")


async def test_without_rasa_danger_is_raised_at_once_and_the_rest_goes_to_a_person(
    play: Play,
) -> None:
    ordinary, endangered, stranger = (
        await play.owner(),
        await play.owner("es"),
        await play.stranger(),
    )
    with play.stack.down("rasa"):
        assert not play.stack.health().get("rasa")
        started = time.monotonic()
        await say(ordinary, FAULT)
        await say(endangered, "Huele muchísimo a gas en la escalera")
        await endangered.wait_for(is_not_card)
        assert time.monotonic() - started < 2.0
        await say(stranger, "My parcel can't be found, could you check?")
        await ordinary.wait_for("I have passed this to a person", seconds=10)
        await stranger.wait_for("I have passed this to a person", seconds=10)
        assert time.monotonic() - started < 10.0
        await say(ordinary, "and it is quite dark there")
        await ordinary.wait_for("I have put this with the rest", seconds=5)
        appeal = play.appeal_of(endangered)
        assert (appeal.severity, appeal.kind) == ("emergency", "gas_leak")
        for phone in (ordinary, stranger):
            assert reasons(play, phone) == ["reader_down"]
            assert play.conversation(phone).state == "waiting"
            assert play.appeals(phone) == []
        assert all(m.answered_at for m in play.written(ordinary))
    await asyncio.to_thread(play.stack.wait_healthy)
    later = await play.owner()
    await play.appeal(later)


def is_not_card(message: Json) -> bool:
    return bool(message["from_bot"]) and not is_card(message)


async def test_while_rasa_hangs_an_owner_hears_within_ten_seconds_and_danger_at_once(
    play: Play,
) -> None:
    ordinary, endangered = await play.owner(), await play.owner()
    with play.stack.frozen("rasa"):
        started = time.monotonic()
        await say(ordinary, FAULT)
        await say(endangered, SMOKE)
        await endangered.wait_for("999")
        assert time.monotonic() - started < 2.0
        await ordinary.wait_for("I have passed this to a person", seconds=10)
        assert time.monotonic() - started < 10.0
        assert reasons(play, ordinary) == ["reader_down"]
    await asyncio.to_thread(play.stack.wait_healthy)
    later = await play.owner()
    await play.appeal(later)
    assert play.appeals(ordinary) == [], "what Rasa finished too late changed nothing"


async def test_danger_does_not_wait_behind_many_who_wait_for_rasa(play: Play) -> None:
    """More conversations hang than Rasa is ever asked for at once."""
    many = await asyncio.gather(*(play.owner() for _ in range(30)))
    endangered = await play.owner()
    with play.stack.frozen("rasa"):
        await asyncio.gather(*(say(phone, FAULT) for phone in many))
        await play.until(lambda: all(len(play.written(phone)) == 2 for phone in many))
        started = time.monotonic()
        await say(endangered, SMOKE)
        await endangered.wait_for("999")
        assert time.monotonic() - started < 2.0
        for phone in many:
            await phone.wait_for("I have passed this to a person", seconds=10)
    await asyncio.to_thread(play.stack.wait_healthy)


async def test_without_the_action_server_danger_is_raised_and_the_rest_goes_to_a_person(
    play: Play,
) -> None:
    ordinary, endangered = await play.owner(), await play.owner()
    with play.stack.down("actions"):
        started = time.monotonic()
        await say(ordinary, FAULT)
        await say(endangered, SMOKE)
        await endangered.wait_for("999")
        assert time.monotonic() - started < 2.0
        await ordinary.wait_for("I have passed this to a person", seconds=10)
        assert time.monotonic() - started < 10.0
        assert play.appeals(ordinary) == []
        assert play.written(ordinary)[-1].answered_how == "handed_over"
    await asyncio.to_thread(play.stack.wait_healthy)
    await play.until(lambda: is_listening(play.stack.actions_port), 30)
    later = await play.owner()
    await play.appeal(later)


def is_listening(port: int) -> bool:
    """The action server is no part of the health page: without it people answer."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


async def test_a_part_that_was_killed_comes_back_and_what_was_written_meanwhile_is_answered(
    play: Play,
) -> None:
    phone = await play.owner()
    play.stack.kill("bot")
    play.stack.kill("worker")
    await say(phone, FAULT)
    await phone.wait_for(is_card, seconds=40)
    assert len(play.appeals(phone)) == 1
    await asyncio.to_thread(play.stack.wait_healthy)
