"""What a bot sends and changes, through python-telegram-bot, and what a phone shows of it."""

from __future__ import annotations

import pytest
from telegram import (
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken

from demo.client import get_text, list_buttons, list_keys

from .conftest import HAZEL, Play, Running

YES_NO = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Yes", callback_data="1:y"),
            InlineKeyboardButton("No", callback_data="1:n"),
        ]
    ]
)


def test_html_arrives_as_plain_text_with_entities(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        sent = await bot.send_message(
            HAZEL, "  🏟 <b>Tom &amp; <i>Ann</i></b> see https://a.example/b ", ParseMode.HTML
        )
        assert sent.text == "🏟 Tom & Ann see https://a.example/b"
        spans = {entity.type: sent.parse_entity(entity) for entity in sent.entities}
        assert spans == {"bold": "Tom & Ann", "italic": "Ann", "url": "https://a.example/b"}
        shown = await phone.wait_for("Tom & Ann")
        assert shown["message_id"] == sent.message_id

    play(journey)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("🏟<b>open", 'can\'t find end tag corresponding to start tag "b"'),
        ("🏟 <br>", 'unsupported start tag "br" at byte offset 5'),
        ("a < b", 'unsupported start tag "" at byte offset 2'),
        ("<i>a</b>", 'unmatched end tag at byte offset 4, expected "</i>", found "</b>"'),
        ("a</b>", "unexpected end tag at byte offset 1"),
        ("<i a>b</i>", 'expected equal sign in declaration of an attribute of the tag "i"'),
        ("<a href='x>b</a>", "unclosed start tag at byte offset 0"),
    ],
)
def test_wrong_html_is_refused_in_telegrams_words(play: Play, source: str, words: str) -> None:
    async def journey(run: Running) -> None:
        bot = await run.bot()
        with pytest.raises(BadRequest) as caught:
            await bot.send_message(HAZEL, source, ParseMode.HTML)
        assert str(caught.value).lower().startswith("can't parse entities: ")
        assert words in str(caught.value).lower()
        assert run.state.messages(HAZEL) == []

    play(journey)


def test_4096_characters_pass_and_one_more_does_not(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot = await run.bot()
        sent = await bot.send_message(HAZEL, "<b>" + "é" * 4096 + "</b>", ParseMode.HTML)
        assert sent.text == "é" * 4096
        with pytest.raises(BadRequest, match="Message is too long"):
            await bot.send_message(HAZEL, "é" * 4097)
        with pytest.raises(BadRequest, match="Message text is empty"):
            await bot.send_message(HAZEL, "<b> </b>", ParseMode.HTML)
        assert len(run.state.messages(HAZEL)) == 1

    play(journey)


def test_a_chat_must_exist_have_begun_and_not_block_the_bot(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        for nobody in (424242, 5002):
            with pytest.raises(BadRequest, match="Chat not found"):
                await bot.send_message(nobody, "hello")
        await phone.block()
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(HAZEL, "hello")
        await phone.unblock()
        assert (await bot.send_message(HAZEL, "hello")).text == "hello"

    play(journey)


def test_a_wrong_token_is_told_apart(play: Play) -> None:
    async def journey(run: Running) -> None:
        with pytest.raises(InvalidToken):
            await run.bot("100000001:WRONG")

    play(journey)


def test_an_edit_replaces_text_and_buttons_and_must_change_something(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        sent = await bot.send_message(HAZEL, "one", reply_markup=YES_NO)
        with pytest.raises(BadRequest, match="specified new message content and reply markup are"):
            await sent.edit_text("one", reply_markup=YES_NO)
        await sent.edit_text("two")
        shown = await phone.wait_for("two")
        assert shown["change"] == "edited"
        assert shown["edit_date"] >= shown["date"]
        # Telegram takes the buttons away when an edit does not repeat them.
        assert list_buttons(shown) == []
        with pytest.raises(BadRequest, match="Message to edit not found"):
            await bot.edit_message_text("x", HAZEL, 999)
        with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
            await bot.edit_message_caption(HAZEL, sent.message_id, caption="x")

    play(journey)


def test_only_the_bots_own_messages_without_reply_keyboard_can_be_edited(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        theirs = await phone.send_text("mine")
        with pytest.raises(BadRequest, match="Message can't be edited"):
            await bot.edit_message_text("x", HAZEL, theirs["message_id"])
        with_keys = await bot.send_message(HAZEL, "keys", reply_markup=ReplyKeyboardMarkup([["a"]]))
        with pytest.raises(BadRequest, match="Message can't be edited"):
            await with_keys.edit_text("other")

    play(journey)


def test_a_deleted_message_is_gone_for_bot_and_phone(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        sent = await bot.send_message(HAZEL, "short-lived")
        assert await sent.delete()
        gone = await phone.wait_for(lambda message: message["deleted"])
        assert gone["message_id"] == sent.message_id
        assert "text" not in gone
        with pytest.raises(BadRequest, match="Message to delete not found"):
            await sent.delete()

    play(journey)


def test_a_reply_shows_what_it_answers(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        asked = await phone.send_text("a question")
        reply = ReplyParameters(asked["message_id"])
        sent = await bot.send_message(HAZEL, "an answer", reply_parameters=reply)
        assert sent.reply_to_message is not None
        assert sent.reply_to_message.text == "a question"
        with pytest.raises(BadRequest, match="Message to be replied not found"):
            await bot.send_message(HAZEL, "x", reply_parameters=ReplyParameters(999))
        lenient = ReplyParameters(999, allow_sending_without_reply=True)
        assert (await bot.send_message(HAZEL, "y", reply_parameters=lenient)).text == "y"

    play(journey)


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ({"text": "x", "callback_data": "ü" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "x"}, "Text buttons are unallowed in the inline keyboard"),
        ({"text": "x", "url": "http://localhost/a"}, "Wrong HTTP URL"),
    ],
)
def test_a_wrong_button_is_refused(play: Play, button: dict[str, str], words: str) -> None:
    async def journey(run: Running) -> None:
        bot = await run.bot()
        markup = {"inline_keyboard": [[button]]}
        with pytest.raises(BadRequest) as caught:
            await bot.send_message(HAZEL, "x", api_kwargs={"reply_markup": markup})
        assert words.lower() in str(caught.value).lower()
        assert run.state.messages(HAZEL) == []
        limit = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="ü" * 32)]])
        assert await bot.send_message(HAZEL, "at the limit", reply_markup=limit)

    play(journey)


def test_a_reply_keyboard_stays_until_it_is_removed(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        keys = ReplyKeyboardMarkup([[KeyboardButton("Share", request_contact=True)], ["Menu"]])
        await bot.send_message(HAZEL, "choose", reply_markup=keys)
        await phone.wait_until(lambda: list_keys(phone.chat) == ["Share", "Menu"])
        pressed = await phone.press_key("Menu")
        assert pressed["text"] == "Menu"
        shared = await phone.press_key("Share")
        assert shared["contact"]["user_id"] == HAZEL
        assert shared["contact"]["phone_number"] == "447700900001"
        await bot.send_message(HAZEL, "done", reply_markup=ReplyKeyboardRemove())
        await phone.wait_until(lambda: phone.chat["keyboard"] is None)
        await bot.send_message(HAZEL, "why?", reply_markup=ForceReply())
        await phone.wait_until(lambda: phone.chat["keyboard"] is not None)
        await phone.send_text("because")
        await phone.wait_until(lambda: phone.chat["keyboard"] is None)

    play(journey)


def test_a_chat_action_is_seen_as_typing(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        await bot.send_chat_action(HAZEL, "typing")
        await phone.wait_until(lambda: phone.typing == ["typing"])

    play(journey)


def test_a_markdown_text_is_refused_rather_than_half_read(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot = await run.bot()
        with pytest.raises(BadRequest, match="Unsupported parse_mode"):
            await bot.send_message(HAZEL, "*x*", ParseMode.MARKDOWN_V2)

    play(journey)


def test_a_phone_sees_captions_as_words(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        sent = await bot.send_document(HAZEL, b"x", caption="<b>plan</b>", parse_mode="HTML")
        await bot.edit_message_caption(HAZEL, sent.message_id, caption="new plan")
        assert get_text(await phone.wait_for("new plan")) == "new plan"
        with pytest.raises(BadRequest, match="There is no text in the message to edit"):
            await sent.edit_text("x")
        with pytest.raises(BadRequest, match="caption is too long"):
            await bot.send_document(HAZEL, b"x", caption="c" * 1025)

    play(journey)
