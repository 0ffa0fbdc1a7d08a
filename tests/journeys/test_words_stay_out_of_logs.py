"""What owners write, their names and their numbers are in the database, and in no log."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from ownerdesk.model import Conversation, Message, Owner
from tests.journeys.pictures import make_photo
from tests.journeys.world import Play

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

MARKER = "the violet walrus sleeps under the boiler"


async def test_no_word_name_or_number_of_an_owner_is_in_any_log(play: Play) -> None:
    """Through every door, with Rasa there and not there, and with a press that is refused."""
    phone = await play.owner(first_name="Walrusia", last_name="Violetta")
    stranger = await play.stranger(first_name="Walrusio")
    for text in (MARKER, f"smoke in the basement, {MARKER}", f"/frobnicate {MARKER}"):
        await phone.send_text(text)
        await phone.wait_for()
    await stranger.send_text(MARKER)
    await stranger.wait_for()
    await phone.send_document(b"x", f"{MARKER}.txt", "text/plain", MARKER)
    sent = await phone.send_photo(make_photo(), MARKER)
    await phone.wait_for()
    await phone.edit(sent["message_id"], f"{MARKER} again")
    answer = await phone.press(phone.received(0)[-1], data=f"1:fix:{MARKER}", force=True)
    assert answer["answered"]
    with play.stack.frozen("actions"):
        other = await play.owner()
        await other.send_text(f"The heating in my flat stays cold, {MARKER}")
        await other.wait_for(seconds=12)
    await play.until(lambda: all(m.answered_at for m in play.written(phone)))

    words = play.read(
        lambda s: {
            *s.scalars(select(Message.text).where(Message.direction == "in")),
            *s.scalars(select(Owner.name)),
            *s.scalars(select(Owner.phone)),
            *s.scalars(select(Conversation.name)),
        }
    )
    secret = {w for w in words if w and len(w) >= 8 and not w.startswith("/")} | {
        "walrus", "Walrusi", "Violetta",
    }  # fmt: skip
    logs = await asyncio.to_thread(
        lambda: {path.name: path.read_text(errors="replace") for path in play.stack.list_logs()}
    )
    assert {"bot.log", "worker.log", "rasa.log", "actions.log", "console.log"} <= set(logs)
    found = {(name, word) for name, text in logs.items() for word in secret if word in text}
    assert not found
