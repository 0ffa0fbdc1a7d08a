"""What people do on their phones: each act stores a message or a change and tells the bot."""

from __future__ import annotations

import asyncio
import secrets
import time
from pathlib import Path
from typing import Any

from demo.botapi.media import describe
from demo.botapi.send import shallow
from demo.entities import find_links, trim
from demo.errors import Json, RefusedError
from demo.files import Upload
from demo.limits import MAX_TEXT
from demo.state import State

NOT_FORWARDED = (
    "message_id",
    "from",
    "chat",
    "date",
    "edit_date",
    "reply_markup",
    "reply_to_message",
    "media_group_id",
    "forward_origin",
)
KINDS = ("photo", "document", "voice", "video")


def _sending_chat(state: State, person_id: int, chat_id: int | None) -> Json:
    state.person(person_id)
    chat = state.chat(chat_id if chat_id is not None else person_id)
    if chat is None or person_id not in chat["members"]:
        raise RefusedError(404, "no such chat")
    if chat["type"] == "private" and chat["blocked"]:
        raise RefusedError(409, "you have blocked the bot; unblock it first")
    if chat["migrated_to"] is not None:
        raise RefusedError(409, "this group has become a supergroup")
    return chat


def _heard(state: State, chat: Json, message: Json) -> bool:
    """Does the bot see it? In a group only what is meant for it, as privacy mode has it."""
    if chat["type"] == "private" or "text" not in message:
        return True
    replied = message.get("reply_to_message", {}).get("from", {}).get("id")
    to_bot = replied == state.bot_id or f"@{state.config.bot_username}" in message["text"]
    return to_bot or str(message["text"]).startswith("/")


def send(
    state: State,
    person_id: int,
    content: Json,
    chat_id: int | None = None,
    reply_to: int | None = None,
) -> Json:
    """Send one message as a person; returns it as the phone shows it."""
    chat = _sending_chat(state, person_id, chat_id)
    if not chat["started"]:
        state.change_chat(chat, started=True)
        state.feed.publish(0, {"event": "people"})
    if reply_to is not None:
        target = state.message(chat["id"], reply_to)
        if target is None:
            raise RefusedError(404, "the message replied to is gone")
        content = {"reply_to_message": shallow(target["message"])} | content
    record = state.make_record(chat, state.user(person_id), content)
    if _heard(state, chat, record["message"]):
        record["update_id"] = state.updates.add(
            "message",
            record["message"],
            person_id=person_id,
            chat_id=chat["id"],
            message_id=record["message_id"],
        )
    state.store_message(record, "new")
    _put_keyboard_away(state, chat)
    return state.view(record, person_id)


def _put_keyboard_away(state: State, chat: Json) -> None:
    """A one-time keyboard and a forced reply go when something was sent."""
    markup = (chat["keyboard"] or {}).get("markup", {})
    if markup.get("one_time_keyboard") or markup.get("force_reply"):
        state.change_chat(chat, keyboard=None)


def make_text(text: str) -> Json:
    """The content of a text message, as a phone prepares it."""
    text, _ = trim(text, [])
    if not text:
        raise RefusedError(400, "the text is empty")
    if len(text) > MAX_TEXT:
        raise RefusedError(400, "the text is too long; a phone would send it in parts")
    entities = find_links(text, [])
    return {"text": text, "entities": entities} if entities else {"text": text}


def _caption(text: str) -> Json:
    return {"caption": text.strip()} if text.strip() else {}


def make_file(state: State, upload: Upload, kind: str, caption: str = "", **details: Any) -> Json:
    """The content of a message with a file; `details` are duration, width and the like."""
    if kind not in KINDS:
        raise RefusedError(400, f"kind is one of {', '.join(KINDS)}")
    return describe(state, state.files.keep(upload, kind), **details) | _caption(caption)


def send_album(
    state: State, person_id: int, uploads: list[Upload], caption: str, chat_id: int | None
) -> list[Json]:
    """Several photos as one album: messages of their own that share a group id."""
    if not 2 <= len(uploads) <= 10:
        raise RefusedError(400, "an album has 2 to 10 photos")
    group = {"media_group_id": str(state.next_number("album", 13_000_000_000))}
    sent = []
    for number, upload in enumerate(uploads):
        content = make_file(state, upload, "photo", caption if number == 0 else "")
        sent.append(send(state, person_id, content | group, chat_id))
    return sent


def make_location(latitude: float, longitude: float) -> Json:
    return {"location": {"latitude": latitude, "longitude": longitude}}


def make_contact(state: State, person_id: int, details: Json) -> Json:
    """One's own contact, or somebody else's.

    Phones send their own number without the plus sign, so readers must not count on it.
    """
    if details.get("own"):
        person = state.person(person_id)
        if not person.get("phone"):
            raise RefusedError(409, "this person has no phone number")
        number = str(person["phone"]).replace(" ", "").lstrip("+")
        contact = {"phone_number": number, "first_name": person["first_name"]}
        if person.get("last_name"):
            contact["last_name"] = person["last_name"]
        return {"contact": contact | {"user_id": person_id}}
    keys = ("phone_number", "first_name", "last_name", "user_id")
    contact = {key: details[key] for key in keys if details.get(key)}
    if not {"phone_number", "first_name"} <= set(contact):
        raise RefusedError(400, "a contact needs phone_number and first_name")
    return {"contact": contact}


def make_sticker(state: State, emoji: str) -> Json:
    """A sticker with a picture of one pixel; the page shows its emoji."""
    with state.files.incoming() as out:
        out.write(PIXEL)
    upload = Upload(Path(out.name), "sticker.webp", "image/webp", len(PIXEL))
    return describe(state, state.files.keep(upload, "sticker"), emoji=emoji or "👍")


PIXEL = bytes.fromhex("524946461a000000574542505650384c0d0000002f00000010071011118888fe0700")


def forward(state: State, person_id: int, message_id: int, chat_id: int | None) -> Json:
    """Send a message of this chat on to the bot, marked as forwarded."""
    chat = _sending_chat(state, person_id, chat_id)
    record = state.message(chat["id"], message_id)
    if record is None:
        raise RefusedError(404, "no such message")
    message = record["message"]
    origin = message.get("forward_origin") or {
        "type": "user",
        "sender_user": message["from"],
        "date": message["date"],
    }
    content = {key: value for key, value in message.items() if key not in NOT_FORWARDED}
    return send(state, person_id, {"forward_origin": origin} | content, chat_id)


def edit(
    state: State, person_id: int, message_id: int, text: str, chat_id: int | None = None
) -> Json:
    """Change the text or caption of one's own message."""
    chat = _sending_chat(state, person_id, chat_id)
    record = state.message(chat["id"], message_id)
    if record is None:
        raise RefusedError(404, "no such message")
    message = record["message"]
    if message["from"]["id"] != person_id:
        raise RefusedError(403, "that message is not yours")
    kept = {key: value for key, value in message.items() if key not in ("entities", "caption")}
    changed = make_text(text) if "text" in message else _caption(text)
    record["message"] = kept | changed | {"edit_date": int(time.time())}
    if _heard(state, chat, record["message"]):
        record["update_id"] = state.updates.add(
            "edited_message",
            record["message"],
            person_id=person_id,
            chat_id=chat["id"],
            message_id=message_id,
        )
    state.store_message(record, "edited")
    return state.view(record, person_id)


def _find_button(record: Json, wanted: Json) -> Json:
    rows = record["message"].get("reply_markup", {}).get("inline_keyboard", [])
    for row in rows:
        for button in row:
            for key in ("callback_data", "text"):
                if wanted.get(key) is not None and button.get(key) == wanted[key]:
                    return dict(button)
    raise RefusedError(404, "that button has just changed")


async def press(state: State, person_id: int, wanted: Json) -> Json:
    """Press an inline button, named by `text` or `callback_data`, and wait for the answer.

    With `"force": true` data that no button carries is sent all the same, as a forged client can.
    """
    chat = _sending_chat(state, person_id, wanted.get("chat_id"))
    record = state.message(chat["id"], int(wanted.get("message_id", 0)))
    if record is None:
        raise RefusedError(404, "no such message")
    if wanted.get("force"):
        button = {"callback_data": str(wanted.get("callback_data", ""))}
    else:
        button = _find_button(record, wanted)
    if "callback_data" not in button:
        raise RefusedError(409, "that button opens something else")
    query_id = str(secrets.randbits(62))
    query = {
        "id": query_id,
        "at": time.monotonic(),
        "person_id": person_id,
        "chat_id": chat["id"],
        "message_id": record["message_id"],
        "answer": asyncio.get_running_loop().create_future(),
    }
    _forget_old_queries(state)
    state.callbacks[query_id] = query
    payload = {
        "id": query_id,
        "from": state.user(person_id),
        "message": record["message"],
        "chat_instance": str(chat["id"] * 7919),
        "data": button["callback_data"],
    }
    update_id = state.updates.add(
        "callback_query",
        payload,
        person_id=person_id,
        chat_id=chat["id"],
        message_id=record["message_id"],
    )
    result: Json = {"callback_query_id": query_id, "update_id": update_id, "answered": False}
    result["seq"] = state.last_number("seq")
    if wanted.get("wait") is False:
        return result
    try:
        timeout = float(wanted.get("timeout", 15))
        answer: Json = await asyncio.wait_for(asyncio.shield(query["answer"]), timeout)
    except TimeoutError:
        return result
    return result | {"answered": True} | answer


def _forget_old_queries(state: State) -> None:
    oldest = time.monotonic() - 10 * state.config.callback_ttl
    for query_id in [key for key, query in state.callbacks.items() if query["at"] < oldest]:
        del state.callbacks[query_id]


def set_blocked(state: State, person_id: int, blocked: bool) -> Json:
    """Block or unblock the bot; the bot is told once per change."""
    state.person(person_id)
    chat = state.chat(person_id)
    assert chat is not None
    if chat["blocked"] != blocked:
        state.change_chat(chat, blocked=blocked)
        states = ("kicked", "member")
        _tell_membership(state, chat, person_id, *(states[::-1] if blocked else states))
    return state.chat_view(chat)


def _tell_membership(state: State, chat: Json, person_id: int, old: str, new: str) -> None:
    def member(status: str) -> Json:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"status": status, "user": state.bot_user()} | until

    payload = {
        "chat": state.telegram_chat(chat),
        "from": state.user(person_id),
        "date": int(time.time()),
        "old_chat_member": member(old),
        "new_chat_member": member(new),
    }
    state.updates.add("my_chat_member", payload, person_id=person_id, chat_id=chat["id"])


def add_group(state: State, title: str, members: list[int]) -> Json:
    """Make a group with the bot in it, by its first member."""
    if not title.strip() or not members:
        raise RefusedError(400, "a group needs a title and members")
    for person_id in members:
        state.person(person_id)
    chat = state.add_group(title.strip(), members)
    _tell_membership(state, chat, members[0], "left", "member")
    send(state, members[0], {"group_chat_created": True}, chat["id"])
    return state.chat_view(chat)


def migrate_group(state: State, chat_id: int) -> Json:
    """Turn a group into a supergroup with a new id, as Telegram does by itself."""
    chat = state.chat(chat_id)
    if chat is None or chat["type"] != "group" or chat["migrated_to"] is not None:
        raise RefusedError(404, "no such group")
    bigger = state.add_group(chat["title"], chat["members"], "supergroup")
    first = chat["members"][0]
    send(state, first, {"migrate_to_chat_id": bigger["id"]}, chat_id)
    state.change_chat(chat, migrated_to=bigger["id"])
    send(state, first, {"migrate_from_chat_id": chat_id}, bigger["id"])
    return state.chat_view(bigger)
