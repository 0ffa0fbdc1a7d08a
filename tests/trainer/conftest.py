"""A trainer with people, and Rasas that are none: they say which model they read with and take another as told."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ownerdesk.bootstrap import Core
from tests.make import Cast, make_cast


class FakeRasa:
    """`refuses` are files that it will not load; `away` answers with 503."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.loaded: list[str] = []
        self.refuses: set[str] = set()
        self.away = 0
        self.has_loaded = asyncio.Event()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/webhooks/ownerdesk/", self._show)
        app.router.add_post("/webhooks/ownerdesk/model", self._load)
        return app

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response({"model": "x", "file": self.file})

    async def _load(self, request: web.Request) -> web.Response:
        if self.away:
            self.away -= 1
            return web.json_response({"error": "no model is loaded yet"}, status=503)
        file = (await request.json())["file"]
        if file in self.refuses:
            return web.json_response({"error": "it reads nothing"}, status=409)
        self.file = file
        self.loaded.append(file)
        self.has_loaded.set()
        return web.json_response({"file": file})


@pytest.fixture
def cast(core: Core) -> Cast:
    return core.transact_now(make_cast)


async def serve(core: Core, *rasas: FakeRasa) -> list[TestServer]:
    """Let the core know these as its replicas."""
    servers = []
    for rasa in rasas:
        server = TestServer(rasa.app())
        await server.start_server()
        servers.append(server)
    urls = tuple(str(server.make_url("")).rstrip("/") for server in servers)
    core.settings = replace(core.settings, rasa_replicas=urls)
    return servers
