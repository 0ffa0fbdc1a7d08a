"""A group with the bot in it: everybody has the same messages, one presses, and the bot hears who."""

from __future__ import annotations

import asyncio

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from demo.client import Phone, PhoneRefusedError, get_text, list_buttons
from tests.demo.conftest import HAZEL, Play, Running

ROWAN = 5002
TAKE = InlineKeyboardMarkup([[InlineKeyboardButton("I take it", callback_data="take")]])


async def open_group(run: Running) -> tuple[int, Phone, Phone]:
    people = await run.people()
    group = await people.add_group("Cleaners", [HAZEL, ROWAN])
    hazel, rowan = [
        await run.stack.enter_async_context(Phone(run.url, person, group["id"]))
        for person in (HAZEL, ROWAN)
    ]
    return group["id"], hazel, rowan


def test_a_message_to_a_group_is_on_the_phones_of_all_its_members(play: Play) -> None:
    async def journey(run: Running) -> None:
        group_id, hazel, rowan = await open_group(run)
        private, bot = await run.phone(), await run.bot()
        await bot.send_message(group_id, "A job", reply_markup=TAKE)
        cards = [await phone.wait_for("A job") for phone in (hazel, rowan)]
        assert cards[0]["message_id"] == cards[1]["message_id"]
        assert private.received(0) == [], "the private chat is another"

    play(journey)


def test_the_bot_hears_which_member_pressed_and_the_other_sees_the_card_change(play: Play) -> None:
    async def journey(run: Running) -> None:
        group_id, hazel, rowan = await open_group(run)
        bot = await run.bot()
        sent = await bot.send_message(group_id, "A job", reply_markup=TAKE)
        card = await rowan.wait_for("A job")
        pressing = asyncio.create_task(rowan.press(card, data="take"))
        queries = [u.callback_query for u in await bot.get_updates(timeout=5) if u.callback_query]
        while not queries:
            updates = await bot.get_updates(offset=-1, timeout=5)
            queries = [u.callback_query for u in updates if u.callback_query]
        assert queries[0].from_user.id == ROWAN
        assert queries[0].message is not None
        assert queries[0].message.chat.id == group_id
        await bot.answer_callback_query(queries[0].id, text="Yours")
        assert (await pressing)["text"] == "Yours"
        await bot.edit_message_text("Rowan has it", group_id, sent.message_id)
        taken = await hazel.wait_for("Rowan has it")
        assert list_buttons(taken) == []

    play(journey)


def test_a_command_in_a_group_reaches_the_bot_and_chatter_does_not(play: Play) -> None:
    async def journey(run: Running) -> None:
        group_id, hazel, _ = await open_group(run)
        bot = await run.bot()
        said = await hazel.send_text("Good morning all")
        assert (said["chat_id"], get_text(said)) == (group_id, "Good morning all")
        await hazel.send_text("/link ABC")
        heard = [u.message.text for u in await bot.get_updates() if u.message and u.message.text]
        assert heard == ["/link ABC"], "as Telegram's privacy mode has it"

    play(journey)


def test_who_is_no_member_sees_nothing_of_a_group(play: Play) -> None:
    async def journey(run: Running) -> None:
        people = await run.people()
        group = await people.add_group("Cleaners", [HAZEL])
        with pytest.raises(PhoneRefusedError):
            await people.call("GET", f"/people/{ROWAN}/messages", params={"chat_id": group["id"]})

    play(journey)
