"""What a slow line, a second press or the news must not cost: words, files, presses, and what one was looking at."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, Route, expect

from ownerdesk.model import Appeal
from tests.browser.test_reply_box import Open, _browse, _write, site
from tests.console.conftest import Site
from tests.make import make_appeal

pytestmark = pytest.mark.browser

__all__ = ["site"]

PHOTO = b"\xff\xd8\xff\xe0" + b"x" * 9


@dataclass
class Late:
    """An answer that is drawn at once and comes when it may; or a request that is not even heard before."""

    is_drawn: asyncio.Event = field(default_factory=asyncio.Event)
    may_come: asyncio.Event = field(default_factory=asyncio.Event)

    async def bring(self, route: Route) -> None:
        answer = await route.fetch()
        self.is_drawn.set()
        await self.may_come.wait()
        await route.fulfill(response=answer)

    async def hold_back(self, route: Route) -> None:
        self.is_drawn.set()
        await self.may_come.wait()
        await route.continue_()


@pytest.fixture
def appeal(site: Site) -> Appeal:
    return site.core.transact_now(make_appeal, site.cast)


async def _say(site: Site, page: Page, words: str) -> None:
    """The owner writes, and the page has drawn it."""
    await asyncio.to_thread(site.core.transact_now, _write, site, words)
    await expect(page.get_by_role("log")).to_contain_text(words)


async def _choose(page: Page, name: str) -> None:
    file = {"name": name, "mimeType": "image/jpeg", "buffer": PHOTO}
    await page.set_input_files("#attach-file", file)  # type: ignore[arg-type]


def test_what_is_written_while_a_reply_is_under_way_stays_and_the_reply_does_not(
    site: Site, appeal: Appeal
) -> None:
    late = Late()

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeal.id}")
        reply = page.locator("#reply-text")
        await page.route("**/reply", late.bring, times=1)
        await reply.fill("I am on my way.")
        await page.keyboard.press("Control+Enter")
        await late.is_drawn.wait()
        await page.keyboard.type(" Ring me")
        late.may_come.set()
        await expect(page.get_by_text("You hold this conversation")).to_be_visible()
        await expect(page.get_by_role("log")).to_contain_text("I am on my way.")
        await expect(reply).to_have_value("Ring me")

    _browse(site, walk)


def test_a_reply_that_another_form_overtakes_is_not_offered_again(
    site: Site, appeal: Appeal
) -> None:
    late = Late()

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeal.id}")
        reply = page.locator("#reply-text")
        await page.route("**/reply", late.bring, times=1)
        await reply.fill("I am on my way.")
        await page.keyboard.press("Control+Enter")
        await late.is_drawn.wait()
        await page.locator("#actions").get_by_role("button", name="Accept").click()
        await expect(page.locator("#subject")).to_contain_text("Accepted")
        late.may_come.set()
        await expect(page.get_by_role("log")).to_contain_text("I am on my way.")
        await _say(site, page, "Thank you")
        await expect(reply).to_have_value("")
        await page.reload()
        await expect(reply).to_have_value("")

    _browse(site, walk)


def test_keys_work_after_an_answer_that_had_lost_its_place(site: Site, appeal: Appeal) -> None:
    late, upload = Late(), Late()

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeal.id}")
        await page.route("**/take-over", late.bring)
        await page.route("**/uploads*", upload.bring)
        await page.get_by_role("button", name="Take over", exact=True).click()
        await late.is_drawn.wait()
        await _choose(page, "roof.jpg")
        await upload.is_drawn.wait()
        late.may_come.set()
        await expect(page.get_by_text("You hold this conversation")).to_be_visible()
        upload.may_come.set()
        await expect(page.locator("#uploads")).to_contain_text("roof.jpg")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()

    _browse(site, walk)


def test_a_key_held_down_does_one_thing(site: Site, appeal: Appeal) -> None:
    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeal.id}")
        subject = page.locator("#subject")
        await page.keyboard.press("a")
        await expect(subject).to_contain_text("Accepted")
        await page.keyboard.press("d")
        await page.keyboard.type("Ike")
        await page.keyboard.press("Control+Enter")
        await expect(subject).to_contain_text("Dispatched")
        for _ in range(12):
            await page.keyboard.down("s")
            await page.wait_for_timeout(30)
        await page.keyboard.up("s")
        await expect(subject).to_contain_text("Dispatched")
        await expect(page.get_by_role("button", name="Arrived")).to_be_visible()
        await page.wait_for_timeout(1000)
        await expect(page.get_by_role("button", name="Arrived")).to_be_visible()

    _browse(site, walk)


def test_files_chosen_one_right_after_the_other_are_all_attached(site: Site) -> None:
    late = Late()

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, f"/conversations/{site.cast.conversation.id}")
        await page.route("**/uploads*", late.hold_back, times=1)
        await _choose(page, "one.jpg")
        await late.is_drawn.wait()
        await _choose(page, "two.jpg")
        await _choose(page, "three.jpg")
        late.may_come.set()
        for name in ("one.jpg", "two.jpg", "three.jpg"):
            await expect(page.locator("#uploads")).to_contain_text(name)

    _browse(site, walk)


def test_enter_in_the_search_for_articles_takes_what_was_searched_for(site: Site) -> None:
    late = Late()

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, f"/conversations/{site.cast.conversation.id}")
        reply = page.locator("#reply-text")
        await reply.focus()
        await page.keyboard.type("?")
        await expect(page.get_by_role("option").first).to_be_visible()
        await page.route("**/articles?q=*", late.bring)
        await page.keyboard.type("parking")
        await page.keyboard.press("Enter")
        late.may_come.set()
        await expect(reply).to_have_value(re.compile("^Every space belongs to a unit"))

    _browse(site, walk)


def test_the_palette_does_what_was_chosen_though_news_drew_the_page_behind_it(
    site: Site, appeal: Appeal
) -> None:
    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeal.id}")
        await page.keyboard.press("Control+k")
        await page.keyboard.type("ask the owner")
        option = page.locator("#palette [aria-selected=true]")
        await expect(option).to_contain_text("Ask the owner")
        await _say(site, page, "Still dark")
        await page.keyboard.press("Enter")
        await expect(page.locator("form[action$='/ask'] textarea")).to_be_focused()

    _browse(site, walk)
