"""What only a real browser shows: news appear by themselves, words are not lost, nothing breaks the policy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, Route, async_playwright, expect
from sqlalchemy.orm import Session

from console.app import VENDOR, make_app
from ownerdesk.model import Appeal, Conversation, StaffMember
from ownerdesk.services.emergencies import raise_emergency
from tests.conftest import NOON
from tests.console.conftest import PASSWORD, Site, give_passwords
from tests.make import make_appeal, make_message, make_staff

CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = [
    pytest.mark.browser,
]

Open = Callable[[StaffMember, str], Awaitable[Page]]

PATIENCE_MS = 15_000  # on a machine with other work


def _browse(site: Site, walk: Callable[[Open], Awaitable[None]], **context: object) -> None:
    """Every page of the walk is somebody's own browser. Complaints of the browser fail the test."""
    complaints: list[str] = []

    async def run() -> None:
        app = make_app(site.core.settings, site.core)
        async with TestServer(app) as server, async_playwright() as playwright:
            chromium: Browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=OPTIONS
            )

            async def open_page(member: StaffMember, path: str) -> Page:
                own = await chromium.new_context(base_url=str(server.make_url("/")), **context)  # type: ignore[arg-type]
                page = await own.new_page()
                page.on("pageerror", lambda error: complaints.append(str(error)))
                page.on(
                    "console", lambda m: complaints.append(m.text) if m.type == "error" else None
                )
                await page.goto(f"/login?next={path}")
                await page.fill("[name=email]", member.email)
                await page.fill("[name=password]", PASSWORD)
                await page.click("button.primary")
                # Not only its end, which the address of the log-in has too.
                await page.wait_for_url(str(server.make_url(path)))
                return page

            try:
                await walk(open_page)
            finally:
                await chromium.close()

    expect.set_options(timeout=PATIENCE_MS)
    asyncio.run(run())
    # A refusal is an answer of 409, which the browser reports as it reports any failed request.
    assert [c for c in complaints if "409" not in c] == []


@pytest.fixture
def appeal(site: Site) -> Appeal:
    assert all(path.is_file() for path in VENDOR.values()), "the browser assets are not installed"
    return site.core.transact_now(make_appeal, site.cast)


def test_what_one_agent_does_another_sees_without_a_reload(site: Site, appeal: Appeal) -> None:
    async def walk(open_page: Open) -> None:
        mara = await open_page(site.cast.mara, f"/appeals/{appeal.id}")
        boris = await open_page(site.cast.boris, "/appeals")
        await mara.click("#actions button:has-text('Accept')")
        await expect(boris.locator("#list .chip", has_text="Accepted")).to_be_visible()
        await boris.goto(f"/appeals/{appeal.id}")
        await mara.click("button:has-text('Take over')")
        await expect(boris.locator("#holding")).to_contain_text("Mara T holds this conversation")
        await expect(mara.locator("#holding")).to_contain_text("You hold this conversation")
        await mara.fill("#reply-text", "I am on it")
        await mara.click("form.reply button")
        await expect(boris.locator("#thread")).to_contain_text("I am on it")
        await expect(mara.locator("#reply-text")).to_have_value("")

    _browse(site, walk)


def test_words_being_written_survive_news_a_reload_and_an_ended_session(
    site: Site, appeal: Appeal
) -> None:
    async def walk(open_page: Open) -> None:
        mara = await open_page(site.cast.mara, f"/appeals/{appeal.id}")
        boris = await open_page(site.cast.boris, f"/appeals/{appeal.id}")
        await mara.click("button:has-text('Take over')")
        await expect(mara.locator("#holding")).to_contain_text("You hold this conversation")
        await mara.fill("#reply-text", "Half a sentence")
        await boris.click("summary:has-text('Internal note')")
        await boris.fill("#note-text", "Look at the fuse too")
        await boris.click("form[action$=note] button")
        await expect(mara.locator("#thread")).to_contain_text("Look at the fuse too")
        await expect(mara.locator("#reply-text")).to_have_value("Half a sentence")
        await mara.reload()
        await expect(mara.locator("#reply-text")).to_have_value("Half a sentence")
        await mara.context.clear_cookies(name="ownerdesk_session")
        await mara.click("form.reply button")
        await mara.wait_for_url("**/login**")
        await mara.fill("[name=email]", site.cast.mara.email)
        await mara.fill("[name=password]", PASSWORD)
        await mara.click("button.primary")
        await mara.wait_for_url(f"**/appeals/{appeal.id}")
        await expect(mara.locator("#reply-text")).to_have_value("Half a sentence")

    _browse(site, walk)


def test_a_refusal_appears_in_place_and_has_the_focus(site: Site, appeal: Appeal) -> None:
    async def walk(open_page: Open) -> None:
        mara = await open_page(site.cast.mara, f"/appeals/{appeal.id}")
        await mara.click("#actions button:has-text('Accept')")
        await expect(mara.locator("#subject")).to_contain_text("Accepted")
        await mara.click("summary:has-text('Resolve')")
        await mara.fill("[name=resolution]", "   ")
        await mara.fill("[name=cause]", "Age")
        await mara.click("form[action$=resolve] button")
        await expect(mara.locator("#held .notice")).to_contain_text("Say what was done")
        await expect(mara.locator("#held .notice")).to_be_focused()
        await expect(mara.locator("[name=resolution]")).to_be_visible()

    _browse(site, walk)


def test_an_agent_corrects_takes_back_and_is_told_that_a_form_is_too_old(
    site: Site, appeal: Appeal
) -> None:
    path, words = f"/appeals/{appeal.id}", "I will have the electrician at your door"

    async def walk(open_page: Open) -> None:
        mara = await open_page(site.cast.mara, path)
        boris = await open_page(site.cast.boris, path)
        subject = mara.locator("#subject")
        # A press, and a second thought before anybody is told.
        await mara.click("[data-key=a]")
        await expect(subject).to_contain_text("Accepted")
        await expect(boris.locator("#subject")).to_contain_text("Accepted")
        await expect(boris.locator(".undo")).to_have_count(0)
        await mara.click("[data-key=z]")
        await expect(subject).to_contain_text("New")
        await expect(mara.locator(".timeline del")).to_have_text("Accepted")
        # What was misunderstood is corrected.
        await mara.click("summary[data-key=c]")
        await mara.select_option("form[action$=correct] select[name=category]", "elevator")
        await mara.click("details[open] form[action$=correct] button")
        await expect(mara.locator("h1")).to_contain_text("Lift")
        # A colleague is quicker while this one writes.
        await mara.click("summary[data-key=p]")
        await mara.fill("form[action$=promise] [name=words]", words)
        await mara.select_option("form[action$=promise] [name=until]", "other")
        await mara.fill("form[action$=promise] [name=until_at]", "2030-01-01T10:00")
        await expect(boris.locator("h1")).to_contain_text("Lift")
        await boris.click("[data-key=a]")
        await expect(boris.locator("#subject")).to_contain_text("Accepted")
        await expect(mara.locator("form[action$=promise] [name=words]")).to_have_value(words)
        await mara.click("form[action$=promise] button")
        refused = mara.locator("#held .notice")
        await expect(refused).to_contain_text("Something has changed since you opened this")
        await expect(refused).to_contain_text("Accepted")
        await expect(mara.locator("form[action$=promise] [name=words]")).to_have_value(words)
        await mara.click("form[action$=promise] button")
        await expect(subject).to_contain_text(words)

    _browse(site, walk)


def test_news_that_come_late_overwrite_neither_a_choice_nor_an_answer(
    site: Site, appeal: Appeal
) -> None:
    path = f"/appeals/{appeal.id}"
    correct = "details[open] form[action$=correct]"

    async def walk(open_page: Open) -> None:
        mara = await open_page(site.cast.mara, path)
        boris = await open_page(site.cast.boris, path)
        thread, heading = mara.locator("#thread"), mara.locator("h1")

        async def note(words: str) -> None:
            await boris.click("summary:has-text('Internal note')")
            await boris.fill("#note-text", words)
            await boris.click("form[action$=note] button")
            await expect(boris.locator("#thread")).to_contain_text(words)

        await mara.click("summary[data-key=c]")
        await mara.select_option(f"{correct} select[name=category]", "elevator")
        await mara.focus(f"{correct} button")
        await note("The first one")
        await expect(thread).to_contain_text("The first one")
        await expect(mara.locator(f"{correct} select[name=category]")).to_have_value("elevator")

        may_come, is_drawn = asyncio.Event(), asyncio.Event()

        async def delay(route: Route) -> None:
            drawn = await route.fetch()
            is_drawn.set()
            await may_come.wait()
            await route.fulfill(response=drawn)

        await mara.route(f"**{path}", delay)
        await note("The second one")
        await is_drawn.wait()
        await mara.click(f"{correct} button")
        await expect(heading).to_contain_text("Lift")
        async with mara.expect_event("requestfinished", lambda request: request.method == "GET"):
            may_come.set()
        await mara.wait_for_timeout(500)
        await expect(heading).to_contain_text("Lift")
        await expect(thread).to_contain_text("The second one")

    _browse(site, walk)


def test_a_clock_explains_itself_to_the_mouse_and_to_the_keyboard(
    site: Site, appeal: Appeal
) -> None:
    async def walk(open_page: Open) -> None:
        mara = await open_page(site.cast.mara, f"/appeals/{appeal.id}")
        clock = mara.locator(".clock").last
        await expect(clock.locator(".why")).to_be_hidden()
        await clock.focus()
        await expect(clock.locator(".why")).to_be_visible()
        await mara.locator("h1").click()
        await clock.hover()
        await expect(clock.locator(".why")).to_be_visible()

    _browse(site, walk)


def test_each_day_of_the_roster_stands_above_its_shifts(site: Site, appeal: Appeal) -> None:
    petra = site.core.transact_now(make_staff, site.cast.project, "Petra", "project_manager")
    site.core.transact_now(give_passwords)

    async def walk(open_page: Open) -> None:
        page = await open_page(petra, f"/settings/roster?project={site.cast.project.id}")
        tops = "cells => cells.map(cell => [cell.offsetLeft, cell.offsetWidth])"
        days = await page.locator(".week thead th").evaluate_all(tops)
        shifts = page.locator(".week tbody tr").first.locator("th, td")
        assert await shifts.evaluate_all(tops) == days
        assert len(days) == 8

    _browse(site, walk, viewport={"width": 1400, "height": 900})


def test_emergencies_that_call_leave_the_page_its_place(site: Site, appeal: Appeal) -> None:
    def raise_them(session: Session) -> None:
        conversation = session.get_one(Conversation, site.cast.conversation.id)
        for kind in ("fire", "gas_leak", "entrapment"):
            message = make_message(session, conversation, "Help!")
            raise_emergency(session, conversation, message, kind=kind, found_by="rule", at=NOON)

    site.core.transact_now(raise_them)

    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, "/appeals")
        calling = page.locator("section.alarm li")
        await expect(calling).to_have_count(3)
        heights = await calling.evaluate_all("items => items.map(item => item.offsetHeight)")
        assert max(heights) < 40, "one line each"

    _browse(site, walk, viewport={"width": 1400, "height": 900})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone(site: Site, appeal: Appeal, scheme: str) -> None:
    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, "/appeals")
        for path in ("/appeals", "/handoffs", f"/appeals/{appeal.id}", "/password"):
            await page.goto(path)
            over = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert over <= 0, path

    _browse(site, walk, viewport={"width": 360, "height": 740}, color_scheme=scheme)
