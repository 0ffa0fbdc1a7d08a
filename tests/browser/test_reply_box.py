"""The reply box as a keyboard and two pairs of eyes use it, in headless Chromium."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Route, async_playwright, expect
from sqlalchemy import delete
from sqlalchemy.orm import Session

from console.app import HERE, make_app
from console.keys import HUB
from ownerdesk.bootstrap import Core
from ownerdesk.model import CannedReply, Conversation, StaffMember
from tests.browser.conftest import EXECUTABLES, SWITCHES
from tests.console.conftest import PASSWORD, Site, give_passwords
from tests.make import make_appeal, make_cast, make_message

pytestmark = pytest.mark.browser

AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
Open = Callable[[StaffMember, str], Awaitable[Page]]
Walk = Callable[[Open, TestServer], Awaitable[None]]


@pytest.fixture
def site(core: Core) -> Site:
    cast = core.transact_now(make_cast)
    core.transact_now(give_passwords)
    return Site(core, cast)


def _browse(site: Site, walk: Walk, **context: object) -> None:
    """Every page of the walk is a browser of its own; what it complains of fails the test."""
    complaints: list[str] = []
    executable = next(filter(None, map(shutil.which, EXECUTABLES)))

    async def run() -> None:
        app = make_app(site.core.settings, site.core)
        async with TestServer(app) as server, async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=executable, args=SWITCHES)

            async def open_page(member: StaffMember, path: str) -> Page:
                own = await chromium.new_context(base_url=str(server.make_url("/")), **context)  # type: ignore[arg-type]
                page = await own.new_page()
                page.set_default_timeout(15_000)
                page.on("pageerror", lambda error: complaints.append(str(error)))
                await page.goto(f"/login?next={path}")
                await page.fill("[name=email]", member.email)
                await page.fill("[name=password]", PASSWORD)
                await page.click("button.primary")
                # Not only its end, which the address of the log-in has too.
                await page.wait_for_url(str(server.make_url(path)))
                return page

            try:
                await walk(open_page, server)
            finally:
                await chromium.close()

    expect.set_options(timeout=15_000)
    asyncio.run(run())
    assert complaints == []


def _write(session: Session, site: Site, text: str) -> None:
    make_message(session, session.get_one(Conversation, site.cast.conversation.id), text)


def _fill(session: Session, site: Site) -> None:
    """An appeal, and two ready answers in the place of those that are shipped."""
    session.execute(delete(CannedReply))
    make_appeal(session, site.cast)
    for shortcut, body in (
        ("hello", "Hello {owner}, this is {me}."),
        ("price", "It costs {price}."),
    ):
        names = {"en": shortcut.title()}
        session.add(CannedReply(shortcut=shortcut, names=names, bodies={"en": body}))


def test_ready_answers_articles_and_mentions_are_picked_with_the_keyboard_alone(site: Site) -> None:
    site.core.transact_now(_fill, site)
    base = f"/conversations/{site.cast.conversation.id}"

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, base)
        await page.focus("#reply-text")
        await page.keyboard.type("/")
        combobox = page.get_by_role("combobox", name="Ready answers")
        await expect(combobox).to_be_focused()
        await expect(page.get_by_role("option")).to_have_count(2)
        await page.keyboard.press("ArrowDown")
        await expect(page.locator("[aria-selected=true]")).to_contain_text("Price")
        await page.keyboard.type("hel")
        await expect(page.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("Enter")
        field = page.locator("#reply-text")
        await expect(field).to_be_focused()
        await expect(field).to_have_value("Hello Alma Test, this is Mara T.")
        await page.keyboard.type(" 1/2? / ")
        await expect(field).to_have_value("Hello Alma Test, this is Mara T. 1/2? / ")
        await page.keyboard.type("?parking")
        await expect(page.get_by_role("option").first).to_contain_text("ark")
        await page.keyboard.press("Escape")
        await expect(field).to_have_value("Hello Alma Test, this is Mara T. 1/2? / ?")
        await page.get_by_role("button", name="Preview").click()
        await expect(page.locator(".phone-bubble")).to_contain_text("Hello Alma Test")
        await page.keyboard.press("Tab")
        await page.click("summary:has-text('Internal note')")
        await expect(page.locator("#note-text")).to_be_focused()
        await page.keyboard.type("@bor")
        await expect(page.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("Enter")
        await expect(page.locator("#note-text")).to_have_value("@Boris T ")

    _browse(site, walk)


def test_words_outlive_a_reload_and_an_ended_log_in_and_belong_to_their_writer(site: Site) -> None:
    base = f"/conversations/{site.cast.conversation.id}"

    async def log_in(page: Page, member: StaffMember) -> None:
        await page.fill("[name=email]", member.email)
        await page.fill("[name=password]", PASSWORD)
        await page.click("button.primary")
        await page.wait_for_url(f"**{base}")

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, base)
        field = page.locator("#reply-text")
        await field.fill("Half a sentence")
        await page.reload()
        await expect(field).to_have_value("Half a sentence")
        await expect(page.get_by_text("are back; they were not sent.").first).to_be_visible()
        await page.context.clear_cookies(name="ownerdesk_session")
        with suppress(PlaywrightError):  # the page may find by itself that the log-in has ended
            await page.click("#reply-form button", timeout=3_000)
        await page.wait_for_url("**/login**")
        await log_in(page, site.cast.boris)
        await expect(field).to_have_value("")
        await page.goto("about:blank")  # the open page would lead to the log-in by itself
        await page.context.clear_cookies(name="ownerdesk_session")
        await page.goto(base)
        await log_in(page, site.cast.mara)
        await expect(field).to_have_value("Half a sentence")
        await page.dblclick("#reply-form button")
        await expect(page.get_by_role("log").get_by_text("Half a sentence")).to_have_count(1)
        await expect(field).to_have_value("")
        await page.reload()
        await expect(field).to_have_value("")

    _browse(site, walk)


def test_a_colleague_is_seen_and_news_that_broke_off_come_back_and_say_so(site: Site) -> None:
    base = f"/conversations/{site.cast.conversation.id}"

    async def walk(open_page: Open, server: TestServer) -> None:
        mara, boris = await open_page(site.cast.mara, base), await open_page(site.cast.boris, base)
        await expect(mara.locator("#presence")).to_contain_text("Boris T is looking at this too.")
        await boris.focus("#reply-text")
        await boris.keyboard.type("I think")
        await expect(mara.locator("#presence")).to_contain_text("Boris T is typing here right now.")
        await boris.close()
        await expect(mara.locator("#presence")).not_to_contain_text("Boris T", timeout=30_000)
        hub = server.app[HUB]
        hub.close()
        await expect(mara.locator("#offline")).to_be_visible()
        await asyncio.to_thread(site.core.transact_now, _write, site, "Written meanwhile")
        hub.is_closing = False
        await expect(mara.get_by_role("log")).to_contain_text("Written meanwhile")
        await expect(mara.locator("#offline")).to_be_hidden()

    _browse(site, walk)


def test_a_file_is_attached_and_a_message_in_between_is_read_first(site: Site) -> None:
    base = f"/conversations/{site.cast.conversation.id}"
    jpeg = {
        "name": "roof.jpg",
        "mimeType": "image/jpeg",
        "buffer": b"\xff\xd8\xff\xe0" + b"x" * 200_000,
    }

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, base)
        await _take_over(page)
        # As a press on its label does: news of the taking over must not draw the field anew under the hand.
        await page.focus("#attach-file")
        await page.set_input_files("#attach-file", jpeg)  # type: ignore[arg-type]
        await expect(page.locator("#uploads")).to_contain_text("roof.jpg")
        bad = {"name": "run.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"}
        await page.set_input_files("#attach-file", bad)  # type: ignore[arg-type]
        await expect(page.locator("#uploads")).to_contain_text("This kind of file is not sent")
        await page.fill("#reply-text", "This is the roof")
        # The page hears nothing for a moment, as on a bad line.
        server.app[HUB].close()
        await asyncio.to_thread(site.core.transact_now, _write, site, "It has stopped")
        await page.keyboard.press("Control+Enter")
        notice = page.locator("#composer .notice[role=alert]").first
        await expect(notice).to_contain_text("1 message came while you were writing")
        await expect(page.locator(".bubble.fresh")).to_contain_text("It has stopped")
        await expect(page.locator("#reply-text")).to_have_value("This is the roof")
        await page.get_by_role("button", name="Send all the same").click()
        await expect(page.get_by_role("log").get_by_text("This is the roof")).to_have_count(1)
        await expect(page.get_by_role("log").get_by_role("img")).to_have_count(1)

    _browse(site, walk)


def test_an_attached_file_survives_news_and_answers_that_were_drawn_before_it(site: Site) -> None:
    base = f"/conversations/{site.cast.conversation.id}"
    jpeg = {"name": "roof.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0" + b"x" * 9}
    late = {**jpeg, "name": "late.jpg"}

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, base)
        old_news, old_news_may_come, late_may_come = (asyncio.Event() for _ in range(3))
        await expect(page.get_by_role("button", name="Take over", exact=True)).to_be_visible()

        async def bring_late(route: Route) -> None:
            answer = await route.fetch()
            old_news.set()
            await old_news_may_come.wait()
            await route.fulfill(response=answer)

        async def hold_back(route: Route) -> None:
            await late_may_come.wait()
            await route.continue_()

        # The page asks for news; before the answer comes, a file is attached.
        await page.route(f"**{base}", bring_late, times=1)
        await asyncio.to_thread(site.core.transact_now, _write, site, "It drips")
        await old_news.wait()
        await page.set_input_files("#attach-file", jpeg)  # type: ignore[arg-type]
        await expect(page.locator("#uploads")).to_contain_text("roof.jpg")
        old_news_may_come.set()
        await expect(page.get_by_role("log")).to_contain_text("It drips")
        await expect(page.locator("#uploads")).to_contain_text("roof.jpg")
        # Another is under way while the page is drawn anew for the person who takes over.
        await page.route("**/uploads*", hold_back, times=1)
        await page.set_input_files("#attach-file", late)  # type: ignore[arg-type]
        await _take_over(page)
        await expect(page.locator("#uploads")).not_to_contain_text("late.jpg")
        late_may_come.set()
        await expect(page.locator("#uploads")).to_contain_text("late.jpg")
        await expect(page.locator("#uploads")).to_contain_text("roof.jpg")
        # And the news still come.
        await asyncio.to_thread(site.core.transact_now, _write, site, "It pours")
        await expect(page.get_by_role("log")).to_contain_text("It pours")

    _browse(site, walk)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_this_part_have_no_violations_and_fit_a_phone(site: Site, scheme: str) -> None:
    site.core.transact_now(_fill, site)
    base = f"/conversations/{site.cast.conversation.id}"

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, base)
        await _take_over(page)
        await page.click("summary:has-text('Give to a colleague')")
        await page.focus("#reply-text")
        await page.keyboard.type("/")
        await expect(page.get_by_role("option").first).to_be_visible()
        await _check(page)
        for path in ("/handoffs", "/notices"):
            await page.goto(path)
            await _check(page)

    _browse(
        site, walk, viewport={"width": 360, "height": 740}, color_scheme=scheme, bypass_csp=True
    )


async def _take_over(page: Page) -> None:
    """And wait until the page is drawn anew: a field of the former page would take no file."""
    await page.evaluate("document.querySelector('#attach-form').dataset.former = ''")
    await page.get_by_role("button", name="Take over", exact=True).click()
    await expect(page.locator("#attach-form[data-former]")).to_have_count(0)
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    await expect(page.get_by_text("You hold this conversation")).to_be_visible()


async def _check(page: Page) -> None:
    over = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0, page.url
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run({resultTypes: ['violations']})")
    said = [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found["violations"]]
    assert said == [], page.url
