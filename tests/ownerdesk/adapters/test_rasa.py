"""What the client asks of Rasa, seen from the other end."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from ownerdesk.adapters.rasa import READ_PATH, RasaClient

TEXTS = ["the light is out", "there are flames in the kitchen!"]


def read_all(**options: Any) -> dict[str, Any]:
    """Have the texts read by a Rasa that understands nothing; the body of the request."""
    bodies: list[dict[str, Any]] = []

    async def parse(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        return web.json_response({"parses": []})

    async def ask() -> None:
        app = web.Application()
        app.router.add_post(READ_PATH, parse)
        async with (
            TestServer(app) as server,
            RasaClient(str(server.make_url("")).rstrip("/"), "t") as rasa,
        ):
            await rasa.parse_many(TEXTS, **options)

    asyncio.run(ask())
    return bodies[0]


def test_every_text_is_read_with_the_sign_that_the_rules_saw_in_it() -> None:
    body = read_all()

    assert body["texts"] == TEXTS
    assert body["signs"] == [None, "certain"]


def test_without_signs_the_model_reads_alone() -> None:
    assert read_all(with_signs=False)["signs"] == [None, None]
