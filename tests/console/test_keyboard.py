"""The console by keyboard: walking a list, going to pages, the sheet, the palette, and leaving people who type alone."""

from __future__ import annotations

import pytest
from playwright.async_api import expect
from sqlalchemy.orm import Session

from console.words import Words
from ownerdesk.services.accounts import choose_looks
from ownerdesk.services.handoffs import request_handoff
from tests.conftest import NOON
from tests.console.conftest import Browser, Site
from tests.console.test_browser import Open, _browse
from tests.make import make_appeal, make_cast

browser_only = pytest.mark.browser


def test_the_palette_finds_pages_and_appeals_of_ones_own_projects_only(site: Site) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    ours = site.core.transact_now(make_appeal, site.cast)
    theirs = site.core.transact_now(make_appeal, other)

    async def walk(browser: Browser) -> None:
        everything = await browser.read("/palette?q=")
        assert 'data-href="/handoffs"' in everything
        assert "/early-warnings" not in everything, "agents see no figures"
        assert ours.number not in everything, "without words there is nothing to look for"
        found = await browser.read(f"/palette?q={ours.number}")
        assert f'data-href="/appeals/{ours.id}"' in found
        by_words = await browser.read("/palette?q=landing")
        assert f'data-href="/appeals/{ours.id}"' in by_words
        assert f'data-href="/appeals/{theirs.id}"' not in by_words
        assert 'role="option"' not in await browser.read("/palette?q=%00%3Cscript%3Enothing")

    site.visit(walk, by=site.cast.mara)

    async def as_manager(browser: Browser) -> None:
        assert 'data-href="/early-warnings"' in await browser.read("/palette?q=early")

    site.visit(as_manager, by=site.cast.boris)


def test_the_sheet_is_in_the_language_of_the_person_and_names_what_they_may_open(
    site: Site,
) -> None:
    async def walk(browser: Browser) -> None:
        page = await browser.read("/appeals")
        assert 'data-keys="g w" data-does="/appeals"' in page
        assert 'data-keys="g y"' not in page
        await browser.post("/language", language="zh")
        words = Words("zh", NOON)
        assert words._("Handoffs") in await browser.read("/appeals")

    site.visit(walk, by=site.cast.mara)


@browser_only
def test_somebody_walks_the_list_and_opens_an_appeal_without_a_mouse(site: Site) -> None:
    first, second = (site.core.transact_now(make_appeal, site.cast) for _ in range(2))

    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, "/appeals")
        await page.keyboard.press("j")
        await expect(page.locator(f"[data-row='{second.id}'] a")).to_be_focused()
        await page.keyboard.press("j")
        await page.keyboard.press("j")  # the last row stays the last
        await expect(page.locator(f"[data-row='{first.id}'].is-at")).to_be_visible()
        await page.keyboard.press("k")
        await expect(page.locator(f"[data-row='{second.id}'] a")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/appeals/{second.id}")

    _browse(site, walk)


@browser_only
def test_g_and_a_letter_go_to_a_page_and_a_letter_alone_does_not(site: Site) -> None:
    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, "/appeals")
        await page.keyboard.press("h")
        await page.keyboard.press("g")
        await page.keyboard.press("h")
        await page.wait_for_url("**/handoffs")
        await page.keyboard.press("g")
        await page.keyboard.press("m")
        await page.wait_for_url("**/appeals?tab=mine")

    _browse(site, walk)


@browser_only
def test_the_sheet_opens_with_a_question_mark_and_closes_with_escape(site: Site) -> None:
    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, "/appeals")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        await page.keyboard.press("g")
        await page.keyboard.press("h")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
        assert page.url.endswith("/appeals"), "behind the sheet nothing moves"

    _browse(site, walk)


@browser_only
def test_the_palette_goes_to_an_appeal_by_its_number(site: Site) -> None:
    appeal = site.core.transact_now(make_appeal, site.cast)

    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, "/handoffs")
        await page.keyboard.press("Control+k")
        await expect(page.locator("#palette-field")).to_be_focused()
        await page.keyboard.type(appeal.number)
        option = page.get_by_role("option", name=appeal.number)
        await expect(option).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/appeals/{appeal.id}")
        await page.keyboard.press("Control+k")
        await page.keyboard.type("nothing of this name")
        await expect(page.get_by_text("Nothing of that name.")).to_be_visible()

    _browse(site, walk)


@browser_only
def test_letters_typed_into_a_field_or_with_ctrl_are_only_letters(site: Site) -> None:
    site.core.transact_now(make_appeal, site.cast)

    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, "/appeals")
        await page.keyboard.press("/")
        field = page.get_by_role("searchbox")
        await expect(field).to_be_focused()
        await page.keyboard.type("ghj?")
        await expect(field).to_have_value("ghj?")
        await page.keyboard.press("Escape")
        await expect(field).not_to_be_focused()
        await page.keyboard.press("Control+j")
        await expect(page.locator(".is-at")).to_have_count(0)
        assert "/appeals" in page.url

    _browse(site, walk)


@browser_only
def test_somebody_who_switched_single_keys_off_has_only_those_with_ctrl(site: Site) -> None:
    def switch_off(session: Session) -> None:
        mara = session.merge(site.cast.mara)
        choose_looks(session, mara, theme="system", uses_keys=False)

    site.core.transact_now(switch_off)
    site.core.transact_now(make_appeal, site.cast)

    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, "/appeals")
        for key in ("j", "g", "h", "?"):
            await page.keyboard.press(key)
        await expect(page.locator(".is-at")).to_have_count(0)
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await page.keyboard.press("Control+k")
        await expect(page.locator("#palette-field")).to_be_visible()

    _browse(site, walk)


@browser_only
def test_a_takes_the_handoff_the_keys_are_at(site: Site) -> None:
    site.core.transact_now(
        lambda s: request_handoff(s, s.merge(site.cast.conversation), reason="asked", at=NOON)
    )

    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.mara, "/handoffs")
        await page.keyboard.press("j")
        await page.keyboard.press("a")
        await page.wait_for_url(f"**/conversations/{site.cast.conversation.id}")

    _browse(site, walk)
