"""Owners write while worker, bot, actions and Rasa are killed again and again: nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
import html
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from demo.client import Phone
from demo.errors import Json
from ownerdesk.model import Appeal, Conversation, InboxUpdate, Message
from tests.journeys.pictures import make_photo
from tests.journeys.world import Play, World
from tests.stack import Stack, running

pytestmark = [pytest.mark.anyio, pytest.mark.kill, pytest.mark.timeout(420)]

OWNERS = 40
MESSAGES = 200
FLOW_SECONDS = 45.0
QUIET_SECONDS = 120.0
KILLS = ("worker",) * 4 + ("bot",) * 4 + ("actions",) * 3 + ("rasa",) * 2
TEXTS = {
    "en": (
        "The light on the landing of the fourth floor is out.",
        "The light on the landing of the fourth floor is out.",
        "The heating in my flat stays cold",
        "You billed me twice for the property fee and nobody answers my letters",
        "My parcel can't be found, could you check?",
        "What does the property fee cover?",
        "How much does it cost to hang a ceiling lamp?",
        "any news on my request?",
        "thanks!",
        "hello",
        "smoke is coming out of the basement!!",
        "/status",
        "/appeals",
        "/help",
        "asdf qwer",
    ),
    "es": (
        "La luz del rellano del cuarto no funciona.",
        "La luz del rellano del cuarto no funciona.",
        "Llevamos tres semanas sin agua caliente y solo prometéis.",
        "¿Cuándo abre la piscina?",
        "¿Cuánto cuesta que me cuelguen una lámpara en el salón?",
        "¡gracias!",
        "/status",
    ),
    "zh": (
        "四楼楼道的灯不亮了。",
        "已经三个星期没有热水了，你们一直说马上修。",
        "物业费都包括什么？",
        "谢谢！",
        "/status",
    ),
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own: its parts are about to die."""
    with running(Stack(tmp_path_factory.mktemp("killed"))) as stack:
        yield stack


@pytest.fixture(scope="module")
def world(stack: Stack) -> Iterator[World]:
    world = World(stack)
    yield world
    world.close()


async def test_nothing_is_lost_or_doubled_while_parts_are_killed(world: World) -> None:
    seed = int(os.environ.get("KILL_SEED") or random.randrange(10**6))
    chance = random.Random(seed)
    say(f"seed {seed}")
    async with Play(world) as play:
        languages = [chance.choice(("en", "en", "es", "zh")) for _ in range(OWNERS)]
        phones = await asyncio.gather(
            *(play.owner(language, project="AJ"[language == "es"]) for language in languages)
        )
        before = {phone.person_id: sent_by(phone) for phone in phones}
        started = time.monotonic()
        killing = asyncio.create_task(keep_killing(world.stack, chance, started))
        await asyncio.gather(
            *(
                write(phone, language, random.Random(seed + number))
                for number, (phone, language) in enumerate(zip(phones, languages, strict=True))
            )
        )
        say(f"{dict(Counter(await killing))} in {time.monotonic() - started:.0f} s")
        written = {phone.person_id: sent_by(phone) for phone in phones}
        waited = await until_quiet(world, written)
        say(f"quiet {waited:.0f} s after the last message")

        assert sum(map(len, written.values())) - sum(map(len, before.values())) == MESSAGES
        check_messages(world, written)
        check_appeals(world)
        for phone in phones:
            await check_phone(world, phone)


def say(text: str) -> None:
    """Kept with the test's output, and shown when it fails. `KILL_SEED` repeats a run."""
    sys.stdout.write(f"{text}\n")


def sent_by(phone: Phone) -> set[int]:
    return {number for number, m in phone.messages.items() if not m["from_bot"]}


async def write(phone: Phone, language: str, chance: random.Random) -> None:
    """One owner's share of the messages: some in a burst, some a while apart."""
    acts: list[Callable[[], Awaitable[Json]]] = []
    for _ in range(MESSAGES // OWNERS):
        kind = chance.random()
        if kind < 0.1:
            acts.append(lambda: phone.send_photo(make_photo()))
        elif kind < 0.15:
            acts.append(phone.send_sticker)
        elif kind < 0.2:
            acts.append(lambda: phone.send_location(51.5, -0.1))
        else:
            words = chance.choice(TEXTS[language])
            acts.append(lambda words=words: phone.send_text(words))
    times = sorted(chance.uniform(0, FLOW_SECONDS) for _ in acts)
    if chance.random() < 0.3:
        times[1] = times[2] = times[0]
    started = time.monotonic()
    for act, at in zip(acts, times, strict=True):
        await asyncio.sleep(max(0.0, started + at - time.monotonic()))
        await act()
    await phone.wait_until(lambda: len(sent_by(phone)) > len(acts))


async def keep_killing(stack: Stack, chance: random.Random, started: float) -> list[str]:
    """SIGKILL to one part after the other, in a random order and at random times while messages flow."""
    order = list(KILLS)
    chance.shuffle(order)
    times = sorted(chance.uniform(1, FLOW_SECONDS) for _ in order)
    killed = []
    for part, at in zip(order, times, strict=True):
        await asyncio.sleep(max(0.0, started + at - time.monotonic()))
        while True:
            try:
                stack.kill(part)
            except LookupError:  # it is down already and comes back in a moment
                await asyncio.sleep(0.1)
            else:
                break
        say(f"{time.monotonic() - started:5.1f} s: {part} killed")
        killed.append(part)
    return killed


async def until_quiet(world: World, written: dict[int, set[int]]) -> float:
    """Wait until all that was written has arrived, no update is open, no message unanswered and none unsent;
    returns the seconds. A bot that was killed again and again waits a while before it fetches what is left."""
    started = time.monotonic()
    while any(counts := world.read(lambda session: count_open(session, written))):
        assert time.monotonic() - started < QUIET_SECONDS, (
            f"under way, updates, questions, answers, jobs: {counts}"
        )
        await asyncio.sleep(0.5)
    return time.monotonic() - started


def count_open(session: Session, written: dict[int, set[int]]) -> tuple[int, ...]:
    """Messages not stored, updates not handled, messages not answered, messages not sent in time, and jobs
    that should have run."""
    arrived = session.execute(
        select(Conversation.chat_id, Message.telegram_message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.direction == "in", Conversation.chat_id.in_(written))
    ).all()
    under_way = {(chat, m) for chat, messages in written.items() for m in messages}
    under_way.difference_update((chat, m) for chat, m in arrived if m is not None)
    updates = select(func.count()).where(InboxUpdate.handled_at.is_(None))
    questions = select(func.count()).where(
        Message.direction == "in", Message.answered_at.is_(None), Message.telegram_message_id > 0
    )
    answers = select(func.count()).where(
        Message.direction == "out",
        (Message.state == "queued") | (Message.sent_revision < Message.revision),
        Message.state.in_(["queued", "sent"]),
        # What can wait for the owner's morning is not late.
        Message.send_at.is_(None) | (Message.send_at <= func.now()),
    )
    jobs = text(
        "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
        " AND coalesce(scheduled_at, now()) <= now() + interval '5 seconds'"
    )
    counts = (session.scalar(updates), session.scalar(questions), session.scalar(answers))
    return (len(under_way), *(count or 0 for count in counts), session.execute(jobs).scalar_one())


def check_messages(world: World, written: dict[int, set[int]]) -> None:
    """Every message is stored once and answered, and every update is handled without an error left over."""

    def work(session: Session) -> None:
        rows = session.execute(
            select(Conversation.chat_id, Message.telegram_message_id, Message.answered_how)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Message.direction == "in", Conversation.chat_id.in_(written))
        ).all()
        stored = Counter((chat_id, message_id) for chat_id, message_id, _ in rows)
        assert set(stored.values()) == {1}
        assert set(stored) == {(c, m) for c, messages in written.items() for m in messages}
        assert all(how for _, _, how in rows)
        failed = session.scalars(select(InboxUpdate.error).where(InboxUpdate.attempts >= 5)).all()
        assert not failed

    world.read(work)


def check_appeals(world: World) -> None:
    """No message became two appeals, and none is without somebody responsible and a next due time."""

    def work(session: Session) -> None:
        appeals = session.scalars(select(Appeal)).all()
        sources = Counter(a.source_message_id for a in appeals)
        assert set(sources.values()) == {1}
        cards = Counter(
            session.scalars(select(Message.appeal_id).where(Message.key.like("card:%")))
        )
        assert set(cards.values()) <= {1}
        for appeal in appeals:
            assert appeal.responsible_id or appeal.department_id, appeal.number
            assert appeal.next_due_at or appeal.state in ("closed", "cancelled"), appeal.number

    world.read(work)


async def check_phone(world: World, phone: Phone) -> None:
    """Whatever was to be told is sent in its last version, and the phone shows it."""

    def work(session: Session) -> list[Message]:
        return list(
            session.scalars(
                select(Message)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .where(Conversation.chat_id == phone.person_id, Message.direction == "out")
            )
        )

    rows = world.read(work)
    await phone.wait_until(lambda: all(row.telegram_message_id in phone.messages for row in rows))
    for row in rows:
        assert (row.state, row.sent_revision) == ("sent", row.revision), row.key
        assert row.telegram_message_id is not None, row.key
        shown = phone.messages[row.telegram_message_id]
        assert shown["text"].strip() == plain(row).strip(), row.key


def plain(row: Message) -> str:
    """The words of a stored message as a phone shows them."""
    return html.unescape(re.sub(r"</?[bi]>", "", row.text)) if row.is_html else row.text
