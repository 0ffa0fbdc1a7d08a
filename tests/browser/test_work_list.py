"""Live counters and an emergency that cannot be overlooked, in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, StaffMember
from ownerdesk.services.emergencies import take_on
from tests.browser.conftest import Desktop, Somebody
from tests.browser.test_desk_and_phone import log_in, open_phone, write
from tests.journeys.world import ADA, World

pytestmark = pytest.mark.browser


def counter(page: Page, tab: str) -> int:
    text = page.locator(f'#tabs [data-tab="{tab}"] .count').all_inner_texts()
    return int(text[0]) if text else 0


def take_on_all(session: Session) -> None:
    """What other tests have left ringing."""
    ada = session.scalars(select(StaffMember).where(StaffMember.email == ADA)).one()
    ringing = select(Appeal).where(Appeal.severity == "emergency", Appeal.state == "received")
    for appeal in session.scalars(ringing):
        take_on(session, appeal, by=ada, at=datetime.now(UTC))


def test_counters_live_and_an_emergency_calls_on_every_page(
    desktop: Desktop, world: World, owner: Somebody
) -> None:
    world.read(take_on_all)
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
    expect(desk).to_have_title(re.compile("🚨"))
    expect(desk.locator("[data-blocked]")).to_be_visible()
    desk.locator("main").click()
    expect(desk.locator("html")).to_have_attribute("data-beeps", re.compile(r"[1-9]"))
    expect(desk.locator("[data-blocked]")).to_be_hidden()
    desk.get_by_role("button", name="Silence for 10 minutes").click()
    expect(desk.get_by_role("button", name="Sound on again")).to_be_visible()
    expect(banner).to_be_visible()
    banner.get_by_role("button", name="Accept").first.click()
    desk.wait_for_url("**/appeals/*")
    expect(banner).to_have_count(0)
    desk.goto(world.stack.console_url + "/incidents")
    assert desk.title() == plain
    assert desktop.complaints == []
