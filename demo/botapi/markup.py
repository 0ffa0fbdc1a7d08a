"""Texts and keyboards that come with a message, checked as Telegram checks them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from demo.botapi.params import Params
from demo.entities import count_utf16, find_links, parse_html, trim
from demo.errors import Json, bad_request
from demo.limits import MAX_BUTTONS, MAX_CALLBACK_DATA, MAX_CAPTION, MAX_TEXT

ACTIONS = (
    "callback_data",
    "url",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "copy_text",
    "pay",
)


def _parse(source: str, mode: str, entities: Any) -> tuple[str, list[Json]]:
    if mode == "html":
        return parse_html(source)
    if mode:
        # MarkdownV2 is Telegram's too; the product writes HTML only, and a silent half-reading
        # would hide a mistake.
        raise bad_request("unsupported parse_mode")
    if entities is None:
        return source, []
    if not isinstance(entities, list):
        raise bad_request("can't parse message entities: expected an Array of MessageEntity")
    size = count_utf16(source)
    kept: list[Json] = []
    for entity in entities:
        if not isinstance(entity, dict) or "type" not in entity:
            raise bad_request("can't parse MessageEntity: expected an Object")
        start, length = int(entity.get("offset", 0)), int(entity.get("length", 0))
        if start < 0 or length <= 0 or start + length > size:
            continue
        kept.append({key: value for key, value in entity.items() if value is not None})
    return source, kept


def read_text(params: Params, name: str = "text", entities: str = "entities") -> Json:
    """`text` and `entities` of a message."""
    source = params.text(name)
    given = params.json(entities, "message entities")
    text, marks = trim(*_parse(source, params.text("parse_mode").lower(), given))
    if not text:
        raise bad_request("message text is empty")
    if len(text) > MAX_TEXT:
        raise bad_request("message is too long")
    marks = find_links(text, marks)
    return {"text": text, "entities": marks} if marks else {"text": text}


def make_caption(source: str, mode: str, entities: Any) -> Json:
    """`caption` and `caption_entities`; an empty dict without a caption."""
    text, marks = trim(*_parse(source, mode.lower(), entities))
    if len(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    if not text:
        return {}
    marks = find_links(text, marks)
    return {"caption": text, "caption_entities": marks} if marks else {"caption": text}


def read_caption(params: Params) -> Json:
    given = params.json("caption_entities", "message entities")
    return make_caption(params.text("caption"), params.text("parse_mode"), given)


def read_markup(params: Params) -> Json | None:
    """The keyboard of a message, checked; None when there is none."""
    markup = params.json("reply_markup", "reply keyboard markup")
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = [[_inline_button(b) for b in row] for row in _rows(markup, "inline_keyboard")]
        rows = [row for row in rows if row]
        _check_size(rows)
        return {"inline_keyboard": rows} if rows else None
    if "keyboard" in markup:
        rows = [[_key(b) for b in row] for row in _rows(markup, "keyboard")]
        _check_size(rows)
        return markup | {"keyboard": [row for row in rows if row]}
    if markup.get("remove_keyboard") or markup.get("force_reply"):
        return markup
    return None


def _rows(markup: Json, name: str) -> list[list[Any]]:
    rows = markup[name]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}" of the reply markup must be an Array of Arrays')
    return rows


def _check_size(rows: list[list[Json]]) -> None:
    if sum(len(row) for row in rows) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")


def _inline_button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad_request(
            "can't parse inline keyboard button: InlineKeyboardButton must be an Object"
        )
    kept = {key: value for key, value in button.items() if value is not None}
    if not str(kept.get("text", "")).strip():
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not any(action in kept for action in ACTIONS):
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if "callback_data" in kept:
        data = kept["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= MAX_CALLBACK_DATA:
            raise bad_request("BUTTON_DATA_INVALID")
    if "url" in kept:
        _check_url(str(kept["url"]))
    return kept


def _check_url(url: str) -> None:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme in ("tg", "ton"):
        return
    if parts.scheme not in ("http", "https"):
        raise bad_request(
            f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol"
        )
    if "." not in (parts.hostname or ""):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _key(button: Any) -> Json:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict):
        raise bad_request("can't parse keyboard button: KeyboardButton must be an Object")
    if not str(button.get("text", "")).strip():
        raise bad_request("can't parse keyboard button: Can't find field \"text\"")
    return {key: value for key, value in button.items() if value is not None}
