"""What other programs ask the console for: health, metrics, Telegram's webhook."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import InboxUpdate
from ownerdesk.services import heartbeats
from tests.conftest import NOON
from tests.console.conftest import Browser, Site
from tests.make import make_appeal

SECRET = "X-Telegram-Bot-Api-Secret-Token"


def test_health_is_503_while_a_part_is_missing_and_names_it(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        response = await browser.get("/healthz")
        assert response.status == 503
        assert await response.json() == {
            "database": True, "worker": False, "bot": False, "rasa": False,
        }  # fmt: skip

    site.visit(walk)


def test_health_is_200_when_everything_needed_is_ready(site: Site) -> None:
    def beat(session: Session) -> None:
        for part in ("worker", "bot"):
            heartbeats.beat(session, part, "here", at=NOON)

    site.core.transact_now(beat)

    async def walk(browser: Browser) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", _answer_as_rasa)
        async with TestServer(app) as rasa:
            url = str(rasa.make_url("")).rstrip("/")
            site.core.settings = replace(site.core.settings, rasa_url=url)
            response = await browser.get("/healthz")
            assert response.status == 200
            assert set((await response.json()).values()) == {True}

    site.visit(walk)


def test_health_names_the_deep_reader_where_one_is_set_and_does_not_need_it(site: Site) -> None:
    def beat(session: Session) -> None:
        for part in ("worker", "bot"):
            heartbeats.beat(session, part, "here", at=NOON)

    site.core.transact_now(beat)

    async def walk(browser: Browser) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", _answer_as_rasa)
        async with TestServer(app) as rasa, TestServer(app) as reader:
            site.core.settings = replace(
                site.core.settings,
                rasa_url=str(rasa.make_url("")).rstrip("/"),
                deep_reader_model=Path("model.gguf"),
                deep_reader_port=reader.port,
            )
            assert (await (await browser.get("/healthz")).json())["reader"] is True
            assert 'ownerdesk_part_up{part="reader"} 1.0' in await browser.read("/metrics")
            await reader.close()
            response = await browser.get("/healthz")
            assert response.status == 200
            assert (await response.json())["reader"] is False
            assert 'ownerdesk_part_up{part="reader"} 0.0' in await browser.read("/metrics")

    site.visit(walk)


async def _answer_as_rasa(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def test_health_says_when_the_database_is_gone(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        lost = Core(replace(site.core.settings, database_url="postgresql://x:x@127.0.0.1:1/x"))
        site.core.transact = lost.transact  # type: ignore[method-assign]
        response = await browser.get("/healthz")
        lost.close()
        assert response.status == 503
        assert (await response.json())["database"] is False

    site.visit(walk)


def test_metrics_count_what_there_is(site: Site) -> None:
    site.core.transact_now(make_appeal, site.cast)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/metrics")
        for line in (
            'ownerdesk_appeals{state="received"} 1.0',
            'ownerdesk_appeals{state="closed"} 0.0',
            'ownerdesk_handoffs{state="waiting"} 0.0',
            "ownerdesk_outbox_queued 1.0",
            'ownerdesk_part_up{part="database"} 1.0',
            "ownerdesk_oldest_update_seconds 0.0",
        ):
            assert line in page, line
        assert 'ownerdesk_jobs{status="todo"}' in page

    site.visit(walk)


@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-For": "203.0.113.7"}, {"Host": "desk.example.com"}]
)
def test_metrics_are_for_this_machine_only(site: Site, headers: dict[str, str]) -> None:
    async def walk(browser: Browser) -> None:
        assert (await browser.get("/metrics", headers=headers)).status == 404

    site.visit(walk)


UPDATE = {"update_id": 71, "message": {"message_id": 1, "chat": {"id": 5}, "text": "hello"}}


def _updates(site: Site) -> list[int]:
    with site.core.sessions() as session:
        return list(session.scalars(select(InboxUpdate.update_id)))


def test_the_webhook_stores_an_update_once_with_its_job(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        for _ in range(2):
            response = await browser.http.post(
                "/telegram/webhook", json=UPDATE, headers={SECRET: site.core.webhook_secret}
            )
            assert response.status == 200

    site.visit(walk)
    assert _updates(site) == [71]
    with site.core.sessions() as session:
        jobs = session.execute(text("select task_name, lock, args from procrastinate_jobs"))
        assert jobs.all() == [("handle_update", "chat:5", {"update_id": 71})]


@pytest.mark.parametrize("headers", [{}, {SECRET: "wrong"}, {SECRET: "é"}])
def test_the_webhook_answers_nobody_without_the_secret(site: Site, headers: dict[str, str]) -> None:
    async def walk(browser: Browser) -> None:
        response = await browser.http.post("/telegram/webhook", json=UPDATE, headers=headers)
        assert response.status == 403

    site.visit(walk)
    assert _updates(site) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 400),
        (b"[1, 2]", 400),
        (b'{"update_id": "x"}', 400),
        (b'{"update_id": 1, "x": "' + b"a" * 1_100_000 + b'"}', 413),
    ],
)
def test_the_webhook_refuses_what_is_no_update(site: Site, body: bytes, status: int) -> None:
    async def walk(browser: Browser) -> None:
        response = await browser.http.post(
            "/telegram/webhook", data=body, headers={SECRET: site.core.webhook_secret}
        )
        assert response.status == status

    site.visit(walk)
    assert _updates(site) == []


def test_an_update_that_cannot_be_stored_is_not_acknowledged(site: Site) -> None:
    site.core.transact_now(lambda session: session.execute(text("drop table inbox_updates")))

    async def walk(browser: Browser) -> None:
        response = await browser.http.post(
            "/telegram/webhook", json=UPDATE, headers={SECRET: site.core.webhook_secret}
        )
        assert response.status == 500

    site.visit(walk)


def test_the_part_stops_at_once_though_a_stream_is_open(site: Site) -> None:
    """As a process of its own: told to stop, it ends its streams and is gone in under three seconds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = replace(site.core.settings, port=port)
    program = "from ownerdesk.settings import load_settings; from console.app import run; run(load_settings())"
    process = subprocess.Popen([sys.executable, "-c", program], env=settings.to_environ())
    try:
        asyncio.run(_open_stream_and_stop(site, process, f"http://127.0.0.1:{port}"))
    finally:
        process.kill()
        process.wait()


async def _open_stream_and_stop(site: Site, process: subprocess.Popen[bytes], base: str) -> None:
    from aiohttp import ClientConnectorError, ClientSession, CookieJar

    async with ClientSession(base, cookie_jar=CookieJar(unsafe=True)) as http:
        for _ in range(200):
            try:
                await http.get("/login")
                break
            except ClientConnectorError:
                assert process.poll() is None, "the part ended before it listened"
                await asyncio.sleep(0.1)
        browser = Browser(http, web.Application())
        await browser.log_in(site.cast.mara)
        async with http.get("/events", params={"after": "x"}) as stream:
            await stream.content.readline()
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            code = await asyncio.to_thread(process.wait, 10)
    assert code == 0
    assert time.monotonic() - began < 3
