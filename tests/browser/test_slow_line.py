"""What a slow line, a second press or the news must not cost: words, files, presses, and what one was looking at."""

from __future__ import annotations

import asyncio
import io
import re
import wave
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Route, expect
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Attachment, Conversation
from ownerdesk.services.handoffs import accept_handoff, request_handoff
from tests.browser.test_reply_box import Open, _browse, _write, site
from tests.conftest import NOON
from tests.console.conftest import Site
from tests.console.test_figures_browser import OCTOBER
from tests.figures import make_month
from tests.make import make_appeal, make_cast, make_message

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


async def _reply_slowly(page: Page, late: Late) -> None:
    """Send a reply; what it draws is ready and on its way until `late` lets it come."""
    await page.route("**/reply", late.bring, times=1)
    await page.fill("#reply-text", "I am on my way.")
    await page.keyboard.press("Control+Enter")
    await late.is_drawn.wait()


async def _choose(page: Page, name: str) -> None:
    file = {"name": name, "mimeType": "image/jpeg", "buffer": PHOTO}
    await page.set_input_files("#attach-file", file)  # type: ignore[arg-type]


def test_a_press_that_failed_says_so_until_the_next_one(site: Site) -> None:
    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, f"/conversations/{site.cast.conversation.id}")
        failed = page.locator("#failed")
        await page.route("**/take-over", lambda route: route.abort(), times=1)
        await page.get_by_role("button", name="Take over", exact=True).click()
        await expect(failed).to_be_visible()
        await _say(site, page, "It drips")
        await expect(failed).to_be_visible()
        await page.get_by_role("button", name="Take over", exact=True).click()
        await expect(page.get_by_text("You hold this conversation")).to_be_visible()
        await expect(failed).to_be_hidden()

    _browse(site, walk)


def test_what_is_written_while_a_reply_is_under_way_stays_and_the_reply_does_not(
    site: Site, appeal: Appeal
) -> None:
    late = Late()

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeal.id}")
        reply = page.locator("#reply-text")
        await _reply_slowly(page, late)
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
        await _reply_slowly(page, late)
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


def test_news_come_while_a_large_file_is_on_its_way(site: Site) -> None:
    late = Late()

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, f"/conversations/{site.cast.conversation.id}")
        await page.route("**/uploads*", late.hold_back, times=1)
        await _choose(page, "one.jpg")
        await late.is_drawn.wait()
        await _say(site, page, "It drips")
        late.may_come.set()
        await expect(page.locator("#uploads")).to_contain_text("one.jpg")

    _browse(site, walk)


def test_the_alarm_is_silenced_though_news_of_it_are_on_their_way(site: Site) -> None:
    late = Late()
    site.core.transact_now(make_appeal, site.cast, nature="emergency")

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, "/incidents")
        await page.route("**/calls", late.bring, times=1)
        await asyncio.to_thread(site.core.transact_now, make_appeal, site.cast)
        await late.is_drawn.wait()
        await page.get_by_role("button", name="Silence for 10 minutes").click()
        await expect(page.get_by_role("button", name="Sound on again")).to_be_visible()
        late.may_come.set()
        await expect(page.locator("#count-open")).to_contain_text("2")
        await expect(page.get_by_role("button", name="Sound on again")).to_be_visible()

    _browse(site, walk)


def test_going_back_brings_neither_sent_words_nor_a_filter_that_is_not_applied(
    site: Site, appeal: Appeal
) -> None:
    base = f"/conversations/{site.cast.conversation.id}"

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, base)
        reply = page.locator("#reply-text")
        await reply.fill("I am on my way.")
        await page.locator("#facts").get_by_role("link", name=appeal.number).click()
        await page.wait_for_url("**/appeals/*")
        await expect(reply).to_have_value("I am on my way.")
        await reply.focus()
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_role("log")).to_contain_text("I am on my way.")
        await page.go_back()
        await page.wait_for_url(f"**{base}")
        await expect(page.get_by_role("log")).to_contain_text("I am on my way.")
        await expect(reply).to_have_value("")
        await page.goto("/appeals")
        await page.get_by_label("Category").select_option("elevator")
        await page.wait_for_url("**category=elevator**")
        await page.go_back()
        await page.wait_for_url("**/appeals")
        await expect(page.locator("[data-row]")).to_have_count(1)
        await expect(page.get_by_label("Category")).to_have_value("")

    _browse(site, walk)


def _speak(session: Session, site: Site) -> None:
    """The owner sends half a minute of silence."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 8000 * 30)
    folder = site.core.settings.files_dir
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "voice").write_bytes(sound.getvalue())
    conversation = session.get_one(Conversation, site.cast.conversation.id)
    message = make_message(session, conversation, "", kind="voice")
    session.add(
        Attachment(
            message_id=message.id, kind="voice", state="stored", path="voice",
            mime_type="audio/wav",
        )
    )  # fmt: skip


def test_a_voice_message_goes_on_while_news_come(site: Site) -> None:
    site.core.transact_now(_speak, site)

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, f"/conversations/{site.cast.conversation.id}")
        await page.locator("h1").click()
        await page.evaluate("document.querySelector('audio').play()")
        await _say(site, page, "Did you hear it?")
        assert await page.evaluate("!document.querySelector('audio').paused")
        assert await page.evaluate("document.querySelector('audio').currentTime") > 0

    _browse(site, walk)


def test_a_fold_that_was_opened_to_read_stays_open_when_the_figures_are_drawn_anew(
    site: Site,
) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(make_month, site.cast, other)

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.boris, "/figures")
        await page.clock.install()
        await page.goto(OCTOBER)
        await page.evaluate("document.querySelector('#figures').dataset.former = ''")
        fold = page.locator("#figures details").first
        await fold.locator("summary").click()
        await page.clock.fast_forward("01:05")
        await expect(page.locator("#figures[data-former]")).to_have_count(0)
        await expect(fold).to_have_attribute("open", "")

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


def test_half_a_question_is_still_there_after_another_action(site: Site, appeal: Appeal) -> None:
    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeal.id}")
        question = page.locator("form[action$='/ask'] textarea")
        await page.keyboard.press("q")
        await question.fill("Which floor")
        await page.locator("#actions").get_by_role("button", name="Accept").click()
        await expect(page.locator("#subject")).to_contain_text("Accepted")
        await expect(question).to_have_value("Which floor")
        await expect(question).to_be_visible()

    _browse(site, walk)


def test_a_form_that_leads_to_another_page_is_sent_once(site: Site) -> None:
    heard: list[str] = []

    async def bring_slowly(route: Route) -> None:
        heard.append(route.request.method)
        answer = await route.fetch(max_redirects=0)
        await asyncio.sleep(2)
        with suppress(PlaywrightError):  # nobody waits for the first any more
            await route.fulfill(response=answer)

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, "/appeals?q=lamp")
        await page.route("**/saved-views", bring_slowly)
        await page.locator("summary", has_text="Save this view").click()
        await page.get_by_label("Name").fill("Lamps")
        await page.evaluate(
            """() => {
                const save = document.querySelector(".save-view button");
                save.click();
                setTimeout(() => save.click(), 200);
            }"""
        )
        await expect(page.get_by_role("link", name="Lamps").first).to_be_visible()

    _browse(site, walk)
    assert heard == ["POST"]


def test_news_leave_a_tick_as_it_was_set(site: Site, appeal: Appeal) -> None:
    site.core.transact_now(make_appeal, site.cast)

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, f"/appeals/{appeal.id}")
        await page.keyboard.press("m")
        tick = page.locator("form[action$='/merge'] [value=duplicate]")
        await tick.check()
        await page.locator("form[action$='/merge'] button").focus()
        await _say(site, page, "Still dark")
        await expect(tick).to_be_checked()

    _browse(site, walk)


def _hand(session: Session, site: Site) -> None:
    """Boris is quicker."""
    conversation = session.get_one(Conversation, site.cast.conversation.id)
    accept_handoff(session, conversation, by=session.merge(site.cast.boris), at=NOON)


def test_why_a_handoff_was_refused_can_be_read_though_news_come(site: Site) -> None:
    site.core.transact_now(
        lambda s: request_handoff(s, s.merge(site.cast.conversation), reason="asked", at=NOON)
    )
    late = Late()

    async def walk(open_page: Open, server: TestServer) -> None:
        page = await open_page(site.cast.mara, "/handoffs")
        await page.route("**/take", late.hold_back, times=1)
        await page.get_by_role("button", name="Take").click(no_wait_after=True)
        await late.is_drawn.wait()
        await asyncio.to_thread(site.core.transact_now, _hand, site)
        late.may_come.set()
        notice = page.locator(".notice[role=alert]")
        await expect(notice).to_be_visible()
        await page.evaluate("document.querySelector('#queue').dataset.former = ''")
        await asyncio.to_thread(site.core.transact_now, _write, site, "Hello?")
        await expect(page.locator("#queue[data-former]")).to_have_count(0)
        await expect(notice).to_be_visible()

    _browse(site, walk)
