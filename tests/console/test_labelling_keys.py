"""Labelling with keys alone, in a real browser: nature, category, a mark in the words, those alike, and on to the next."""

from __future__ import annotations

import pytest
from playwright.async_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Example, LabelItem
from tests.console.conftest import Site
from tests.console.test_browser import Open, _browse
from tests.make import make_label_item

pytestmark = pytest.mark.browser


def test_a_message_is_labelled_marked_and_settled_without_a_mouse(site: Site) -> None:
    def write(session: Session) -> None:
        make_label_item(session, site.cast, "🔥 smoke on floor 4", why="staff")
        make_label_item(session, site.cast, "🔥 smoke on floor 5")
        make_label_item(session, site.cast, "good morning", alike=1)

    site.core.transact_now(write)

    async def walk(open_page: Open) -> None:
        page = await open_page(site.cast.boris, "/labelling")
        keys = page.keyboard
        kind = page.locator("select[name=kind]")
        await expect(kind).to_be_disabled()
        await keys.press("1")
        await expect(page.locator("[value=emergency]")).to_be_checked()
        await expect(kind).to_be_enabled()
        await keys.press("k")
        await expect(kind).to_be_focused()
        await keys.type("Fire")
        await keys.press("Escape")
        await keys.press("c")
        await keys.type("Fire s")
        await keys.press("Escape")
        await expect(page.locator("select[name=category]")).to_have_value("fire_safety")
        await keys.press("t")
        await keys.press("Control+End")
        for _ in range(7):
            await keys.press("Shift+ArrowLeft")
        await keys.press("Escape")
        await keys.press("e")
        await keys.type("Floor")
        await keys.press("Enter")
        await expect(page.locator(".label-marks li")).to_contain_text("Floor: “floor 4”")
        # What is written before a mark moves it.
        await keys.press("t")
        await keys.press("Control+Home")
        await keys.type("help, ")
        await keys.press("Escape")
        await expect(page.locator(".label-marks li")).to_contain_text("floor 4")
        await keys.press("m")
        await keys.press("a")
        await page.wait_for_url("**/labelling?done=*")
        await expect(page.locator("#label-text")).to_have_value("good morning")
        await keys.press("o")
        await expect(page.locator("main")).to_contain_text("Nothing waits for you")

    _browse(site, walk)
    with site.core.sessions() as session:
        one, two, three = session.scalars(select(Example).order_by(Example.id))
        assert (one.text, one.intent, one.category, one.kind) == (
            "help, 🔥 smoke on floor 4", "emergency", "fire_safety", "fire",
        )  # fmt: skip
        [mark] = one.entities
        assert one.text[mark["start"] : mark["end"]] == "floor 4", "an emoji is one character"
        assert (two.text, two.kind, two.entities) == ("🔥 smoke on floor 5", "fire", [])
        assert three.intent == "out_of_scope"
        assert set(session.scalars(select(LabelItem.state))) == {"settled"}
