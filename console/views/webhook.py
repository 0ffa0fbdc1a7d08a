"""Telegram's webhook: an update is stored, and only then acknowledged."""

from __future__ import annotations

import json
import logging
from hmac import compare_digest

from aiohttp import web

from console.keys import CORE
from ownerdesk.services.inbox import store_update

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name


async def receive_update(request: web.Request) -> web.StreamResponse:
    """Whoever does not know the secret is told nothing. A body over the application's limit is refused by
    reading it. When storing fails Telegram sees an error and sends the update again."""
    core = request.app[CORE]
    given = request.headers.get(SECRET_HEADER, "")
    if not compare_digest(given.encode("utf-8", "surrogateescape"), core.webhook_secret.encode()):
        raise web.HTTPForbidden
    try:
        body = json.loads(await request.read())
        if not isinstance(body, dict):
            raise ValueError("an update is an object")
        await core.transact(store_update, body, at=core.clock())
    except ValueError:
        logger.warning("webhook: a body that is no update was refused")
        raise web.HTTPBadRequest from None
    return web.Response()


def add_routes(app: web.Application) -> None:
    app.router.add_post("/telegram/webhook", receive_update)
