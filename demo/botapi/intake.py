"""Methods by which a bot gets its updates: polling and the webhook's settings."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import urlsplit

from demo.botapi.params import Params
from demo.errors import ApiError, Json, bad_request
from demo.state import State
from demo.updates import WEBHOOK_ACTIVE

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_POLL_SECONDS = 50


def webhook(state: State) -> Json:
    """The webhook's settings; `url` is empty without one."""
    return state.journal.table("setting").get("webhook", {"url": ""})


def _read_allowed(params: Params) -> list[str] | None:
    allowed = params.json("allowed_updates", "allowed updates")
    if allowed is None:
        return None
    if not isinstance(allowed, list) or not all(isinstance(kind, str) for kind in allowed):
        raise bad_request("can't parse allowed_updates: expected an Array of String")
    return allowed


async def get_updates(state: State, params: Params) -> Any:
    if webhook(state)["url"]:
        raise ApiError(409, WEBHOOK_ACTIVE)
    state.updates.allow(_read_allowed(params))
    limit = min(max(params.integer("limit", 100), 1), 100)
    timeout = min(max(params.integer("timeout"), 0), MAX_POLL_SECONDS)
    return await state.updates.poll(params.integer("offset"), limit, timeout)


async def set_webhook(state: State, params: Params) -> Any:
    url = params.text("url").strip()
    if not url:
        return await delete_webhook(state, params)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.hostname not in LOOPBACK:
        raise bad_request("bad webhook: this stand-in delivers to loopback addresses only")
    secret = params.text("secret_token")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    state.updates.allow(_read_allowed(params))
    if params.flag("drop_pending_updates"):
        state.updates.drop_all()
    settings = {"url": url, "secret": secret, "max": params.integer("max_connections", 40)}
    state.journal.put("setting", "webhook", settings)
    state.updates.interrupt(ApiError(409, "Conflict: terminated by setWebhook request"))
    state.webhook_changed.set()
    return True


async def delete_webhook(state: State, params: Params) -> Any:
    if params.flag("drop_pending_updates"):
        state.updates.drop_all()
    state.journal.put("setting", "webhook", {"url": ""})
    state.webhook_changed.set()
    return True


async def get_webhook_info(state: State, params: Params) -> Any:
    settings = webhook(state)
    info: Json = {
        "url": settings["url"],
        "has_custom_certificate": False,
        "pending_update_count": state.updates.count(),
    }
    if settings["url"]:
        info |= {"max_connections": settings["max"], "ip_address": "127.0.0.1"}
    if "error" in settings:
        info |= {"last_error_date": settings["error_at"], "last_error_message": settings["error"]}
    if state.updates.allowed:
        info["allowed_updates"] = state.updates.allowed
    return info


def note_webhook_error(state: State, error: str) -> None:
    """Keep the newest failure for getWebhookInfo."""
    settings = webhook(state) | {"error": error, "error_at": int(time.time())}
    state.journal.put("setting", "webhook", settings)
