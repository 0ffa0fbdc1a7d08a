"""How updates reach a bot: long polling, webhook, order, repetition, conflict."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Conflict
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

from .conftest import HAZEL, Play, Running

CONTEXT = ContextTypes.DEFAULT_TYPE
BUTTON = InlineKeyboardMarkup([[InlineKeyboardButton("Press", callback_data="v1:7")]])


def test_updates_repeat_until_an_offset_confirms_them(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        for text in ("one", "two", "three"):
            await phone.send_text(text)
        first = await bot.get_updates(limit=2)
        again = await bot.get_updates()
        assert [update.message.text for update in first if update.message] == ["one", "two"]
        assert [update.update_id for update in again][:2] == [u.update_id for u in first]
        assert len(again) == 3
        rest = await bot.get_updates(offset=again[0].update_id + 1)
        assert [update.update_id for update in rest] == [u.update_id for u in again[1:]]
        last = await bot.get_updates(offset=-1)
        assert [update.update_id for update in last] == [again[2].update_id]
        assert await bot.get_updates(offset=again[2].update_id + 1) == ()
        assert run.state.updates.count() == 0

    play(journey)


def test_a_long_poll_returns_as_soon_as_something_is_sent(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        started = asyncio.get_running_loop().time()
        polling = asyncio.create_task(bot.get_updates(timeout=20))
        await phone.send_text("hello")
        (update,) = await polling
        assert update.message is not None
        assert update.message.text == "hello"
        assert asyncio.get_running_loop().time() - started < 5

    play(journey)


def test_the_older_of_two_pollers_gets_a_conflict(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, other, phone = await run.bot(), await run.bot(), await run.phone()
        older = asyncio.create_task(bot.get_updates(timeout=20))
        # The older poll may still be on its way when a newer one is done.
        while not older.done():
            await other.get_updates()
        with pytest.raises(Conflict, match="make sure that only one bot instance is running"):
            older.result()
        await phone.send_text("still here")
        assert len(await bot.get_updates()) == 1

    play(journey)


def test_only_allowed_kinds_are_queued(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        await bot.get_updates(allowed_updates=["message"])
        await phone.block()
        await phone.unblock()
        await phone.send_text("kept")
        assert [update.message is not None for update in await bot.get_updates()] == [True]
        await bot.get_updates(allowed_updates=[])
        await phone.block()
        newest = (await bot.get_updates())[-1].my_chat_member
        assert newest is not None
        assert newest.new_chat_member.status == "kicked"

    play(journey)


def test_an_application_answers_commands_texts_and_presses(play: Play) -> None:
    async def journey(run: Running) -> None:
        async def start(update: Update, context: CONTEXT) -> None:
            assert update.message is not None
            await update.message.reply_text(f"args {context.args}", reply_markup=BUTTON)

        async def echo(update: Update, context: CONTEXT) -> None:
            assert update.effective_message is not None
            assert update.effective_chat is not None
            edited = "edited " if update.edited_message else ""
            words = f"{edited}{update.effective_message.text}"
            await context.bot.send_message(update.effective_chat.id, words)

        async def pressed(update: Update, context: CONTEXT) -> None:
            assert update.callback_query is not None
            await update.callback_query.answer("thanks", show_alert=True)
            await update.callback_query.edit_message_text(f"got {update.callback_query.data}")

        application = run.application()
        application.add_handler(CommandHandler("start", start))
        application.add_handler(CallbackQueryHandler(pressed))
        application.add_handler(MessageHandler(filters.TEXT, echo))
        phone = await run.phone()
        async with application:
            assert application.updater is not None
            await application.updater.start_polling(allowed_updates=Update.ALL_TYPES)
            await application.start()
            await phone.send_text("/start invite")
            card = await phone.wait_for("args ['invite']")
            answer = await phone.press(card, text="Press")
            assert (answer["answered"], answer["text"], answer["show_alert"]) == (
                True,
                "thanks",
                True,
            )
            assert (await phone.wait_for("got v1:7"))["message_id"] == card["message_id"]
            mine = await phone.send_text("hello")
            await phone.wait_for("hello")
            await phone.edit(mine["message_id"], "hallo")
            await phone.wait_for("edited hallo")
            await application.updater.stop()
            await application.stop()

    play(journey)


def test_an_old_or_unknown_query_cannot_be_answered(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
            await bot.answer_callback_query("123")
        card = await bot.send_message(HAZEL, "card", reply_markup=BUTTON)
        pressed = await phone.press(card.message_id, text="Press", wait=False)
        query = run.state.callbacks[pressed["callback_query_id"]]
        query["at"] -= run.state.config.callback_ttl + 1
        with pytest.raises(BadRequest, match="query id is invalid"):
            await bot.answer_callback_query(pressed["callback_query_id"])
        fresh = await phone.press(card.message_id, text="Press", wait=False)
        assert await bot.answer_callback_query(fresh["callback_query_id"], "ok")
        await phone.wait_until(lambda: [c["text"] for c in phone.callbacks] == ["ok"])

    play(journey)


def test_a_webhook_gets_the_secret_the_order_and_a_second_try(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        got: list[tuple[str | None, Any]] = []
        all_there = asyncio.Event()

        async def hook(request: web.Request) -> web.Response:
            update = await request.json()
            got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), update))
            if len(got) == 3:
                all_there.set()
            return web.Response(status=500 if len(got) == 1 else 200)

        site = web.Application()
        site.router.add_post("/hook", hook)
        runner = web.AppRunner(site)
        await runner.setup()
        tcp = web.TCPSite(runner, "127.0.0.1", 0)
        await tcp.start()
        port = runner.addresses[0][1]
        await bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token="s-3_x")
        with pytest.raises(Conflict, match="while webhook is active"):
            await bot.get_updates()
        await phone.send_text("one")
        await phone.send_text("two")
        await asyncio.wait_for(all_there.wait(), 10)
        assert [update["message"]["text"] for _, update in got] == ["one", "one", "two"]
        assert {secret for secret, _ in got} == {"s-3_x"}
        info = await bot.get_webhook_info()
        assert (
            info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
        )
        with pytest.raises(BadRequest, match="loopback addresses only"):
            await bot.set_webhook("https://example.com/hook")
        with pytest.raises(BadRequest, match="unallowed characters"):
            await bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token="a b")
        await bot.delete_webhook(drop_pending_updates=True)
        assert await bot.get_updates() == ()
        await runner.cleanup()

    play(journey)


def test_an_update_can_come_twice_and_two_can_swap_places(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone, people = await run.bot(), await run.phone(), await run.people()
        await people.set_fault(duplicate=1)
        await phone.send_text("twice")
        texts = [update.message.text for update in await bot.get_updates() if update.message]
        assert texts == ["twice", "twice"]
        await people.set_fault(swap=1)
        await phone.send_text("first")
        await phone.send_text("second")
        texts = [update.message.text for update in await bot.get_updates() if update.message]
        assert texts == ["twice", "second", "first"]

    play(journey)
