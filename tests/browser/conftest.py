"""Headless Chromium from the system, the shared stack, and a log of what the pages complain about."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from ownerdesk.model import Unit
from tests.journeys.world import Play, World
from tests.stack import Stack, share

EXECUTABLES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 15_000


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return share(pytestconfig, tmp_path_factory.mktemp("stack"))


@pytest.fixture(scope="session")
def world(stack: Stack) -> Iterator[World]:
    world = World(stack)
    yield world
    world.close()


@dataclass(frozen=True)
class Somebody:
    """An owner whose phone is held in the browser; `home` is the number on the door, which nobody else has."""

    person_id: int
    home: str


@pytest.fixture
def owner(world: World) -> Somebody:
    """Registered, and with nothing open."""

    async def register() -> Somebody:
        async with Play(world) as play:
            phone = await play.owner()
            unit_id = play.conversation(phone).unit_id
            home = play.read(lambda s: s.get_one(Unit, unit_id).number)
            return Somebody(phone.person_id, home)

    # Before the browser: its driver keeps a loop of its own in this thread.
    return asyncio.run(register())


@pytest.fixture
def browser(owner: Somebody) -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, EXECUTABLES)), None)
    assert path, "Chromium is needed: install the package `chromium`"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        browser.close()


@dataclass
class Desktop:
    """Pages of one person, with what their browser complained about."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def open(self, url: str) -> Page:
        """A page with cookies of its own. A refused log-in is an answer, and no complaint."""
        page = self.browser.new_context(locale="en-GB").new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(url)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "401" not in message.text:
            self.complaints.append(f"{message.text} ({message.location.get('url')})")


@pytest.fixture
def desktop(browser: Browser) -> Desktop:
    return Desktop(browser)
