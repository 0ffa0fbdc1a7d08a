"""The page of an appeal in a browser: a correction at one press, undo in time, and a form that has become too old."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desktop, Somebody
from tests.browser.test_desk_and_phone import bubbles, log_in, open_form, open_phone, write
from tests.journeys.world import World

pytestmark = pytest.mark.browser


def open_appeal(desk: Page, owner: Somebody) -> None:
    row = desk.locator("tr", has_text=owner.home)
    expect(row).to_be_visible()
    row.get_by_role("link").first.click()
    expect(desk.locator("#subject")).to_contain_text("New")


def test_an_agent_corrects_takes_back_and_is_told_that_a_form_is_too_old(
    desktop: Desktop, world: World, owner: Somebody
) -> None:
    desk = log_in(desktop, world)
    phone = open_phone(desktop, world, owner)
    write(phone, "The light on the landing of the fourth floor is out.")
    card = bubbles(phone).last
    expect(card.get_by_role("button", name="Correct this")).to_be_visible()
    open_appeal(desk, owner)
    actions, held = desk.locator("#actions"), desk.locator("#held")

    # A press, and a second thought before anybody is told.
    actions.get_by_role("button", name="Accept").click()
    expect(desk.locator("#subject")).to_contain_text("Accepted")
    held.get_by_role("button", name="Undo").click()
    expect(desk.locator("#subject")).to_contain_text("New")
    expect(desk.locator(".timeline")).to_contain_text("Taken back before anybody was told")
    expect(card).not_to_contain_text("Accepted")

    open_form(actions, "Correct nature or category", "Category").select_option(label="Lift")
    actions.get_by_role("button", name="Correct", exact=True).click()
    expect(desk.locator("h1")).to_contain_text("Lift")
    expect(desk.locator("#known")).to_contain_text("corrected")

    # A colleague is quicker, on a page of their own, while this one is being written on.
    words = "I will have the electrician at your door"
    open_form(actions, "Promise a time", "In your own words").fill(words)
    colleague = desk.context.new_page()
    colleague.goto(desk.url)
    colleague.locator("#actions").get_by_role("button", name="Accept").click()
    expect(colleague.locator("#subject")).to_contain_text("Accepted")
    actions.get_by_label("Until", exact=False).first.fill("2030-01-01T10:00")
    actions.get_by_role("button", name="Promise it").click()
    refused = desk.get_by_role("alert")
    expect(refused).to_contain_text("Something has changed since you opened this")
    expect(refused).to_contain_text("Accepted")
    expect(actions.get_by_label("In your own words")).to_have_value(words)
    actions.get_by_role("button", name="Promise it").click()
    expect(bubbles(phone).last).to_contain_text(words)
    expect(desk.locator("#subject")).to_contain_text(re.compile("Promised"))
    complaints = [c for c in desktop.complaints if "409" not in c]
    assert complaints == []
