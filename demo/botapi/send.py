"""Methods that send and change messages without files."""

from __future__ import annotations

import time
from typing import Any

from demo.botapi.markup import read_caption, read_markup, read_text
from demo.botapi.params import Params
from demo.errors import Json, bad_request
from demo.limits import MAX_CALLBACK_ANSWER
from demo.state import State

MEDIA = ("photo", "document", "voice", "video")
DELETABLE_SECONDS = 48 * 3600


def post(state: State, params: Params, content: Json) -> Json:
    """Send one message of the bot: keyboard, reply and flood control are the same for all."""
    chat = state.chat_for_bot(params.chat_id())
    markup = read_markup(params)
    reply = _read_reply(state, params, chat)
    state.limits.take(chat["id"])
    record = put_message(state, chat, reply | content, markup)
    return _returned(record)


def put_message(state: State, chat: Json, content: Json, markup: Json | None) -> Json:
    extra: Json = {}
    if markup and "inline_keyboard" in markup:
        content = content | {"reply_markup": markup}
    elif markup:
        extra["reply_keyboard"] = markup
    record = state.make_record(chat, state.bot_user(), content, **extra)
    state.store_message(record, "new")
    if markup and "inline_keyboard" not in markup:
        removed = bool(markup.get("remove_keyboard"))
        keyboard = None if removed else {"markup": markup, "message_id": record["message_id"]}
        state.change_chat(chat, keyboard=keyboard)
    return record


def _returned(record: Json) -> Json:
    """The message as the Bot API answers it."""
    message: Json = record["message"]
    return message


def _read_reply(state: State, params: Params, chat: Json) -> Json:
    reply = params.json("reply_parameters", "reply parameters")
    if reply is None and params.has("reply_to_message_id"):
        reply = {
            "message_id": params.integer("reply_to_message_id"),
            "allow_sending_without_reply": params.flag("allow_sending_without_reply"),
        }
    if not isinstance(reply, dict):
        return {}
    target = state.message(chat["id"], int(reply.get("message_id", 0)))
    if target is None:
        if reply.get("allow_sending_without_reply"):
            return {}
        raise bad_request("message to be replied not found")
    return {"reply_to_message": shallow(target["message"])}


def shallow(message: Json) -> Json:
    """A message as it appears inside another: without what it replied to itself."""
    return {key: value for key, value in message.items() if key != "reply_to_message"}


async def send_message(state: State, params: Params) -> Any:
    state.chat_for_bot(params.chat_id())
    return post(state, params, read_text(params))


async def send_location(state: State, params: Params) -> Any:
    try:
        latitude, longitude = float(params.text("latitude")), float(params.text("longitude"))
    except ValueError:
        raise bad_request("latitude is empty") from None
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise bad_request("Wrong location specified")
    return post(state, params, {"location": {"latitude": latitude, "longitude": longitude}})


async def send_chat_action(state: State, params: Params) -> Any:
    chat = state.chat_for_bot(params.chat_id())
    action = params.text("action")
    if not action:
        raise bad_request("wrong parameter action in request")
    for person_id in chat["members"]:
        state.feed.publish(person_id, {"event": "typing", "chat_id": chat["id"], "action": action})
    return True


def _editable(state: State, params: Params) -> Json:
    chat = state.chat_for_bot(params.chat_id())
    record = state.message(chat["id"], params.integer("message_id"))
    if record is None:
        raise bad_request("message to edit not found")
    # A message that brought a reply keyboard can never be edited, only one with inline buttons.
    if record["message"]["from"]["id"] != state.bot_id or record.get("reply_keyboard"):
        raise bad_request("message can't be edited")
    return record


def _apply(state: State, record: Json, message: Json) -> Json:
    old = record["message"]
    if {**old, "edit_date": 0} == {**message, "edit_date": 0}:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )
    state.limits.take(record["chat_id"])
    record["message"] = message | {"edit_date": int(time.time())}
    state.store_message(record, "edited")
    return _returned(record)


def _inline_only(params: Params) -> Json:
    markup = read_markup(params)
    if markup is None:
        return {}
    if "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    return {"reply_markup": markup}


def _without(message: Json, *names: str) -> Json:
    return {key: value for key, value in message.items() if key not in names}


async def edit_message_text(state: State, params: Params) -> Any:
    record = _editable(state, params)
    if "text" not in record["message"]:
        raise bad_request("there is no text in the message to edit")
    kept = _without(record["message"], "text", "entities", "reply_markup")
    return _apply(state, record, kept | read_text(params) | _inline_only(params))


async def edit_message_caption(state: State, params: Params) -> Any:
    record = _editable(state, params)
    if not any(kind in record["message"] for kind in MEDIA):
        raise bad_request("there is no caption in the message to edit")
    kept = _without(record["message"], "caption", "caption_entities", "reply_markup")
    return _apply(state, record, kept | read_caption(params) | _inline_only(params))


async def edit_message_reply_markup(state: State, params: Params) -> Any:
    record = _editable(state, params)
    kept = _without(record["message"], "reply_markup")
    return _apply(state, record, kept | _inline_only(params))


async def delete_message(state: State, params: Params) -> Any:
    chat = state.chat_for_bot(params.chat_id())
    record = state.message(chat["id"], params.integer("message_id"))
    if record is None:
        raise bad_request("message to delete not found")
    if record["message"]["date"] < time.time() - DELETABLE_SECONDS:
        raise bad_request("message can't be deleted")
    state.delete_message(record)
    return True


async def answer_callback_query(state: State, params: Params) -> Any:
    query = state.callbacks.get(params.text("callback_query_id"))
    if query is None or query["at"] < time.monotonic() - state.config.callback_ttl:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text = params.text("text")
    if len(text) > MAX_CALLBACK_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    answer = {"text": text, "show_alert": params.flag("show_alert"), "url": params.text("url")}
    if not query["answer"].done():
        query["answer"].set_result(answer)
        event = {
            "event": "callback",
            "chat_id": query["chat_id"],
            "message_id": query["message_id"],
        }
        state.feed.publish(query["person_id"], event | {"callback_query_id": query["id"]} | answer)
    return True
