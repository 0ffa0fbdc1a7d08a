"""Fifty agents with live pages: each follows its stream and fetches what its page would fetch, as htmx does it."""

from __future__ import annotations

import asyncio
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


@dataclass
class Screen:
    """One agent's page, and the changes it has not shown yet: (name, when it was committed)."""

    http: aiohttp.ClientSession
    project: int | None
    parts: list[Part]
    awaited: list[tuple[str, float]] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)

    async def follow(self) -> None:
        async with self.http.get("/events", headers={"Accept": "text/event-stream"}) as stream:
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
            due = [(n, at) for n, at in self.awaited if n in part.names and at < began]
            self.awaited = [item for item in self.awaited if item not in due]
            self.shown += [now - at for _, at in due]


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
    appeals = core.transact_now(_list_open)
    async with AsyncExitStack() as stack:
        screens = []
        for number in range(1, AGENTS + 1):
            http = await stack.enter_async_context(log_in(url, number))
            # The first agent manages all projects; each of the others works in one.
            project = None if number == 1 else 1 + number % town.PROJECTS
            screens.append(Screen(http, project, await _open_page(http, number, appeals)))
        tasks = [asyncio.create_task(screen.follow()) for screen in screens]
        tasks += [asyncio.create_task(s.keep_fresh(part)) for s in screens for part in s.parts]
        await asyncio.sleep(3)
        for screen in screens:
            screen.shown.clear()
        sent, elapsed = await _write(core, appeals, screens)
        await asyncio.sleep(3)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    core.close()
    shown = [seconds for screen in screens for seconds in screen.shown]
    return Result(sent / elapsed, shown, sum(len(screen.awaited) for screen in screens))


async def _open_page(http: aiohttp.ClientSession, number: int, appeals: list[int]) -> list[Part]:
    """Every second agent has the work list open, the others an appeal; all of them see what calls."""
    parts = [Part("/calls", "calls", frozenset({"alarm", "calls", "refresh"}))]
    if number % 2:
        path = "/appeals?tab=open"
        parts.append(Part(path, "list", frozenset({"list", "refresh"})))
        async with http.get(path) as answer:
            page = await answer.text()
        for piece in page.split('data-row="')[1:]:
            row = piece.split('"')[0]
            parts.append(Part(f"/appeals/{row}/row", f"row-{row}", frozenset({f"row-{row}"})))
        return parts
    mine = appeals[number % town.PROJECTS :: town.PROJECTS]
    appeal = mine[number % len(mine)]
    names = frozenset({f"appeal-{appeal}", "refresh"})
    return [*parts, Part(f"/appeals/{appeal}", "thread", names)]


def _list_open(session: Session) -> list[int]:
    """The latest open appeals, those of the four projects in turn."""
    latest = session.execute(
        select(Appeal.id, Appeal.project_id)
        .where(Appeal.state.in_(OPEN_STATES), Appeal.state != "resolved")
        .order_by(Appeal.id.desc())
        .limit(400)
    ).all()
    by_project = [
        [i for i, project_id in latest if project_id == 1 + place] for place in range(town.PROJECTS)
    ]
    return [appeal_id for group in zip(*by_project, strict=False) for appeal_id in group]


async def _write(core: Core, appeals: list[int], screens: list[Screen]) -> tuple[int, float]:
    chance = random.Random(7)  # noqa: S311 - which appeal is written about
    began = time.perf_counter()
    sent = 0
    writing: set[asyncio.Task[None]] = set()
    while (passed := time.perf_counter() - began) < SECONDS:
        task = asyncio.create_task(_send(core, chance.choice(appeals), sent, screens))
        writing.add(task)
        task.add_done_callback(writing.discard)
        sent += 1
        await asyncio.sleep(max(0.0, sent / MESSAGES_A_SECOND - passed))
    await asyncio.gather(*writing)
    return sent, time.perf_counter() - began


async def _send(core: Core, appeal_id: int, number: int, screens: list[Screen]) -> None:
    is_new = number % NEW_EVERY == 0
    changed, project = await core.transact(_store, appeal_id, number, is_new)
    at = time.perf_counter()
    names = {"list", "calls"} if is_new else {f"appeal-{changed}", f"row-{changed}"}
    for screen in screens:
        if screen.project not in (None, project):
            continue
        for part in screen.parts:
            screen.awaited += [(name, at) for name in part.names & names]


def _store(session: Session, appeal_id: int, number: int, is_new: bool) -> tuple[int, int]:
    """What the bot does with a message once it is read."""
    at = datetime.now(UTC)
    appeal = session.get_one(Appeal, appeal_id, with_for_update=True)
    conversation = session.get_one(Conversation, appeal.conversation_id)
    incoming = IncomingMessage(900_000_000 + number, "text", f"It is still dark here, {number}")
    message = store_message(session, conversation, incoming, at=at)
    if is_new:
        appeal = register_appeal(
            session, conversation, message, nature="help_seeking", category="lighting", at=at,
            may_join=False,
        )  # fmt: skip
        return appeal.id, appeal.project_id
    add_detail(session, appeal, message, at=at)
    return appeal_id, appeal.project_id
