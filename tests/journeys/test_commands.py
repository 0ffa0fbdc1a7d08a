"""Commands in every language, and what an owner may set."""

from __future__ import annotations

import pytest

from bot.texts import command_texts, format_help, format_welcome
from demo.client import get_text
from ownerdesk.texts import translator
from tests.journeys.world import NAMES, Play, has_button, is_card, labels, press

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

LANGUAGES = pytest.mark.parametrize("language", ["en", "es", "zh"])
FAULT = "The light on the landing of the fourth floor is out."


@LANGUAGES
async def test_the_command_menu_is_in_the_phones_language(play: Play, language: str) -> None:
    phone = await play.owner(language)
    menu = {c["command"]: c["description"] for c in await phone.commands()}
    assert menu == command_texts(language)


@LANGUAGES
async def test_every_command_answers_in_the_owners_language(play: Play, language: str) -> None:
    phone = await play.owner(language)
    _ = translator(language)
    await phone.send_text("/help")
    assert get_text(await phone.wait_for()) == format_help(_)
    await phone.send_text("/new")
    assert get_text(await phone.wait_for()) == _("Tell me in your own words: what is it about?")
    await phone.send_text("/appeals")
    nothing = _("You have not asked us for anything yet. Just write what it is about.")
    assert get_text(await phone.wait_for()) == nothing
    await phone.send_text("/status")
    nothing = _("You have nothing open with us. If something is wrong, just write what it is.")
    assert get_text(await phone.wait_for()) == nothing
    await phone.send_text("/start")
    assert get_text(await phone.wait_for()) == format_welcome(_, NAMES[language])
    await phone.send_text("/settings")
    settings = await phone.wait_for()
    assert has_button("settings")(settings)
    assert has_button("pushes")(settings)
    await phone.send_text("/human")
    await phone.wait_for()
    assert play.conversation(phone).state == "waiting"
    assert all(m.answered_at for m in play.written(phone))


async def test_the_chosen_language_stays_whatever_the_owner_writes_in(play: Play) -> None:
    phone = await play.owner("en")
    await phone.send_text("/language")
    question = await phone.wait_for(has_button("lang"))
    assert labels(question) == ["English", "Español", "中文"]
    await press(phone, question, "lang", "es")
    await phone.wait_for(translator("es")("I write in English now."))
    await phone.send_text(FAULT)
    card = await phone.wait_for(is_card)
    assert labels(card)[0] == translator("es")("Correct this")
    conversation = play.conversation(phone)
    assert (conversation.language, conversation.language_chosen) == ("es", True)


async def test_an_owner_of_two_homes_chooses_which_one_is_meant(play: Play) -> None:
    phone = await play.owner(homes=2)
    before = play.conversation(phone).unit_id
    await phone.send_text("/settings")
    settings = await phone.wait_for(has_button("home"))
    await press(phone, settings, "home")
    await play.until(lambda: play.conversation(phone).unit_id != before)
    appeal, _ = await play.appeal(phone, FAULT)
    assert appeal.unit_id == play.conversation(phone).unit_id


async def test_fewer_messages_edits_the_card_only(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    await phone.send_text("/settings")
    settings = await phone.wait_for(has_button("pushes"))
    await press(phone, settings, "pushes", "off")
    await phone.wait_for("Messages on each step of the work: off")
    appeal, _ = await play.appeal(phone, FAULT)
    await desk.act(appeal, "dispatch", to=str(appeal.department_id))
    await desk.act(appeal, "set-out")
    await desk.act(appeal, "arrive")
    await desk.act(appeal, "resolve", resolution="Done.")
    await phone.wait_for("Is it solved for you?")
    told = [get_text(m) for m in phone.received()]
    assert not any("is on the way to you" in text or "set out at" in text for text in told)
