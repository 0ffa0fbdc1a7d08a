"""Fifty agents with live pages: each follows its stream and fetches what its page would fetch, as htmx does it."""

from __future__ import annotations

import asyncio
import html
import math
import random
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal, Conversation
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.services.appeals import add_detail, register_appeal
from ownerdesk.services.messages import IncomingMessage, store_message
from ownerdesk.settings import load_settings
from scripts.bench import town
from scripts.bench.figures import percentile

AGENTS = 50
MESSAGES_A_SECOND = 20
SECONDS = 30
NEW_EVERY = 10  # one message in so many is a new appeal, the others add to one
LogIn = Callable[[str, int], AbstractAsyncContextManager[aiohttp.ClientSession]]


@dataclass
class Part:
    """A piece of a page that fetches itself: one request at a time, and one more if news came meanwhile."""

    path: str
    target: str
    names: frozenset[str]
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False)
class Change:
    """What one transaction did; `at` is the moment before it committed, infinite until then."""

    at: float = math.inf


@dataclass
class Screen:
    """One agent's page, and the changes it has not shown yet, each with the name that tells of it."""

    http: aiohttp.ClientSession
    project: int | None
    parts: list[Part]
    stream: str
    awaited: list[tuple[str, Change]] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)

    async def follow(self) -> None:
        async with self.http.get(self.stream, headers={"Accept": "text/event-stream"}) as stream:
            async for line in stream.content:
                if line.startswith(b"event: "):
                    name = line[7:].strip().decode()
                    for part in self.parts:
                        if name in part.names:
                            part.is_asked.set()

    async def keep_fresh(self, part: Part) -> None:
        while True:
            await part.is_asked.wait()
            part.is_asked.clear()
            began = time.perf_counter()
            headers = {"HX-Request": "true", "HX-Target": part.target}
            async with self.http.get(part.path, headers=headers) as answer:
                await answer.read()
            now = time.perf_counter()
            due = [(n, c) for n, c in self.awaited if n in part.names and c.at < began]
            self.awaited = [item for item in self.awaited if item not in due]
            self.shown += [now - change.at for _, change in due]


@dataclass(frozen=True)
class Result:
    messages: float
    shown: list[float]
    missed: int

    def words(self) -> str:
        return (
            f"{AGENTS} agents with live pages, {self.messages:.1f} messages a second: {len(self.shown)} changes on screens, "
            f"from commit to screen p50 {percentile(self.shown, 50) * 1000:.0f} ms, "
            f"p95 {percentile(self.shown, 95) * 1000:.0f} ms; not shown by the end: {self.missed}."
        )


async def measure(url: str, database_url: str, folder: Path, log_in: LogIn) -> Result:
    core = Core(load_settings({"DATABASE_URL": database_url, "OWNERDESK_DATA": str(folder)}))
    projects = core.transact_now(_list_open)
    appeals = list(projects)
    async with AsyncExitStack() as stack:
        screens = []
        for number in range(1, AGENTS + 1):
            http = await stack.enter_async_context(log_in(url, number))
            # The first agent manages all projects; each of the others works in one.
            project = None if number == 1 else 1 + number % town.PROJECTS
            screens.append(Screen(http, project, *await _open_page(http, number, appeals)))
        tasks = [asyncio.create_task(screen.follow()) for screen in screens]
        tasks += [asyncio.create_task(s.keep_fresh(part)) for s in screens for part in s.parts]
        await asyncio.sleep(3)
        for screen in screens:
            screen.shown.clear()
        sent, elapsed = await _write(core, projects, screens)
        await asyncio.sleep(3)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    core.close()
    shown = [seconds for screen in screens for seconds in screen.shown]
    return Result(sent / elapsed, shown, sum(len(screen.awaited) for screen in screens))


async def _open_page(
    http: aiohttp.ClientSession, number: int, appeals: list[int]
) -> tuple[list[Part], str]:
    """What fetches itself, and the stream that the page follows. Every second agent has the work list open, the others an
    appeal; all of them see what calls."""
    parts = [Part("/calls", "calls", frozenset({"alarm", "calls", "refresh"}))]
    if number % 2:
        path = "/appeals?tab=open"
        parts.append(Part(path, "list", frozenset({"list", "refresh"})))
        page = await _read(http, path)
        for piece in page.split('data-row="')[1:]:
            row = piece.split('"')[0]
            parts.append(Part(f"/appeals/{row}/row", f"row-{row}", frozenset({f"row-{row}"})))
        return parts, _stream_of(page)
    mine = appeals[number % town.PROJECTS :: town.PROJECTS]
    appeal = mine[number % len(mine)]
    names = frozenset({f"appeal-{appeal}", "refresh"})
    parts.append(Part(f"/appeals/{appeal}", "thread", names))
    return parts, _stream_of(await _read(http, f"/appeals/{appeal}"))


async def _read(http: aiohttp.ClientSession, path: str) -> str:
    async with http.get(path) as answer:
        return await answer.text()


def _stream_of(page: str) -> str:
    return html.unescape(page.split('sse-connect="')[1].split('"')[0])


def _list_open(session: Session) -> dict[int, int]:
    """The latest open appeals, those of the four projects in turn, each with its project."""
    latest = session.execute(
        select(Appeal.id, Appeal.project_id)
        .where(Appeal.state.in_(OPEN_STATES), Appeal.state != "resolved")
        .order_by(Appeal.id.desc())
        .limit(400)
    ).all()
    by_project = [
        [(i, project_id) for i, project_id in latest if project_id == 1 + place]
        for place in range(town.PROJECTS)
    ]
    return dict(pair for group in zip(*by_project, strict=False) for pair in group)


async def _write(core: Core, projects: dict[int, int], screens: list[Screen]) -> tuple[int, float]:
    chance = random.Random(7)  # noqa: S311 - which appeal is written about
    began = time.perf_counter()
    appeals, sent = list(projects.items()), 0
    writing: set[asyncio.Task[None]] = set()
    while (passed := time.perf_counter() - began) < SECONDS:
        task = asyncio.create_task(_send(core, *chance.choice(appeals), sent, screens))
        writing.add(task)
        task.add_done_callback(writing.discard)
        sent += 1
        await asyncio.sleep(max(0.0, sent / MESSAGES_A_SECOND - passed))
    await asyncio.gather(*writing)
    return sent, time.perf_counter() - began


async def _send(
    core: Core, appeal_id: int, project: int, number: int, screens: list[Screen]
) -> None:
    is_new, change = number % NEW_EVERY == 0, Change()
    names = {"list", "calls"} if is_new else {f"appeal-{appeal_id}", f"row-{appeal_id}"}
    for screen in screens:
        if screen.project in (None, project):
            for part in screen.parts:
                screen.awaited += [(name, change) for name in part.names & names]
    await core.transact(_store, appeal_id, number, is_new, change)


def _store(session: Session, appeal_id: int, number: int, is_new: bool, change: Change) -> None:
    """What the bot does with a message once it is read."""
    at = datetime.now(UTC)
    appeal = session.get_one(Appeal, appeal_id, with_for_update=True)
    conversation = session.get_one(Conversation, appeal.conversation_id)
    incoming = IncomingMessage(900_000_000 + number, "text", f"It is still dark here, {number}")
    message = store_message(session, conversation, incoming, at=at)
    if is_new:
        register_appeal(
            session, conversation, message, nature="help_seeking", category="lighting", at=at,
            may_join=False,
        )  # fmt: skip
    else:
        add_detail(session, appeal, message, at=at)
    change.at = time.perf_counter()
