"""The way to the phone in the demo, and the start page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer

from console.app import make_app
from tests.console.conftest import Browser, Site


async def _echo(request: web.Request) -> web.Response:
    body = await request.read()
    return web.Response(
        body=request.method.encode() + b" " + request.path_qs.encode() + b" " + body,
        headers={"X-Stand-In": "yes", "X-Cookie": request.headers.get("Cookie", "none")},
    )


async def _follow(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(b"data: first\n\n")
    await request.app[HOLD].wait()
    await response.write(b"data: second\n\n")
    return response


HOLD = web.AppKey("hold", asyncio.Event)


def _visit_demo(site: Site, walk: Callable[[Browser, web.Application], Awaitable[None]]) -> None:
    async def run() -> None:
        stand_in = web.Application(client_max_size=8 * 1024 * 1024)
        stand_in[HOLD] = asyncio.Event()
        stand_in.router.add_get("/demo/events", _follow)
        stand_in.router.add_route("*", "/{path:.*}", _echo)
        async with TestServer(stand_in) as far:
            url = str(far.make_url("")).rstrip("/")
            site.core.settings = replace(site.core.settings, demo_url=url)
            app = make_app(site.core.settings, site.core)
            async with (
                TestServer(app) as near,
                ClientSession(near.make_url("/"), cookie_jar=CookieJar(unsafe=True)) as http,
            ):
                await walk(Browser(http, app), stand_in)

    asyncio.run(run())


def test_the_start_page_of_the_demo_shows_two_doors(site: Site) -> None:
    async def walk(browser: Browser, _: web.Application) -> None:
        page = await browser.read("/")
        assert 'href="/demo"' in page
        assert 'href="/login"' in page
        await browser.log_in(site.cast.mara)
        assert (await browser.get("/")).headers["Location"] == "/appeals"
        assert 'href="/demo"' in await browser.read("/appeals")

    _visit_demo(site, walk)


def test_without_the_demo_nothing_leads_to_a_phone(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        assert (await browser.get("/")).headers["Location"] == "/appeals"
        assert 'href="/demo"' not in await browser.read("/appeals")
        assert (await browser.get("/demo")).status == 404

    site.visit(walk, by=site.cast.mara)


def test_the_phone_is_passed_on_in_both_directions_without_our_cookies(site: Site) -> None:
    async def walk(browser: Browser, _: web.Application) -> None:
        await browser.log_in(site.cast.mara)
        response = await browser.get("/demo/people?x=1")
        assert await response.text() == "GET /demo/people?x=1 "
        assert response.headers["X-Stand-In"] == "yes"
        assert response.headers["X-Cookie"] == "none"
        assert "Content-Security-Policy" not in response.headers
        photo = b"x" * 3_000_000
        sent = await browser.http.post("/demo/photo", data=photo)
        assert (await sent.read()).endswith(photo)

    _visit_demo(site, walk)


def test_news_of_the_phone_come_as_they_happen(site: Site) -> None:
    async def walk(browser: Browser, stand_in: web.Application) -> None:
        async with browser.http.get("/demo/events") as response:
            assert await response.content.readline() == b"data: first\n"
            stand_in[HOLD].set()
            await response.content.readline()
            assert await response.content.readline() == b"data: second\n"

    _visit_demo(site, walk)


@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-For": "203.0.113.7"}, {"Host": "desk.example.com"}]
)
def test_the_phone_is_for_this_machine_only(site: Site, headers: dict[str, str]) -> None:
    async def walk(browser: Browser, _: web.Application) -> None:
        assert (await browser.get("/demo", headers=headers)).status == 404

    _visit_demo(site, walk)


def test_a_stand_in_that_is_not_there_is_named(site: Site) -> None:
    async def walk(browser: Browser, _: web.Application) -> None:
        site.core.settings = replace(site.core.settings, demo_url="http://127.0.0.1:1")
        response = await browser.get("/demo")
        assert response.status == 502
        assert "Is it running?" in await response.text()

    _visit_demo(site, walk)
