"""What an agent and an owner see and click, live, each in a browser of their own."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.browser.conftest import Desktop, Somebody
from tests.journeys.world import ADA, World

pytestmark = pytest.mark.browser


def log_in(desktop: Desktop, world: World, path: str = "/appeals", email: str = ADA) -> Page:
    page = desktop.open(world.stack.console_url + path)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(world.password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="Work list").first).to_be_visible()
    return page


def open_phone(desktop: Desktop, world: World, owner: Somebody) -> Page:
    phone = desktop.open(f"{world.stack.console_url}/demo?person={owner.person_id}")
    expect(bubbles(phone).first).to_be_visible()
    return phone


def bubbles(phone: Page) -> Locator:
    return phone.locator("#log .message")


def write(phone: Page, text: str) -> None:
    phone.get_by_label("Message", exact=True).fill(text)
    phone.get_by_role("button", name="Send", exact=True).click()


def open_form(actions: Locator, name: str, label: str) -> Locator:
    """Unfold a form and go into its field, which news then leave alone. News that come just before fold it
    again; a person would unfold it once more."""
    titled = actions.page.locator("summary", has_text=name)
    form = actions.locator("details.action").filter(has=titled).first
    summary, field = form.locator("summary"), form.get_by_label(label)
    for _ in range(5):
        if not field.is_visible():
            summary.click()
        try:
            field.focus(timeout=2000)
        except PlaywrightTimeoutError:
            continue
        if field.is_visible():
            return field
    raise AssertionError(f"{name} does not stay open")


def test_a_wrong_password_is_refused(desktop: Desktop, world: World) -> None:
    page = desktop.open(f"{world.stack.console_url}/appeals")
    page.get_by_label("E-mail").fill(ADA)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("E-mail or password is wrong")
    page.goto(f"{world.stack.console_url}/appeals")
    expect(page.get_by_label("Password")).to_be_visible()
    assert desktop.complaints == []


def test_an_agent_takes_a_conversation_answers_and_gives_it_back(
    desktop: Desktop, world: World, owner: Somebody
) -> None:
    desk = log_in(desktop, world, "/handoffs")
    phone = open_phone(desktop, world, owner)
    words = f"I want to talk to a person, this is door {owner.home}"
    write(phone, "I want to talk to a person")
    expect(bubbles(phone).last).to_contain_text("I have passed this to a person")
    write(phone, words)

    row = desk.locator("li.handoff", has_text=words)
    expect(row).to_be_visible()
    row.get_by_role("button", name="Take").click()
    expect(desk.get_by_text("You hold this conversation; the bot is silent.")).to_be_visible()
    expect(bubbles(phone).last).to_contain_text("is here now")

    desk.get_by_label("Reply to the owner").fill("How can I help you?")
    desk.get_by_role("button", name="Send", exact=True).click()
    expect(bubbles(phone).last).to_contain_text("How can I help you?")
    write(phone, "The bin room smells.")
    expect(desk.get_by_role("log")).to_contain_text("The bin room smells.")

    desk.locator("summary", has_text="Hand back to the bot").click()
    desk.get_by_role("button", name="Hand back", exact=True).click()
    expect(bubbles(phone).last).to_contain_text("I am with you again")
    expect(desk.get_by_role("button", name="Take over", exact=True)).to_be_visible()
    assert desktop.complaints == []


def test_an_agent_sees_an_appeal_arrive_and_works_it_until_the_owner_closes_it(
    desktop: Desktop, world: World, owner: Somebody
) -> None:
    desk = log_in(desktop, world)
    phone = open_phone(desktop, world, owner)
    write(phone, "The light on the landing of the fourth floor is out.")
    card = bubbles(phone).last
    expect(card.get_by_role("button", name="Correct this")).to_be_visible()

    row = desk.locator("tr", has_text=owner.home)
    expect(row).to_be_visible()
    row.get_by_role("link").first.click()
    subject = desk.locator("#subject")
    actions = desk.locator("#actions")
    expect(subject).to_contain_text("New")
    actions.get_by_role("button", name="Accept").click()
    expect(subject).to_contain_text("Accepted")
    expect(card).to_contain_text("Accepted")

    open_form(actions, "Dispatch", "To whom").select_option(label="Sam Wrenfield")
    actions.get_by_role("button", name="Dispatch").click()
    expect(card).to_contain_text("Sam Wrenfield has the job")
    actions.get_by_role("button", name="On the way").click()
    expect(bubbles(phone).last).to_contain_text("Sam Wrenfield is on the way")
    actions.get_by_role("button", name="Arrived").click()
    expect(bubbles(phone).last).to_contain_text("Sam Wrenfield set out at")

    open_form(actions, "Resolve", "What was done").fill("A new lamp is in.")
    actions.get_by_label("Cause").fill("Age")
    actions.get_by_role("button", name="Resolve").click()
    question = bubbles(phone).last
    expect(question).to_contain_text("A new lamp is in.")
    question.get_by_role("button", name="Yes, solved").click()
    expect(bubbles(phone).last).to_contain_text("How was it?")
    expect(subject).to_contain_text("Closed")
    bubbles(phone).last.get_by_role("button", name="⭐⭐⭐⭐⭐").click()
    expect(bubbles(phone).last).to_contain_text("add a word")
    assert desktop.complaints == []
