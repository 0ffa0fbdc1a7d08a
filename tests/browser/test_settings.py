"""What is changed in the settings, seen on the owner's phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desktop, Somebody
from tests.browser.test_desk_and_phone import bubbles, log_in, open_phone, write
from tests.browser.test_imports import MANAGER
from tests.journeys.world import World

pytestmark = pytest.mark.browser

ORIGINAL = "Tell me in your own words: what is it about?"


def test_a_text_put_into_service_is_said_on_the_phone_until_it_is_put_back(
    desktop: Desktop, world: World, owner: Somebody
) -> None:
    desk = log_in(desktop, world, "/settings/texts?q=own+words+what+is+it+about", MANAGER.email)
    desk.get_by_role("searchbox").fill(ORIGINAL)
    desk.get_by_role("button", name="Search").click()
    desk.get_by_role("link", name=ORIGINAL).click()
    words = f"What can I do for door {owner.home}?"
    english = desk.get_by_role("region", name="English")
    english.get_by_label("Say this instead").fill(words)
    expect(english.locator(".phone-bubble")).to_have_text(words)
    desk.get_by_role("button", name="Keep in the draft").click()
    expect(english.get_by_label("Say this instead")).to_have_value(words)

    phone = open_phone(desktop, world, owner)
    write(phone, "/new")
    expect(bubbles(phone).last).to_contain_text(ORIGINAL)  # a draft is heard by nobody

    desk.get_by_role("link", name="Show the draft").click()
    expect(desk.locator("#draft .phone-bubble").last).to_have_text(words)
    desk.get_by_label("Reason for putting it into service all the same").fill("Seen by one owner")
    desk.get_by_role("button", name="Put into service").click()
    expect(desk.get_by_text("Reason: Seen by one owner")).to_be_visible()
    write(phone, "/new")
    expect(bubbles(phone).last).to_contain_text(words)

    desk.get_by_role("button", name="Put back").last.click()
    expect(desk.get_by_text("The same texts as in service.")).to_be_visible()
    write(phone, "/new")
    expect(bubbles(phone).last).to_contain_text(ORIGINAL)
    assert desktop.complaints == []
