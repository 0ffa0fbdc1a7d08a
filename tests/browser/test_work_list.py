"""Live counters and an emergency that cannot be overlooked, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desktop, Somebody
from tests.browser.test_desk_and_phone import log_in, open_phone, write
from tests.journeys.world import World

pytestmark = pytest.mark.browser


def counter(page: Page, tab: str) -> int:
    text = page.locator(f'#tabs [data-tab="{tab}"] .count').all_inner_texts()
    return int(text[0]) if text else 0


def test_counters_live_and_an_emergency_calls_on_every_page(
    desktop: Desktop, world: World, owner: Somebody
) -> None:
    desk = log_in(desktop, world)
    before = counter(desk, "open")
    phone = open_phone(desktop, world, owner)
    write(phone, "The light on the landing of our floor is out.")
    expect(desk.locator('#tabs [data-tab="open"] .count[class]')).to_have_text(str(before + 1))
    box = desk.locator("[data-choose]").first
    box.check()
    expect(desk.locator("#bulk")).to_contain_text("1 chosen")

    desk.get_by_role("link", name="Incidents").click()
    plain = desk.title()
    write(phone, "There is a fire in my kitchen!")
    banner = desk.locator("section.alarm")
    expect(banner).to_contain_text("Emergency")
    expect(desk.locator("#alarm-words")).to_contain_text("Emergency")
    desk.wait_for_function("document.title.includes('🚨')")
    expect(desk.locator("[data-blocked]")).to_be_visible()
    desk.locator("main").click()
    desk.wait_for_function("Number(document.documentElement.dataset.beeps) >= 1")
    expect(desk.locator("[data-blocked]")).to_be_hidden()
    desk.get_by_role("button", name="Silence for 10 minutes").click()
    expect(desk.get_by_role("button", name="Sound on again")).to_be_visible()
    expect(banner).to_be_visible()
    banner.get_by_role("button", name="Accept").first.click()
    desk.wait_for_url("**/appeals/*")
    desk.wait_for_function("!document.querySelector('section.alarm')")
    desk.goto(world.stack.console_url + "/incidents")
    assert desk.title() == plain
    assert desktop.complaints == []
