"""Ownerdesk under load: a whole installation in processes of its own, the stand-in in this one.

The owners are closed loops: each writes, waits for the answer to arrive at the stand-in, and writes again. The limits that
protect Telegram are lifted on both sides, because they, not the product, would be measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from demo import people
from demo.app import serve
from demo.state import DEFAULT_TOKEN, Config, State
from ownerdesk.bootstrap import Core
from ownerdesk.model import Building, Owner, Residency, Unit
from ownerdesk.queries.owners import get_default_project, list_homes
from ownerdesk.services.conversations import open_conversation
from ownerdesk.services.owners import choose_home
from ownerdesk.settings import load_settings
from scripts.bench.figures import Load, memory_of, processor_seconds
from tests.stack import Stack, free_ports

UNLIMITED = "100000"
OWNERS = 400
FIRST_OWNER = 70_000
PARTS = ("rasa", "actions", "bot", "worker", "console")
WORDS = (
    "The light on the 4th floor landing is out.",
    "La luz del garaje no funciona desde ayer.",
    "三楼楼道的灯不亮了",
    "Any news on my request?",
    "The kitchen tap in my flat drips, could you send someone?",
    "What are the quiet hours in the building?",
    "¿Qué cubre la cuota de la comunidad?",
    "thank you",
    "The intercom at entrance two does not ring.",
    "Can someone fit a ceiling lamp on Saturday?",
)


@dataclass(frozen=True)
class Result:
    loads: Sequence[Load]
    memory: dict[str, int]
    processor_ms: dict[str, float]
    answered_how: dict[str, int]
    open_jobs: int


class Owners:
    """The owners of the load, and what they wait for."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._waiting: dict[int, asyncio.Future[float]] = {}
        self._write = state.log.write
        state.log.write = self._notice  # type: ignore[method-assign]
        self._words = itertools.cycle(WORDS)

    def _notice(self, kind: str, **fields: Any) -> None:
        self._write(kind, **fields)
        if kind == "call" and fields.get("status") == 200 and "message_id" in fields:
            waiting = self._waiting.pop(fields.get("chat_id", 0), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(time.perf_counter())

    async def write(self, owner: int) -> float:
        """One message; the seconds until its first answer was delivered to the stand-in."""
        answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[owner] = answered
        started = time.perf_counter()
        people.send(self._state, owner, people.make_text(next(self._words)))
        return await asyncio.wait_for(answered, 60) - started

    async def load(self, name: str, *, at_once: int, turns: int) -> Load:
        """`at_once` owners writing in turn; everybody writes about equally often."""
        owners = itertools.cycle(range(FIRST_OWNER, FIRST_OWNER + OWNERS))
        rest = itertools.repeat(None, turns)
        seconds: list[float] = []

        async def keep_writing() -> None:
            for _ in rest:
                seconds.append(await self.write(next(owners)))

        started = time.perf_counter()
        await asyncio.gather(*(keep_writing() for _ in range(at_once)))
        return Load(name, seconds, time.perf_counter() - started)


def register(database_url: str) -> None:
    """Homes, owners and their chats, as after an import and a registration."""
    core = Core(replace(load_settings({}), database_url=database_url))

    def work(session: Any) -> None:
        project = get_default_project(session)
        building = Building(project_id=project.id, name="Bench House")
        session.add(building)
        session.flush()
        for number in range(OWNERS):
            unit = Unit(building_id=building.id, number=str(number), entrance="1")
            owner = Owner(name=f"Owner {number}", phone=f"+4900000{number:05d}")
            session.add_all([unit, owner])
            session.flush()
            session.add(Residency(owner_id=owner.id, unit_id=unit.id))
            chat = FIRST_OWNER + number
            conversation = open_conversation(
                session, chat_id=chat, user_id=chat, name=owner.name, language_code="en"
            )
            conversation.owner_id = owner.id
            session.flush()
            choose_home(session, conversation, list_homes(session, owner.id)[0])

    core.transact_now(work)
    core.close()


@contextlib.asynccontextmanager
async def installation(
    folder: Path, *, models_dir: Path | None = None
) -> AsyncIterator[tuple[Stack, State]]:
    """The stand-in here, everything else as `ownerdesk run` starts it with a token. The trained models are shared
    unless a folder is named."""
    (port,) = free_ports(1)
    limits = float(UNLIMITED)
    state = State(
        folder / "stand-in", Config(rate=limits, chat_rate=limits, chat_burst=int(limits))
    )
    for number in range(OWNERS):
        state.add_person(FIRST_OWNER + number, started=True, first_name=f"Owner {number}")
    serving = asyncio.create_task(serve(state, port))
    stack = Stack(
        folder / "ownerdesk",
        models_dir=models_dir,
        TELEGRAM_TOKEN=DEFAULT_TOKEN,
        TELEGRAM_API_URL=f"http://127.0.0.1:{port}",
        DEMO_URL="",
        OUTBOX_RATE=UNLIMITED,
        OUTBOX_CHAT_RATE=UNLIMITED,
    )
    try:
        await asyncio.to_thread(stack.start)
        yield stack, state
    finally:
        await asyncio.to_thread(stack.stop)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def measure(*, alone: int, together: int) -> Result:
    folder = Path(tempfile.mkdtemp(prefix="ownerdesk-bench-"))
    try:
        async with installation(folder) as (stack, state):
            url = stack.database_url
            await asyncio.to_thread(register, url)
            owners = Owners(state)
            await owners.load("warm-up", at_once=4, turns=60)
            pids = {part: stack.pid_of(part) for part in PARTS} | {"postgres": stack.database_pid}
            before = {part: processor_seconds(pid) for part, pid in pids.items()}
            loads = [
                await owners.load("Ownerdesk, one owner at a time", at_once=1, turns=alone),
                await owners.load("Ownerdesk, 20 at once", at_once=20, turns=together),
            ]
            turns = sum(len(load.seconds) for load in loads)
            spent = {
                part: (processor_seconds(pid) - before[part]) * 1000 / turns
                for part, pid in pids.items()
            }
            memory = {part: memory_of(pid) for part, pid in pids.items()}
            answered, jobs = await asyncio.to_thread(_look, url)
            return Result(loads, memory, spent, answered, jobs)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _look(url: str) -> tuple[dict[str, int], int]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        answered = connection.execute(
            "SELECT coalesce(answered_how, 'not yet'), count(*) FROM messages"
            " WHERE direction = 'in' GROUP BY 1 ORDER BY 2 DESC"
        ).fetchall()
        jobs = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs"
            " WHERE status IN ('todo', 'doing') AND queue_name <> 'clocks'"
        ).fetchone()
    return Counter(dict(answered)), int(jobs[0]) if jobs else 0
