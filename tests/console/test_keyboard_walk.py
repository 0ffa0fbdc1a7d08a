"""An agent's day without a mouse: from one appeal to the next, actions by their letters, and back where one was."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, expect
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, SavedView
from tests.console.conftest import Browser, Site
from tests.console.test_browser import Open, _browse
from tests.make import NOON, make_appeal

browser_only = pytest.mark.browser


@pytest.fixture
def appeals(site: Site) -> list[Appeal]:
    """Three, as the list shows them: the newest first."""
    return [site.core.transact_now(make_appeal, site.cast) for _ in range(3)][::-1]


async def _press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


@browser_only
def test_an_appeal_leads_to_the_next_of_its_list_and_back_to_the_row_it_came_from(
    site: Site, appeals: list[Appeal]
) -> None:
    first, second, third = appeals

    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, "/appeals?tab=new")
        await _press(page, "j", "Enter")
        await page.wait_for_url(f"**/appeals/{first.id}")
        trail = page.locator("#trail")
        await expect(trail).to_contain_text("1 of 3")
        await expect(trail.get_by_role("link", name="Before")).to_be_hidden()
        await page.keyboard.press("j")
        await page.wait_for_url(f"**/appeals/{second.id}")
        await page.keyboard.press("a")
        await expect(page.locator("#subject")).to_contain_text("Accepted")
        await page.keyboard.press("d")
        await page.keyboard.type("Ike")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#subject")).to_contain_text("Dispatched")
        await expect(trail).to_contain_text("2 of 3")
        await page.keyboard.press("j")
        await page.wait_for_url(f"**/appeals/{third.id}")
        await page.keyboard.press("j")  # the last stays the last
        await page.keyboard.press("k")
        await page.wait_for_url(f"**/appeals/{second.id}")
        await page.keyboard.press("k")
        await page.wait_for_url(f"**/appeals/{first.id}")
        await page.keyboard.press("u")
        await page.wait_for_url("**/appeals?tab=new")
        await expect(page.locator(f"[data-row='{first.id}'] a")).to_be_focused()
        await _press(page, "j", "Enter")
        await page.wait_for_url(f"**/appeals/{third.id}")  # the second is no longer new
        await page.keyboard.press("2")
        await page.wait_for_url("**/appeals?tab=new")
        await page.keyboard.press("j")  # who comes by another way begins at the top
        await expect(page.locator(f"[data-row='{first.id}'] a")).to_be_focused()

    _browse(site, walk)


@browser_only
def test_an_appeal_that_was_on_no_list_offers_no_neighbours(
    site: Site, appeals: list[Appeal]
) -> None:
    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeals[0].id}")
        await expect(page.locator("#trail")).to_be_hidden()
        await _press(page, "j", "k")
        await page.keyboard.press("u")
        await page.wait_for_url("**/appeals")

    _browse(site, walk)


@browser_only
def test_what_is_folded_away_has_its_letter_too_and_is_taken_back_with_z(
    site: Site, appeals: list[Appeal]
) -> None:
    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeals[0].id}")
        await page.keyboard.press("m")
        await expect(page.locator("form[action$='/merge'] [name=other]")).to_be_focused()
        await _press(page, "Escape", "a")
        await expect(page.locator("#subject")).to_contain_text("Accepted")
        await expect(page.locator("#held .undo")).to_be_visible()
        await page.keyboard.press("z")
        await expect(page.locator("#subject")).to_contain_text("New")
        await _press(page, "Control+k")
        await page.keyboard.type("end without")
        await expect(page.locator("#palette [aria-selected=true]")).to_contain_text(
            "End without a solution"
        )

    _browse(site, walk)


@browser_only
def test_a_form_is_sent_from_any_of_its_fields_and_a_filter_is_not(
    site: Site, appeals: list[Appeal]
) -> None:
    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeals[0].id}")
        await page.keyboard.press("d")
        await page.keyboard.type("Ike")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#subject")).to_contain_text("Ike")
        await page.keyboard.press("p")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#subject")).to_contain_text("Somebody at the door")
        await page.keyboard.press("e")
        await page.keyboard.press("Control+Enter")  # nothing is written yet
        await expect(page.locator("form[action$='/resolve'] textarea")).to_be_focused()

    _browse(site, walk)


@browser_only
def test_what_is_typed_before_an_action_has_answered_is_not_lost(
    site: Site, appeals: list[Appeal]
) -> None:
    async def wait(route: Route) -> None:
        """The answer comes late: news of what was done draw the page before it."""
        answer = await route.fetch()
        await asyncio.sleep(0.8)
        await route.fulfill(response=answer)

    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeals[0].id}")
        await page.route("**/accept", wait)
        await _press(page, "a", "e")
        await page.keyboard.type("The lamp is new")
        field = page.locator("form[action$='/resolve'] textarea")
        await expect(field).to_have_value("The lamp is new")
        await expect(field).to_be_focused()
        await expect(page.locator("#subject")).to_contain_text("Accepted")

    _browse(site, walk)


@browser_only
def test_a_conversation_is_taken_and_handed_back_by_letters(
    site: Site, appeals: list[Appeal]
) -> None:
    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeals[0].id}")
        await page.keyboard.press("t")
        await expect(page.get_by_text("You hold this conversation")).to_be_visible()
        await page.keyboard.press("b")
        await expect(page.locator("form[action$='/hand-back'] textarea")).to_be_focused()
        await page.keyboard.type("bt")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_text("The bot answers here.")).to_be_visible()
        await expect(page.get_by_role("log")).to_contain_text("bt")

    _browse(site, walk)


@browser_only
def test_an_action_leaves_the_columns_where_they_were_and_the_focus_at_what_was_done(
    site: Site, appeals: list[Appeal]
) -> None:
    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeals[0].id}")
        await page.evaluate("document.querySelector('.known').scrollTop = 60")
        before = await page.evaluate("document.querySelector('.known').scrollTop")
        assert before > 0, "the window is small enough to scroll"
        await page.keyboard.press("a")
        await expect(page.locator("#held .undo")).to_be_visible()
        await page.wait_for_timeout(500)  # the news of it draw the columns once more
        assert await page.evaluate("document.querySelector('.known').scrollTop") == before
        await expect(page.locator("#held")).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Undo")).to_be_focused()

    _browse(site, walk, viewport={"width": 1400, "height": 420})


@browser_only
def test_digits_go_to_the_parts_of_the_list_and_b_to_what_is_selected(
    site: Site, appeals: list[Appeal]
) -> None:
    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, "/appeals")
        await page.keyboard.press("b")
        await expect(page.locator("#bulk")).to_be_hidden()
        await _press(page, "j", "x", "j", "x", "b")
        await expect(page.get_by_label("What to do")).to_be_focused()
        await page.keyboard.type("Add")
        await _press(page, "Tab", "Enter")
        await expect(page.get_by_label("Note, which owners never see")).to_be_focused()
        await page.keyboard.type("For all of them")
        await _press(page, "Tab", "Enter")
        await expect(page.get_by_role("button", name="Do it for 2 appeals")).to_be_focused()
        await page.keyboard.press("5")
        await page.wait_for_url("**/appeals?tab=overdue")
        await page.keyboard.press("3")
        await page.wait_for_url("**/handoffs")

    _browse(site, walk)


@browser_only
def test_the_emergency_of_the_banner_is_one_key_away(site: Site, appeals: list[Appeal]) -> None:
    danger = site.core.transact_now(make_appeal, site.cast, nature="emergency")

    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, "/incidents")
        await page.keyboard.press("!")
        await page.wait_for_url(f"**/appeals/{danger.id}")
        await page.keyboard.press("a")
        await expect(page.locator("section.alarm")).to_have_count(0)

    _browse(site, walk)


def test_the_palette_finds_ones_own_views_and_not_those_of_others(site: Site) -> None:
    def save(session: Session) -> None:
        for member, name in ((site.cast.mara, "Lamps of mine"), (site.cast.boris, "Lamps of his")):
            session.add(SavedView(staff_id=member.id, name=name, query={"q": "lamp"}, made_at=NOON))

    site.core.transact_now(save)

    async def walk(browser: Browser) -> None:
        found = await browser.read("/palette?q=lamps")
        assert "Lamps of mine" in found
        assert "Lamps of his" not in found
        assert 'data-href="/appeals?q=lamp"' in found
        assert "Lamps of mine" not in await browser.read("/palette?q=boilers")

    site.visit(walk, by=site.cast.mara)
