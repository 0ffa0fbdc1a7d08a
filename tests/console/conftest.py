"""A console with a cast, visited by clients that keep their cookies as browsers do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from sqlalchemy import update
from sqlalchemy.orm import Session

from console.app import make_app
from ownerdesk.bootstrap import Core
from ownerdesk.model import StaffMember
from ownerdesk.services.passwords import hash_password
from tests.make import Cast, make_cast

PASSWORD = "a long password"
PASSWORD_HASH = hash_password(PASSWORD)


class Browser:
    """One person's browser. Redirects are not followed unless asked: tests look at them."""

    def __init__(self, http: ClientSession, app: web.Application) -> None:
        self.http = http
        self.app = app

    async def get(self, path: str, **kwargs: object) -> ClientResponse:
        return await self.http.get(path, allow_redirects=False, **kwargs)  # type: ignore[arg-type]

    async def read(self, path: str) -> str:
        """A page that has to be there."""
        response = await self.get(path)
        assert response.status == 200, (path, response.status)
        return await response.text()

    async def post(self, path: str, **fields: str) -> ClientResponse:
        """A form of our own page, sent as a browser sends it."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        return await self.http.post(path, data=fields, headers=headers, allow_redirects=False)

    async def reply(self, base: str, text: str, **fields: str) -> ClientResponse:
        """Open a page with a conversation and answer from it; fields given stand for those of the page."""
        shown = await self.read(base)
        found = {n: re.search(rf'name="{n}" value="(\w*)"', shown) for n in ("nonce", "seen")}
        values = {name: match[1] for name, match in found.items() if match}
        return await self.post(f"{base}/reply", **{**values, "text": text, **fields})

    async def log_in(self, member: StaffMember, password: str = PASSWORD) -> ClientResponse:
        return await self.post("/login", email=member.email, password=password)


Walk = Callable[[Browser], Awaitable[None]]
PairWalk = Callable[[Browser, Browser], Awaitable[None]]


@dataclass
class Site:
    """The console of a test, with the people who use it."""

    core: Core
    cast: Cast

    def visit(self, walk: Walk, *, by: StaffMember | None = None) -> None:
        """Walk through the running console, logged in as `by`."""

        async def one(browser: Browser, _: Browser) -> None:
            if by is not None:
                assert (await browser.log_in(by)).status == 303
            await walk(browser)

        self.visit_together(one)

    def visit_together(self, walk: PairWalk) -> None:
        """The same with two browsers."""

        async def run() -> None:
            app = make_app(self.core.settings, self.core)
            async with TestServer(app) as server:
                base = server.make_url("/")
                async with (
                    ClientSession(base, cookie_jar=CookieJar(unsafe=True)) as one,
                    ClientSession(base, cookie_jar=CookieJar(unsafe=True)) as two,
                ):
                    await walk(Browser(one, app), Browser(two, app))

        asyncio.run(run())


def give_passwords(session: Session) -> None:
    session.execute(update(StaffMember).values(password_hash=PASSWORD_HASH))


@pytest.fixture
def site(core: Core) -> Site:
    """A project whose staff can all log in."""
    cast = core.transact_now(make_cast)
    core.transact_now(give_passwords)
    return Site(core, cast)
