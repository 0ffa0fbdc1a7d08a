"""A stand-in on a port of its own, in the test's own process, and bots that talk to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from telegram import Bot
from telegram.ext import Application, ApplicationBuilder
from telegram.request import HTTPXRequest

from demo.app import make_app
from demo.client import Phone, StandIn
from demo.state import DEFAULT_TOKEN, Config, State

HAZEL = 5001
FAST = Config(rate=10_000, chat_rate=10_000, chat_burst=10_000)


@dataclass
class Running:
    """One running stand-in; what it hands out is closed with it."""

    url: str
    state: State
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def phone(self, person_id: int = HAZEL) -> Phone:
        return await self.stack.enter_async_context(Phone(self.url, person_id))

    async def bot(self, token: str = DEFAULT_TOKEN) -> Bot:
        # python-telegram-bot reuses kept-alive connections only within one event loop.
        bot = Bot(
            token,
            base_url=f"{self.url}/bot",
            base_file_url=f"{self.url}/file/bot",
            request=HTTPXRequest(connection_pool_size=8),
        )
        await bot.initialize()
        self.stack.push_async_callback(bot.shutdown)
        return bot

    async def people(self) -> StandIn:
        session = await self.stack.enter_async_context(ClientSession())
        return StandIn(self.url, session)

    def application(self) -> Application[Any, Any, Any, Any, Any, Any]:
        builder = ApplicationBuilder().token(DEFAULT_TOKEN)
        return builder.base_url(f"{self.url}/bot").base_file_url(f"{self.url}/file/bot").build()


@asynccontextmanager
async def running(folder: Path, config: Config = FAST) -> AsyncIterator[Running]:
    state = State(folder, config)
    state.add_person(
        HAZEL,
        True,
        first_name="Hazel",
        last_name="Fernsby",
        language_code="en",
        phone="+44 7700 900001",
    )
    state.add_person(5002, False, first_name="Rowan", language_code="es")
    runner = web.AppRunner(make_app(state), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    stand_in = Running(f"http://127.0.0.1:{port}", state)
    try:
        async with stand_in.stack:
            yield stand_in
    finally:
        await runner.cleanup()


Journey = Callable[[Running], Awaitable[None]]
Play = Callable[..., None]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Run a coroutine function against a fresh stand-in (or the same data folder again)."""

    def run(journey: Journey, config: Config = FAST) -> None:
        async def within() -> None:
            async with running(tmp_path / "demo", config) as stand_in:
                await asyncio.wait_for(journey(stand_in), 60)

        asyncio.run(within())

    return run
