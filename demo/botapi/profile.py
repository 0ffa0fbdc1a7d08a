"""Methods about the bot itself and the chats it knows: identity, commands, descriptions."""

from __future__ import annotations

import re
from typing import Any

from demo.botapi.params import Params
from demo.errors import Json, bad_request
from demo.state import State

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MAX_COMMANDS = 100
TEXT_LIMITS = {"name": 64, "description": 512, "short_description": 120}


async def get_me(state: State, params: Params) -> Any:
    return state.bot_user() | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_chat(state: State, params: Params) -> Any:
    chat = state.chat_for_bot(params.chat_id())
    return state.telegram_chat(chat) | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }


def _scope_key(params: Params) -> str:
    scope = params.json("scope", "bot command scope") or {"type": "default"}
    language = params.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("wrong language_code specified")
    parts = [str(scope.get("type", "default"))]
    parts += [str(scope[key]) for key in ("chat_id", "user_id") if key in scope]
    return "/".join(parts) + ":" + language


async def set_my_commands(state: State, params: Params) -> Any:
    commands = params.json("commands", "bot commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands: expected an Array of BotCommand")
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    kept = []
    for command in commands:
        name = str(command.get("command", "")).lstrip("/")
        text = str(command.get("description", ""))
        if not COMMAND.fullmatch(name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(text) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name, "description": text})
    state.journal.put("commands", _scope_key(params), {"commands": kept})
    state.profile_changed()
    return True


async def get_my_commands(state: State, params: Params) -> Any:
    stored = state.journal.table("commands").get(_scope_key(params), {"commands": []})
    return stored["commands"]


async def delete_my_commands(state: State, params: Params) -> Any:
    state.journal.drop("commands", _scope_key(params))
    state.profile_changed()
    return True


def commands_for(state: State, person_id: int) -> list[Json]:
    """The commands a person's private chat shows: the narrowest scope wins, then the language."""
    table = state.journal.table("commands")
    language = str(state.person(person_id).get("language_code") or "")[:2]
    for scope in (f"chat/{person_id}", "all_private_chats", "default"):
        for key in dict.fromkeys((f"{scope}:{language}", f"{scope}:")):
            if key in table:
                return list(table[key]["commands"])
    return []


def profile_text(state: State, field: str, language: str) -> str:
    """Name or description in a language, or the one for all languages."""
    table = state.journal.table("profile")
    for key in (f"{field}:{language[:2]}", f"{field}:"):
        if table.get(key, {}).get("text"):
            return str(table[key]["text"])
    return ""


def _set_text(state: State, params: Params, field: str) -> bool:
    text = params.text(field)
    if len(text) > TEXT_LIMITS[field]:
        raise bad_request(f"bot {field.replace('_', ' ')} is too long")
    state.journal.put("profile", f"{field}:{params.text('language_code')}", {"text": text})
    state.profile_changed()
    return True


async def set_my_name(state: State, params: Params) -> Any:
    return _set_text(state, params, "name")


async def get_my_name(state: State, params: Params) -> Any:
    name = profile_text(state, "name", params.text("language_code"))
    return {"name": name or state.config.bot_name}


async def set_my_description(state: State, params: Params) -> Any:
    return _set_text(state, params, "description")


async def get_my_description(state: State, params: Params) -> Any:
    return {"description": profile_text(state, "description", params.text("language_code"))}


async def set_my_short_description(state: State, params: Params) -> Any:
    return _set_text(state, params, "short_description")


async def get_my_short_description(state: State, params: Params) -> Any:
    text = profile_text(state, "short_description", params.text("language_code"))
    return {"short_description": text}


async def set_chat_menu_button(state: State, params: Params) -> Any:
    button = params.json("menu_button", "menu button") or {"type": "default"}
    state.journal.put("profile", f"menu:{params.text('chat_id')}", {"button": button})
    state.profile_changed()
    return True
