"""Every command, and what is none of them."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from telegram.ext import Application

from bot.app import set_commands
from bot.handlers.commands import Commands
from bot.texts import command_texts
from ownerdesk.model import Conversation, Message
from ownerdesk.queries.conversations import find_conversation
from ownerdesk.services.owners import create_invite, format_start_payload
from tests.look import labels
from tests.make import Cast
from tests.offline import Desk, make_offline_bot

COMMANDS = ["start", "help", "new", "appeals", "status", "human", "language", "settings"]


def sent(desk: Desk, chat_id: int = 7001) -> list[Message]:
    return desk.core.transact_now(
        lambda s: list(
            s.scalars(
                select(Message)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .where(Message.direction == "out", Conversation.chat_id == chat_id)
                .order_by(Message.id)
            )
        )
    )


def conversation(desk: Desk, chat_id: int = 7001) -> Conversation:
    found = desk.core.transact_now(lambda s: find_conversation(s, chat_id))
    assert found is not None
    return found


def test_the_menu_and_the_handlers_are_the_same_commands(desk: Desk) -> None:
    handled = set(Commands(desk.core, None).by_name())  # type: ignore[arg-type]
    assert handled == set(command_texts("en")) == set(COMMANDS)


@pytest.mark.parametrize("user", [7001, 7900])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_answered_once_by_name(desk: Desk, command: str, user: int) -> None:
    update = desk.write(f"/{command}", user=user)
    answers = len(sent(desk, user))
    assert answers >= 1
    desk.handle(update["update_id"])
    assert len(sent(desk, user)) == answers
    assert desk.reader.asked == [], "a command is never read as words"


@pytest.mark.parametrize("text", ["/nonsense", "/Status now", "/статус"])
def test_an_unknown_command_is_explained(desk: Desk, text: str) -> None:
    desk.write(text)
    assert len(sent(desk)) == 1
    assert desk.reader.asked == []


def test_help_names_every_command(desk: Desk) -> None:
    desk.write("/help")
    text = sent(desk)[0].text
    assert all(f"/{name}" in text for name in COMMANDS if name not in ("start", "help"))


def test_start_greets_and_asks_a_stranger_for_their_number(desk: Desk) -> None:
    desk.write("/start", user=7900)
    welcome, ask = sent(desk, 7900)
    assert "Alma" in welcome.text
    assert "contact" in (ask.markup or {})
    desk.write("/start")
    assert len(sent(desk)) == 1, "nobody known is asked again"


def test_start_with_an_invitation_registers(desk: Desk, cast: Cast) -> None:
    def make_payload(session: Session) -> str:
        invite = create_invite(session, session.merge(cast.alma), at=desk.core.clock())
        return format_start_payload(invite, desk.core.settings.secret_key)

    payload = desk.core.transact_now(make_payload)
    desk.write("The light is out", user=7900)
    desk.write(f"/start {payload[:-1]}x", user=7900)
    assert conversation(desk, 7900).owner_id is None
    desk.write(f"/start {payload}", user=7900)
    assert conversation(desk, 7900).owner_id == cast.alma.id
    assert "Birch House, entrance 2, flat 14" in " ".join(
        message.text for message in sent(desk, 7900)
    )
    assert [asked["text"] for asked in desk.reader.asked] == ["The light is out"] * 2
    desk.write(f"/start {payload}", user=7901)
    assert conversation(desk, 7901).owner_id is None, "used by another chat"


def test_new_makes_the_next_message_a_matter_of_its_own(desk: Desk) -> None:
    desk.write("The light is out")
    desk.write("/new")
    desk.write("The light in the other house is out")
    desk.write("It is the blue one")
    assert [asked["may_join"] for asked in desk.reader.asked] == [True, False, True]
    numbers = {
        message.text[:13] for message in sent(desk) if (message.key or "").startswith("card")
    }
    assert len(numbers) == 2


def test_human_asks_once_and_says_so_when_somebody_is_there(desk: Desk, cast: Cast) -> None:
    from ownerdesk.services.handoffs import accept_handoff

    desk.write("/human")
    assert conversation(desk).state == "waiting"
    desk.core.transact_now(
        lambda s: accept_handoff(
            s, s.get_one(Conversation, cast.conversation.id), by=cast.mara, at=desk.core.clock()
        )
    )
    desk.write("/human")
    assert "A person is here" in sent(desk)[-1].text


def test_language_and_settings_offer_their_buttons(desk: Desk) -> None:
    desk.write("/language")
    assert labels(sent(desk)[0]) == ["lang", "lang", "lang"]
    desk.write("/settings")
    assert labels(sent(desk)[1]) == ["settings", "pushes", "quiet"]
    assert "Quiet hours: 22:00–08:00" in sent(desk)[1].text
    assert "Birch House, entrance 2, flat 14" in sent(desk)[1].text


def test_the_menu_is_set_in_every_language_and_a_server_without_it_is_survived(desk: Desk) -> None:
    application = (
        Application.builder().bot(make_offline_bot(desk.wire)).updater(None).job_queue(None).build()
    )
    asyncio.run(set_commands(application))
    calls = desk.wire.named("setMyCommands")
    assert [call.get("language_code") for call in calls] == [None, "en", "es", "zh"]
    desk.wire.refuse("setMyCommands", 404, "Not Found")
    asyncio.run(set_commands(application))
