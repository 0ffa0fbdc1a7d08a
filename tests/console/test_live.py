"""News reach open pages, and only those that may see them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import ClientResponse, ClientTimeout
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.keys import HUB
from console.views import events
from ownerdesk.model import Appeal, Conversation, DataCheck, StaffMember
from ownerdesk.services import logins
from ownerdesk.services.examples import begin_check, fail_check
from ownerdesk.services.handoffs import request_handoff
from tests.conftest import NOON, Clock
from tests.console.conftest import Browser, Site, give_passwords
from tests.make import (
    make_appeal,
    make_cast,
    make_conversation,
    make_label_item,
    make_message,
    make_staff,
)

WAIT = 10


@asynccontextmanager
async def _stream(browser: Browser, after: str | None = None) -> AsyncIterator[ClientResponse]:
    """An open stream that knows everything so far, unless told otherwise."""
    await asyncio.wait_for(browser.app[HUB].listening.wait(), WAIT)
    seen = browser.app[HUB].last_id if after is None else after
    async with browser.http.get(
        "/events", params={"after": seen}, timeout=ClientTimeout(total=WAIT)
    ) as response:
        yield response


async def _hear(response: ClientResponse, wanted: str) -> list[str]:
    """The names told up to the one waited for."""
    names: list[str] = []
    async for line in response.content:
        if line.startswith(b"event: "):
            names.append(line.decode().removeprefix("event: ").strip())
        if wanted in names:
            return names
    raise AssertionError(f"the stream ended after {names}")


def test_an_open_page_hears_of_what_a_colleague_does(site: Site) -> None:
    appeal = site.core.transact_now(make_appeal, site.cast)

    async def walk(mara: Browser, boris: Browser) -> None:
        await mara.log_in(site.cast.mara)
        await boris.log_in(site.cast.boris)
        async with _stream(boris) as response:
            assert response.headers["Content-Type"].startswith("text/event-stream")
            await mara.post(f"/appeals/{appeal.id}/accept")
            names = await _hear(response, "list")
            assert f"appeal-{appeal.id}" in names

    site.visit_together(walk)


def test_a_handoff_of_somebody_unknown_is_heard(site: Site) -> None:
    def write(session: Session) -> int:
        conversation = make_conversation(session, chat_id=7998)
        request_handoff(session, conversation, reason="unknown_person", at=NOON)
        return conversation.id

    async def walk(browser: Browser) -> None:
        async with _stream(browser) as response:
            conversation_id = await site.core.transact(write)
            assert f"conversation-{conversation_id}" in await _hear(response, "handoffs")

    site.visit(walk, by=site.cast.mara)


def test_news_of_other_projects_are_not_heard(site: Site) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)

    def write(session: Session, conversation_id: int) -> None:
        make_message(session, session.get_one(Conversation, conversation_id), "Psst")

    async def walk(browser: Browser) -> None:
        async with _stream(browser) as response:
            theirs: Appeal = await site.core.transact(make_appeal, other)
            ours: Appeal = await site.core.transact(make_appeal, site.cast)
            await site.core.transact(write, site.cast.conversation.id)
            names = await _hear(response, f"conversation-{site.cast.conversation.id}")
            names += await _hear(response, "handoffs") if "handoffs" not in names else []
            assert f"appeal-{theirs.id}" not in names
            assert f"conversation-{other.conversation.id}" not in names
            assert ours.id != theirs.id

    site.visit(walk, by=site.cast.mara)


def test_trainings_and_models_are_news_for_admins_of_the_company_alone(site: Site) -> None:
    def add(session: Session) -> StaffMember:
        member = make_staff(session, None, "Root", "admin")
        give_passwords(session)
        return member

    root = site.core.transact_now(add)

    async def walk(mara: Browser, admin: Browser) -> None:
        await mara.log_in(site.cast.mara)
        await admin.log_in(root)
        async with _stream(mara) as hers, _stream(admin) as theirs:
            await admin.post("/settings/trainings")
            await _hear(theirs, "training")
            site.core.transact_now(make_appeal, site.cast)
            assert "training" not in await _hear(hers, "list")

    site.visit_together(walk)


def test_a_message_to_label_is_counted_on_open_pages_of_those_who_may_see_it(site: Site) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)

    async def walk(boris: Browser, theirs: Browser) -> None:
        await boris.log_in(site.cast.boris)
        await theirs.log_in(other.boris)
        assert re.search(r'id="count-labelling"[^>]* hidden', await boris.read("/calls"))
        async with _stream(boris) as hers, _stream(theirs) as others:
            await site.core.transact(make_label_item, site.cast)
            await _hear(hers, "labelling")
            assert (
                'id="count-labelling" class="count " hx-swap-oob="true"><span aria-hidden="true">1<'
                in await boris.read("/calls")
            )
            await site.core.transact(make_appeal, other)
            assert "labelling" not in await _hear(others, "list")
        assert "sse:labelling" in await boris.read("/appeals"), "which has the counters drawn anew"

    site.visit_together(walk)


def test_who_labels_nothing_is_shown_no_counter(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        assert "count-labelling" not in await browser.read("/calls")

    site.visit(walk, by=site.cast.mara)


def test_a_check_of_the_data_set_is_followed_on_its_open_page(site: Site) -> None:
    page = "/settings/data-set"

    async def walk(browser: Browser) -> None:
        assert 'hx-trigger="sse:data_check, sse:refresh"' in await browser.read(page)
        async with _stream(browser) as response:
            await browser.post(f"{page}/check")
            await _hear(response, "data_check")
        assert "Waiting for the trainer" in await browser.read(page)
        check = site.core.transact_now(lambda s: s.scalars(select(DataCheck)).one().id)
        for step, words in (
            (lambda s: begin_check(s, check, at=NOON), "Being checked."),
            (lambda s: fail_check(s, check, "no Rasa", at=NOON), "The check ended early: no Rasa"),
        ):
            async with _stream(browser) as response:
                await site.core.transact(step)
                await _hear(response, "data_check")
            assert words in await browser.read(page)

    site.visit(walk, by=site.cast.boris)


def test_a_page_that_was_away_is_told_to_look_again(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        async with _stream(browser, after="another-run-7") as response:
            assert await _hear(response, "refresh") == ["refresh"]
        seen = browser.app[HUB].last_id
        await site.core.transact(make_appeal, site.cast)
        async with _stream(browser) as response:
            await site.core.transact(make_appeal, site.cast)
            await _hear(response, "list")
        headers = {"Last-Event-ID": seen}
        async with browser.http.get("/events", headers=headers) as response:
            assert "refresh" in await asyncio.wait_for(_hear(response, "refresh"), WAIT)

    site.visit(walk, by=site.cast.mara)


def test_a_stream_says_that_it_is_there_and_ends_with_the_log_in(
    site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "BEAT_SECONDS", 0.05)

    async def walk(browser: Browser) -> None:
        async with _stream(browser) as response:
            async for line in response.content:
                if line.startswith(b": still here"):
                    break
            clock.now += logins.SESSION_LENGTH + timedelta(seconds=1)
            await asyncio.wait_for(response.content.read(), WAIT)
            assert response.content.at_eof()
        again = await browser.get("/events", headers={"Accept": "text/event-stream"})
        assert again.status == 204, "an EventSource stops asking"

    site.visit(walk, by=site.cast.mara)


def test_looking_on_does_not_prolong_a_session(site: Site, clock: Clock) -> None:
    async def walk(browser: Browser) -> None:
        clock.now += timedelta(hours=1)
        token = next(c.value for c in browser.http.cookie_jar if c.key == "ownerdesk_session")
        found = site.core.transact_now(logins.find_session, token, at=clock.now, prolong=False)
        assert found is not None
        assert found[0].expires_at == NOON + logins.SESSION_LENGTH

    site.visit(walk, by=site.cast.mara)


def test_closing_the_hub_ends_every_stream(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        async with _stream(browser) as response:
            browser.app[HUB].close()
            await asyncio.wait_for(response.content.read(), WAIT)

    site.visit(walk, by=site.cast.mara)
