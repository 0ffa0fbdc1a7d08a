"""Trouble: flood control, faults on request, groups that move, a restart."""

from __future__ import annotations

import pytest
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter

from demo.client import PhoneRefusedError
from demo.errors import ApiError
from demo.limits import Limits
from demo.state import Config

from .conftest import HAZEL, Play, Running

SECOND = 9001


def test_one_chat_is_limited_by_itself_after_a_small_burst(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot = await run.bot()
        run.state.add_person(SECOND, True, first_name="Other")
        for number in range(5):
            await bot.send_message(HAZEL, f"{number}")
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(HAZEL, "one too many")
        assert caught.value._retry_after.total_seconds() == 1
        assert (await bot.send_message(SECOND, "free")).text == "free"
        assert len(run.state.messages(HAZEL)) == 5

    play(journey, Config())


def test_thirty_messages_go_out_over_all_before_a_second_has_passed() -> None:
    limits = Limits()
    for chat_id in range(30):
        limits.take(chat_id)
    with pytest.raises(ApiError) as caught:
        limits.take(30)
    assert caught.value.to_json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }


def test_many_chats_together_meet_the_limit_over_all(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot = await run.bot()
        for number in range(3):
            run.state.add_person(SECOND + number, True, first_name="P")
        await bot.send_message(SECOND, "x")
        await bot.send_message(SECOND + 1, "x")
        with pytest.raises(RetryAfter):
            await bot.send_message(SECOND + 2, "x")
        assert run.state.messages(SECOND + 2) == []

    play(journey, Config(rate=2))


def test_a_method_fails_as_often_as_asked_and_not_again(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, people = await run.bot(), await run.people()
        await people.set_fault(method="sendMessage", times=2, status=502)
        for _ in range(2):
            with pytest.raises(NetworkError, match="Bad Gateway"):
                await bot.send_message(HAZEL, "x")
        assert run.state.messages(HAZEL) == []
        assert await bot.send_message(HAZEL, "x")
        await people.set_fault(method="sendMessage", status=429, retry_after=7)
        with pytest.raises(RetryAfter, match="7 seconds"):
            await bot.send_message(HAZEL, "x")
        await people.set_fault(method="sendMessage", status=403, chat_id=12345)
        assert await bot.send_message(HAZEL, "another chat's fault")

    play(journey)


def test_a_cut_connection_may_come_after_the_effect(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, people = await run.bot(), await run.people()
        await people.set_fault(method="sendMessage", mode="reset")
        with pytest.raises(NetworkError):
            await bot.send_message(HAZEL, "lost")
        assert run.state.messages(HAZEL) == []
        await people.set_fault(method="sendMessage", mode="reset", after=True)
        with pytest.raises(NetworkError):
            await bot.send_message(HAZEL, "arrived")
        assert [r["message"]["text"] for r in run.state.messages(HAZEL)] == ["arrived"]
        await people.set_fault(method="getMe", times=5, status=500)
        await people.clear_faults()
        assert (await bot.get_me()).id == run.state.bot_id
        with pytest.raises(PhoneRefusedError, match="unknown fault fields: colour"):
            await people.set_fault(colour="red")

    play(journey)


def test_a_group_that_became_a_supergroup_names_its_new_id(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, people = await run.bot(), await run.people()
        group = await people.add_group("Birch House", [HAZEL])
        await bot.send_message(group["id"], "hello all")
        bigger = await people.migrate_group(group["id"])
        with pytest.raises(ChatMigrated) as caught:
            await bot.send_message(group["id"], "still there?")
        assert caught.value.new_chat_id == bigger["id"]
        assert str(bigger["id"]).startswith("-100")
        moved = [u.message for u in await bot.get_updates() if u.message]
        assert [m.migrate_to_chat_id for m in moved if m.migrate_to_chat_id] == [bigger["id"]]
        assert [m.migrate_from_chat_id for m in moved if m.migrate_from_chat_id] == [group["id"]]

    play(journey)


def test_a_restart_keeps_chats_updates_numbers_files_and_settings(play: Play) -> None:
    file_ids: list[str] = []
    update_ids: list[int] = []

    async def before(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        await bot.set_my_commands([("help", "What I can do")])
        await phone.send_text("remember me")
        document = await phone.send_document(b"paper", "p.txt")
        file_ids.append(document["document"]["file_id"])
        gone = await bot.send_message(HAZEL, "gone")
        await gone.delete()
        await phone.block()
        first = (await bot.get_updates())[0]
        await bot.get_updates(offset=first.update_id + 1)
        update_ids.append(first.update_id)

    async def after(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        with pytest.raises(Forbidden):
            await bot.send_message(HAZEL, "x")
        await phone.unblock()
        waiting = await bot.get_updates()
        assert [u.update_id for u in waiting] == [update_ids[0] + n for n in (1, 2, 3)]
        texts = [m.get("text") for m in phone.messages.values()]
        assert texts == ["remember me", None, None]
        assert (await bot.send_message(HAZEL, "new")).message_id == 4
        file = await bot.get_file(file_ids[0])
        assert bytes(await file.download_as_bytearray()) == b"paper"
        assert [c["command"] for c in await phone.commands()] == ["help"]

    play(before)
    play(after)


def test_commands_follow_scope_and_language(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, hazel, rowan = await run.bot(), await run.phone(), await run.phone(5002)
        await bot.set_my_commands([("help", "Help")])
        await bot.set_my_commands([("help", "Ayuda")], language_code="es")
        assert [c["description"] for c in await hazel.commands()] == ["Help"]
        assert [c["description"] for c in await rowan.commands()] == ["Ayuda"]
        await bot.delete_my_commands(language_code="es")
        assert [c["description"] for c in await rowan.commands()] == ["Help"]
        with pytest.raises(BadRequest, match="Bot_command_invalid"):
            await bot.set_my_commands([("Not Good", "x")])

    play(journey)


def test_the_log_tells_when_an_update_was_made_handed_over_and_answered(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone, people = await run.bot(), await run.phone(), await run.people()
        sent = await phone.send_text("private words")
        await bot.get_updates()
        answer = await bot.send_message(HAZEL, "more private words")
        entries = await people.log()
        kinds = [e["kind"] for e in entries if e.get("chat_id") == HAZEL]
        assert kinds == ["update_created", "update_delivered", "call"]
        assert entries[-1]["message_id"] == answer.message_id
        assert (
            next(e for e in entries if e["kind"] == "update_created")["message_id"]
            == (sent["message_id"])
        )
        assert "private words" not in str(entries)
        assert await people.log(since=entries[-2]["n"]) == [entries[-1]]

    play(journey)


def test_a_page_of_another_site_cannot_act_for_a_person(play: Play) -> None:
    async def journey(run: Running) -> None:
        people = await run.people()
        url = f"/people/{HAZEL}/text"
        for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", None)):
            headers = {"Sec-Fetch-Site": site}
            if status is None:
                assert await people.call("POST", url, json={"text": "hi"}, headers=headers)
                continue
            with pytest.raises(PhoneRefusedError) as caught:
                await people.call("POST", url, json={"text": "hi"}, headers=headers)
            assert caught.value.status == status

    play(journey)


def test_a_person_cannot_do_what_a_phone_cannot(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        theirs = await bot.send_message(HAZEL, "the bot's")
        mine = await phone.send_text("mine")
        refusals = (
            (403, phone.edit(theirs.message_id, "x")),
            (404, phone.press(theirs.message_id, text="Nothing")),
            (404, phone.press_key("Nothing")),
            (400, phone.send_text("   ")),
            (400, phone.send_text("x" * 4097)),
        )
        for status, act in refusals:
            with pytest.raises(PhoneRefusedError) as caught:
                await act
            assert caught.value.status == status
        assert (await phone.edit(mine["message_id"], "changed"))["text"] == "changed"
        forged = await phone.press(theirs.message_id, data="v1:other", force=True, wait=False)
        assert forged["update_id"] is not None

    play(journey)
