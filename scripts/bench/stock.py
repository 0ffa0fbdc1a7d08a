"""Stock Rasa under the same load: the project `rasa init` makes, its own REST channel, its tracker in memory."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from ownerdesk.settings import load_settings
from ownerdesk.supervisor.training import rasa_environment
from scripts.bench.figures import Load, memory_of, processor_seconds
from tests.stack import REPOSITORY, free_ports

WORDS = ("hello", "I am great", "I feel very sad", "yes", "are you a bot?", "goodbye")
RASA = REPOSITORY / ".venv-rasa" / "bin" / "rasa"
START_SECONDS = 180


@dataclass(frozen=True)
class Result:
    loads: Sequence[Load]
    memory: int
    processor_ms: float


async def measure(*, alone: int, together: int) -> Result:
    folder = Path(tempfile.mkdtemp(prefix="stock-rasa-"))
    env = dict(os.environ) | rasa_environment(load_settings(), REPOSITORY)
    try:
        await asyncio.to_thread(_make_project, folder, env)
        (port,) = free_ports(1)
        server = _serve(folder, env, port)
        try:
            return await _load(f"http://127.0.0.1:{port}", server.pid, alone, together)
        finally:
            server.terminate()
            await asyncio.to_thread(server.wait, 20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(folder: Path, env: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    with (folder / "serve.log").open("wb") as log:
        return subprocess.Popen(
            [RASA, "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port)],
            cwd=folder, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        )  # fmt: skip


def _make_project(folder: Path, env: dict[str, str]) -> None:
    """`rasa init` writes its example and trains it, with its own pipeline and policies."""
    (folder / "project").mkdir()
    with (folder / "init.log").open("wb") as log:
        subprocess.run(
            [RASA, "init", "--no-prompt", "--init-dir", folder / "project"],
            cwd=folder, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=True,
            timeout=900,
        )  # fmt: skip
    for path in (folder / "project").iterdir():
        path.rename(folder / path.name)


async def _load(url: str, pid: int, alone: int, together: int) -> Result:
    words, senders = itertools.cycle(WORDS), itertools.cycle(range(400))
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
        await _wait_until_up(http, url)

        async def turn() -> float:
            body = {"sender": f"owner-{next(senders)}", "message": next(words)}
            started = time.perf_counter()
            async with http.post(f"{url}/webhooks/rest/webhook", json=body) as answer:
                answer.raise_for_status()
                if not await answer.json():
                    raise RuntimeError("stock Rasa did not answer")
            return time.perf_counter() - started

        async def parse() -> float:
            started = time.perf_counter()
            async with http.post(f"{url}/model/parse", json={"text": next(words)}) as answer:
                answer.raise_for_status()
                await answer.read()
            return time.perf_counter() - started

        await _run("warm-up", turn, at_once=4, turns=60)
        before = processor_seconds(pid)
        loads = [
            await _run("stock Rasa REST, one at a time", turn, at_once=1, turns=alone),
            await _run("stock Rasa REST, 20 at once", turn, at_once=20, turns=together),
        ]
        spent = (processor_seconds(pid) - before) * 1000 / (alone + together)
        loads.append(await _run("stock Rasa, bare parse", parse, at_once=1, turns=alone))
        return Result(loads, memory_of(pid), spent)


async def _run(name: str, one: object, *, at_once: int, turns: int) -> Load:
    rest = itertools.repeat(None, turns)
    seconds: list[float] = []

    async def keep_going() -> None:
        for _ in rest:
            seconds.append(await one())  # type: ignore[operator]

    started = time.perf_counter()
    await asyncio.gather(*(keep_going() for _ in range(at_once)))
    return Load(name, seconds, time.perf_counter() - started)


async def _wait_until_up(http: aiohttp.ClientSession, url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            async with http.get(f"{url}/status") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.5)
    raise TimeoutError("stock Rasa did not start")
