"""Danger: what to do now comes first and at once, then people are alarmed until one accepts (S12)."""

from __future__ import annotations

import re
import time

import pytest
from sqlalchemy import select

from demo.client import Phone, get_text
from ownerdesk.model import Appeal, Handoff
from tests.journeys.world import Console, Play, has_button, is_card, press

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

SMOKE = "smoke is coming out of the basement!!"
STEAM = "the boiler room is full of steam and something is hissing loudly"


async def is_alarmed(desk: Console, appeal: Appeal) -> bool:
    """Whether every page of the console calls for somebody to accept it: it rings for all that nobody accepted yet, and
    the first three are named with a button."""
    calls = await desk.read("/calls")
    ringing = re.search(r'data-emergencies="([\d ]*)"', calls)
    assert ringing, "every page says what it rings for"
    return 'class="alarm"' in calls and str(appeal.id) in ringing[1].split()


async def test_the_rules_raise_it_within_two_seconds_with_the_instructions_first(
    play: Play,
) -> None:
    phone, desk = await play.owner(), await play.console()
    started = time.monotonic()
    await phone.send_text(SMOKE)
    instructions = await phone.wait_for()
    assert time.monotonic() - started < 2.0
    assert "999" in get_text(instructions)
    card = await phone.wait_for(is_card)
    assert card["message_id"] > instructions["message_id"]

    appeal = play.appeal_of(phone)
    assert (appeal.nature, appeal.severity, appeal.kind) == ("emergency", "emergency", "fire")
    assert appeal.responsible is not None
    assert "A person will take this on by" in get_text(card)
    assert play.events(appeal)[:3] == ["appeal.received", "promise.made", "alarm.raised"]
    assert play.written(phone)[-1].reading is None, "no model was asked"

    assert await is_alarmed(desk, appeal)
    await desk.act(appeal, "accept")
    await phone.wait_for(f"has taken on your emergency {appeal.number}")
    assert not await is_alarmed(desk, appeal)


async def test_the_model_raises_what_the_rules_do_not_know(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    started = time.monotonic()
    await phone.send_text(STEAM)
    instructions = await phone.wait_for()
    assert time.monotonic() - started < 2.0
    assert not is_card(instructions)
    await phone.wait_for(is_card)
    appeal = play.appeal_of(phone)
    assert appeal.severity == "emergency"
    reading = play.written(phone)[-1].reading
    assert reading is not None
    assert reading["nature"] == "emergency"
    assert await is_alarmed(desk, appeal)


async def test_more_words_join_the_same_emergency(play: Play) -> None:
    phone = await play.owner()
    await phone.send_text(SMOKE)
    await phone.wait_for(is_card)
    await phone.send_text("there is fire in the basement now, flames everywhere")
    await phone.wait_for("People have been alerted")
    appeal = play.appeal_of(phone)
    assert [m.appeal_id for m in play.written(phone)[-2:]] == [appeal.id, appeal.id]


async def test_a_stranger_in_danger_is_helped_without_registering(play: Play) -> None:
    phone, desk = await play.stranger(), await play.console()
    started = time.monotonic()
    await phone.send_text(SMOKE)
    await phone.wait_for("999")
    assert time.monotonic() - started < 2.0
    await phone.wait_for(is_card)
    appeal = play.appeal_of(phone)
    assert (appeal.nature, appeal.owner_id, appeal.unit_id) == ("emergency", None, None)
    assert await is_alarmed(desk, appeal)


async def test_an_owner_says_of_an_ordinary_appeal_that_it_is_an_emergency(play: Play) -> None:
    phone = await play.owner()
    appeal, card = await play.appeal(phone)
    await press(phone, card, "fix")
    card = await phone.wait_for(has_button("danger"))
    await press(phone, card, "danger")
    await phone.wait_for("999")
    raised = play.appeal_of(phone)
    assert (raised.id, raised.nature, raised.severity) == (appeal.id, "emergency", "emergency")
    assert "alarm.raised" in play.events(raised)


WEAK = "My parcel can't be found, could you check? I think I smell something like gas, maybe"


def reasons(play: Play, phone: Phone) -> list[str]:
    """Why the conversation was given to people."""
    conversation_id = play.conversation(phone).id
    return play.read(
        lambda s: list(
            s.scalars(select(Handoff.reason).where(Handoff.conversation_id == conversation_id))
        )
    )


async def test_a_weak_sign_of_danger_alarms_people_to_look_and_asks_the_owner(play: Play) -> None:
    phone = await play.owner()
    await phone.send_text(WEAK)
    question = await phone.wait_for(has_button("nodanger"))
    assert reasons(play, phone) == ["emergency"]
    assert play.conversation(phone).state == "waiting"
    await press(phone, question, "nodanger")
    await phone.wait_for("I will go on with what you wrote")
    assert play.conversation(phone).state == "bot"
    appeal = play.appeal_of(phone)
    assert appeal.nature == "help_seeking"
    assert "danger.denied" in play.events(appeal)


async def test_the_owner_says_yes_to_a_weak_sign_and_the_alarm_is_raised(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    await phone.send_text(WEAK)
    question = await phone.wait_for(has_button("nodanger"))
    await press(phone, question, "danger")
    await phone.wait_for("999")
    appeal = play.appeal_of(phone)
    assert (appeal.severity, appeal.kind) == ("emergency", "gas_leak")
    assert await is_alarmed(desk, appeal)


async def test_an_unsure_message_with_a_sign_of_danger_is_asked_about_in_one_question(
    play: Play,
) -> None:
    phone = await play.owner()
    await phone.send_text("there is a smell of gas or drains maybe")
    question = await phone.wait_for("Is anybody in danger right now?")
    await play.until(lambda: reasons(play, phone) == ["emergency"])
    await press(phone, question, "danger")
    await phone.wait_for("999")
    assert play.appeal_of(phone).kind == "gas_leak"
