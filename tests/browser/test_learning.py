"""From a message that is misunderstood to a model that understands it, and back: the whole of it in the browser, with
a training that really runs while other owners go on writing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from demo.client import Phone
from ownerdesk.adapters.rasa import RasaClient
from ownerdesk.model import (
    Appeal,
    Conversation,
    Example,
    LabelItem,
    Message,
    NluModel,
    Training,
)
from ownerdesk.queries.trainings import find_model_in_service
from tests.browser.conftest import Desktop
from tests.browser.test_desk_and_phone import log_in, open_form
from tests.browser.test_imports import MANAGER as ADMIN
from tests.journeys.world import Play, World
from tests.stack import Stack, running
from tests.trained import lend_models

pytestmark = [pytest.mark.browser, pytest.mark.timeout(3600)]

# Five to eight minutes where a core is free; a training steps back behind everything else that runs here.
TRAINING_SECONDS = 3000
SWITCH_MS = 120_000
HELP, GRIEVANCE = "help_seeking", "dissatisfaction"
NAMES = {HELP: "Help needed", GRIEVANCE: "Complaint"}
# Neighbours are blamed here and the company is asked to step in, which is help needed; the shipped model sees the blame.
# One message among 22,000 turns nothing by itself, so four owners write alike, as they do in a house with loud music.
# A model that understands these by now needs others here.
MISUNDERSTOOD = (
    "The family in 4B has promised ten times to turn the music down and never does.",
    "The people in 4B promise every week to turn their music down and never do.",
    "4B has promised us ten times to play the music lower, and it never happens.",
    "The family upstairs promised again and again to turn the music down and does not.",
)
QUESTIONS = (
    "What does the property fee cover?",
    "¿Qué cubre la cuota de la comunidad?",
    "物业费都包括什么？",
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """With models of its own: what is put into service here is nobody else's."""
    folder = tmp_path_factory.mktemp("learning")
    stack = Stack(
        folder / "data", models_dir=lend_models(folder / "models"),
        OUTBOX_CHAT_RATE="20", DEMO_CHAT_RATE="25", HOLD_BACK_SECONDS="3",
    )  # fmt: skip
    with running(stack) as stack:
        yield stack


@pytest.fixture(scope="module")
def world(stack: Stack) -> Iterator[World]:
    world = World(stack)
    yield world
    world.close()


class Owners:
    """Phones of owners in a thread of their own, beside the browser's."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def write(self, text: str) -> int:
        """Somebody new in a house of their own writes this, and gets the card of an appeal; returns its id."""

        async def work() -> int:
            async with Play(self._world) as play:
                appeal, _ = await play.appeal(await play.owner(), text)
                return appeal.id

        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(60)

    @contextmanager
    def writing(self) -> Iterator[Written]:
        """Three owners ask all the time and wait for each answer; afterwards nothing is open."""
        ending, begun = asyncio.Event(), threading.Event()
        written = Written()

        async def work() -> None:
            async with Play(self._world) as play:
                phones = [await play.owner(language) for language in ("en", "es", "zh")]
                begun.set()
                await asyncio.gather(
                    *(
                        keep_asking(phone, question, ending, written)
                        for phone, question in zip(phones, QUESTIONS, strict=True)
                    )
                )

        running: Future[None] = asyncio.run_coroutine_threadsafe(work(), self._loop)
        assert begun.wait(60)
        try:
            yield written
        finally:
            self._loop.call_soon_threadsafe(ending.set)
            running.result(60)


@dataclass
class Written:
    """How many questions were asked and answered on the phone, and in which chats."""

    count: int = 0
    slowest: float = 0.0
    chats: tuple[int, ...] = ()


async def keep_asking(phone: Phone, question: str, ending: asyncio.Event, written: Written) -> None:
    written.chats += (phone.person_id,)
    while not ending.is_set():
        started = time.monotonic()
        await phone.send_text(question)
        await phone.wait_for(lambda m: m["from_bot"], seconds=30)
        written.count += 1
        written.slowest = max(written.slowest, time.monotonic() - started)
        await asyncio.sleep(0.3)


@pytest.fixture
def owners(world: World) -> Iterator[Owners]:
    owners = Owners(world)
    yield owners
    owners.close()


@pytest.fixture
def misunderstood(world: World) -> list[str]:
    """What the model in service is wrong about and sure of, asked as `ownerdesk classify` asks."""

    async def read() -> list[str]:
        url, token = world.stack.environ["RASA_URL"], world.core.settings.rasa_token
        async with RasaClient(url, token) as rasa:
            readings = await rasa.parse_many(MISUNDERSTOOD)
        return [
            text
            for text, reading in zip(MISUNDERSTOOD, readings, strict=True)
            if reading.nature == GRIEVANCE and reading.decision == "accept"
        ]

    found = asyncio.run(read())
    assert found, "the shipped model understands all of these by now: find harder ones"
    return found


def test_a_correction_becomes_a_model_that_understands_and_can_be_taken_back(
    misunderstood: list[str], owners: Owners, desktop: Desktop, world: World
) -> None:
    # The trainer says so, which starts last and is not waited for by anybody's health.
    pause_until(lambda: world.read(find_model_in_service) is not None)
    shipped = world.read(find_model_in_service)
    assert shipped is not None
    desk, admin = log_in(desktop, world), log_in(desktop, world, "/settings/models", ADMIN.email)
    text = misunderstood[0]
    for words in misunderstood:
        appeal_id = owners.write(words)
        assert nature_on_page(desk, world, appeal_id) == NAMES[GRIEVANCE]
        correct(desk, world, appeal_id)
        label(admin, world, words)
    examples = world.read(lambda s: s.scalars(select(Example).order_by(Example.id)).all())
    assert [example.text for example in examples] == misunderstood
    assert {(e.intent, e.source, e.use) for e in examples} == {(HELP, "staff", "train")}

    candidate = train(admin, world, len(misunderstood))
    check_report(admin, text)

    with owners.writing() as written:
        pause_until(lambda: written.count > 5)
        put_into_service(admin)
        expect(admin.locator("#state")).to_contain_text("In service since", timeout=SWITCH_MS)
        pause_until(enough_more(written))
    check_answers(world, written, {shipped.file, candidate.file})
    assert nature_on_page(desk, world, owners.write(text)) == NAMES[HELP]

    with owners.writing() as written:
        pause_until(lambda: written.count > 5)
        admin.goto(f"{world.stack.console_url}/settings/models")
        admin.get_by_role("button", name="Roll back to").first.click()
        served = admin.locator(".model-panels section", has_text="In service").first
        expect(served.locator("strong")).to_have_text(f"Model {shipped.id}", timeout=SWITCH_MS)
        pause_until(enough_more(written))
    check_answers(world, written, {shipped.file, candidate.file})
    assert nature_on_page(desk, world, owners.write(text)) == NAMES[GRIEVANCE]
    assert desktop.complaints == []


def nature_on_page(desk: Page, world: World, appeal_id: int) -> str:
    """What the appeal's page says that the message was understood as."""
    desk.goto(f"{world.stack.console_url}/appeals/{appeal_id}")
    facts = desk.get_by_role("region", name="Understood as")
    return facts.locator("dd").first.locator("span").first.inner_text()


def correct(desk: Page, world: World, appeal_id: int) -> None:
    desk.goto(f"{world.stack.console_url}/appeals/{appeal_id}")
    actions = desk.locator("#actions")
    open_form(actions, "Correct nature or category", "Nature").select_option(HELP)
    actions.get_by_role("button", name="Correct", exact=True).click()
    expect(desk.locator("dd.corrected").first).to_contain_text("corrected")
    expect(desk.locator(f"#subject .nature-{HELP}")).to_have_text(NAMES[HELP])
    assert world.read(lambda s: s.get_one(Appeal, appeal_id).nature) == HELP


def label(admin: Page, world: World, text: str) -> None:
    """In the inbox, with what staff said chosen already; nothing in it is personal."""
    pause_until(lambda: world.read(lambda s: find_item(s, text)) is not None)
    admin.goto(f"{world.stack.console_url}/labelling?reason=staff")
    admin.locator(".label-list").get_by_role("link", name=text).click()
    item = admin.locator(".label-item")
    expect(item.locator(".chips").first).to_contain_text("staff")
    expect(item.get_by_label("What will be learnt from")).to_have_value(text)
    expect(item.locator(f"input[name=intent][value={HELP}]")).to_be_checked()
    item.get_by_role("button", name="Accept").click()
    expect(admin.locator(".notice.good")).to_contain_text("Kept.")


def find_item(session: Session, text: str) -> int | None:
    return session.scalar(select(LabelItem.id).where(LabelItem.text == text))


def train(admin: Page, world: World, count: int) -> NluModel:
    """Press, and watch the page until it says that it is done, without loading it anew."""
    admin.goto(f"{world.stack.console_url}/settings/models")
    expect(admin.locator("#models")).to_contain_text(f"{count} messages of your own to learn")
    admin.get_by_role("button", name="Train a model").click()
    admin.get_by_role("link", name="Show the log").click()
    page = admin.locator("#training")
    shown: list[str] = []
    deadline = time.monotonic() + TRAINING_SECONDS
    while not page.get_by_text("It is done.").is_visible():
        assert time.monotonic() < deadline, shown
        assert world.read(find_failure) is None
        note_progress(page, shown)
        admin.wait_for_timeout(500)
    assert len(shown) > 4, "the page tells how far it is"
    assert any("natures are learnt" in words for words in shown)
    expect(page.locator("pre.log-lines")).to_contain_text("Finished training component")
    page.get_by_role("link", name="Read the report of").click()
    assert world.read(lambda s: s.scalars(select(Training.attempts)).one()) == 1
    return world.read(lambda s: s.scalars(select(NluModel).where(NluModel.training_id > 0)).one())


def note_progress(page: Locator, shown: list[str]) -> None:
    """The line with the per cent; between two it may be drawn anew at this moment."""
    for words in page.locator("progress + p").all_inner_texts():
        if words not in shown:
            shown.append(words)


def find_failure(session: Session) -> str | None:
    return session.scalar(select(Training.error).where(Training.error.is_not(None)))


def check_report(admin: Page, text: str) -> None:
    expect(admin.locator("#acts").get_by_role("button", name="Put into service")).to_be_visible()
    expect(admin.locator(".model-set").first).to_contain_text("Emergencies")
    taught = admin.locator("section.panel", has_text="What people labelled")
    cells = taught.get_by_role("row", name=text).get_by_role("cell")
    expect(cells.nth(1)).to_have_text(NAMES[HELP])
    expect(cells.nth(2)).to_contain_text(NAMES[GRIEVANCE])
    expect(cells.nth(3)).to_contain_text(NAMES[HELP])


def put_into_service(admin: Page) -> None:
    """A few messages more move the bars of danger a little, and one danger of the test messages that is lost by it closes
    a gate: then the admin says why the model goes into service all the same."""
    reason = admin.get_by_label("Reason for putting it in all the same")
    if reason.is_visible():
        reason.fill("What four owners wrote is read right, and the rules still see the danger")
    admin.locator("#acts").get_by_role("button", name="Put into service").click()


def check_answers(world: World, written: Written, files: set[str]) -> None:
    """Every question is stored once, answered by one message, and was read by one of the two models."""

    def look(session: Session) -> None:
        chats = select(Conversation.id).where(Conversation.chat_id.in_(written.chats))
        asked = session.scalars(
            select(Message)
            .where(Message.conversation_id.in_(chats), Message.text.in_(QUESTIONS))
            .where(Message.direction == "in")
        ).all()
        assert len(asked) == written.count
        assert {message.answered_how for message in asked} == {"answered"}
        assert {(message.reading or {}).get("model") for message in asked} == files
        answers = session.scalar(
            select(func.count()).where(
                Message.conversation_id.in_(chats),
                Message.direction == "out",
                Message.id > min(message.id for message in asked),
            )
        )
        assert answers == written.count

    world.read(look)


def enough_more(written: Written) -> Callable[[], bool]:
    enough = written.count + 6
    return lambda: written.count >= enough


def pause_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.2)
