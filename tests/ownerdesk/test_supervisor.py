"""The supervisor with made-up parts: restarts, order of the end, stragglers, and what the person is told."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psutil

from ownerdesk.supervisor.logs import KEPT_FILES, LogFile, is_loud
from ownerdesk.supervisor.parts import Check, Part
from ownerdesk.supervisor.supervisor import Patience, Supervisor
from ownerdesk.supervisor.terminal import Terminal

QUICK = Patience(first_pause=0.05, longest_pause=0.2, stop_turn=2.0, stop_all=3.0, poll=0.02)

# Writes its name to a diary when told to stop, so that the order can be read afterwards.
POLITE = """
import pathlib, signal, sys
name, diary = sys.argv[1], pathlib.Path(sys.argv[2])
def stop(*_):
    with diary.open("a") as file:
        file.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("up", flush=True)
while True:
    signal.pause()
"""
STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
while True:
    signal.pause()
"""
FAILING = "import sys; print('2026-01-01 00:00:00,000 ERROR part: no such table', flush=True); sys.exit(3)"


def make_part(name: str, script: str, *arguments: str, is_ready: Check | None = None) -> Part:
    return Part(
        name=name,
        argv=(sys.executable, "-c", script, *arguments),
        env=dict(os.environ),
        cwd=Path.cwd(),
        is_ready=is_ready,
        ready_limit=10.0,
    )


@contextlib.asynccontextmanager
async def supervising(
    directory: Path, patience: Patience = QUICK
) -> AsyncIterator[tuple[Supervisor, io.StringIO]]:
    output = io.StringIO()
    supervisor = Supervisor(directory / "log", Terminal(output), patience)
    try:
        yield supervisor, output
    finally:
        supervisor.kill()
        await supervisor.stop(())


async def until(condition: Callable[[], object], limit: float = 10.0) -> None:
    """For what other processes do, which no event of ours tells."""
    async with asyncio.timeout(limit):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def call() -> None:
        await test()

    asyncio.run(call())


def is_up(log: Path) -> Check:
    return lambda: log.exists() and "up" in log.read_text()


def test_a_part_that_is_killed_is_started_again_and_the_person_is_told(tmp_path: Path) -> None:
    async def test() -> None:
        async with supervising(tmp_path) as (supervisor, output):
            part = supervisor.start(make_part("worker", POLITE, "worker", str(tmp_path / "diary")))
            await until(is_up(tmp_path / "log" / "worker.log"))
            first = part.pid
            assert first is not None
            os.kill(first, signal.SIGKILL)
            await until(lambda: part.restarts == 1 and part.pid not in (None, first))
            assert "worker:    was ended by SIGKILL; starting it again" in output.getvalue()

    run(test)


def test_a_part_that_keeps_failing_is_tried_ever_more_slowly(tmp_path: Path) -> None:
    async def test() -> None:
        async with supervising(tmp_path) as (supervisor, output):
            part = supervisor.start(make_part("bot", FAILING))
            await until(lambda: part.restarts >= 4)
            told = [line for line in output.getvalue().splitlines() if "exit code 3" in line]
            pauses = [line.split("again in ")[1].split(" s.")[0] for line in told]
            assert pauses[:4] == ["0.05", "0.1", "0.2", "0.2"]
            assert "no such table" in told[0]

    run(test)


def test_a_part_that_stayed_healthy_is_started_again_without_the_long_pause(tmp_path: Path) -> None:
    async def test() -> None:
        patience = Patience(first_pause=0.05, longest_pause=30.0, healthy_after=0.0)
        async with supervising(tmp_path, patience) as (supervisor, output):
            part = supervisor.start(make_part("bot", FAILING))
            await until(lambda: part.restarts >= 3)
            assert "again in 0.1 s" not in output.getvalue()

    run(test)


def test_parts_end_in_the_order_given(tmp_path: Path) -> None:
    async def test() -> None:
        diary = tmp_path / "diary"
        async with supervising(tmp_path) as (supervisor, _):
            names = ("rasa", "bot", "worker", "console")
            for name in names:
                supervisor.start(make_part(name, POLITE, name, str(diary)))
            for name in names:
                await until(is_up(tmp_path / "log" / f"{name}.log"))
            pids = [part.pid for part in supervisor.running.values()]
            await supervisor.stop(("bot", "console", "worker", "rasa"))
            assert diary.read_text().split() == ["bot", "console", "worker", "rasa"]
            assert not any(pid is not None and psutil.pid_exists(pid) for pid in pids)
            assert [part.restarts for part in supervisor.running.values()] == [0, 0, 0, 0]

    run(test)


def test_a_part_that_will_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    async def test() -> None:
        patience = Patience(first_pause=0.05, stop_turn=0.2, stop_all=0.5)
        async with supervising(tmp_path, patience) as (supervisor, output):
            log = tmp_path / "log" / "rasa.log"
            part = supervisor.start(make_part("rasa", STUBBORN))
            await until(lambda: log.exists() and "child" in log.read_text())
            leader, child = part.pid, int(log.read_text().split()[1])
            assert leader is not None
            await supervisor.stop(("rasa",))
            assert "did not end in time" in output.getvalue()
            await until(lambda: is_gone(leader) and is_gone(child))

    run(test)


def test_stopping_does_not_wait_for_a_part_that_pauses_between_two_tries(tmp_path: Path) -> None:
    async def test() -> None:
        async with supervising(tmp_path, Patience(first_pause=30.0)) as (supervisor, output):
            part = supervisor.start(make_part("bot", FAILING))
            await until(lambda: "starting it again in 30 s" in output.getvalue())
            async with asyncio.timeout(2):
                await supervisor.stop(("bot",))
            assert part.restarts == 0

    run(test)


def test_a_part_is_ready_when_its_check_says_so_and_not_before(tmp_path: Path) -> None:
    async def test() -> None:
        answers = iter([False, False, True])
        async with supervising(tmp_path) as (supervisor, _):
            part = supervisor.start(
                make_part(
                    "console", POLITE, "x", str(tmp_path / "d"), is_ready=lambda: next(answers)
                )
            )
            assert await part.wait_ready()
            assert next(answers, None) is None

    run(test)


def test_a_program_that_cannot_be_started_is_reported_and_tried_again(tmp_path: Path) -> None:
    async def test() -> None:
        missing = Part("rasa", (str(tmp_path / "missing"),), {}, tmp_path)
        async with supervising(tmp_path) as (supervisor, output):
            part = supervisor.start(missing)
            await until(lambda: part.restarts >= 1)
            assert "could not be started (No such file or directory)" in output.getvalue()

    run(test)


def test_warnings_reach_the_terminal_and_the_rest_only_the_log(tmp_path: Path) -> None:
    script = (
        "print('2026-01-01 00:00:00,000 INFO bot: quiet line')\n"
        "print('2026-01-01 00:00:00,000 WARNING bot: loud line', flush=True)\n"
        "import time; time.sleep(60)"
    )

    async def test() -> None:
        async with supervising(tmp_path) as (supervisor, output):
            supervisor.start(make_part("bot", script))
            await until(lambda: "loud line" in output.getvalue())
            assert "quiet line" not in output.getvalue()
            assert "quiet line" in (tmp_path / "log" / "bot.log").read_text()

    run(test)


def test_only_levels_are_loud() -> None:
    assert is_loud("2026-01-01 00:00:00,000 ERROR bot: x")
    assert not is_loud("site-packages/x.py:1: DeprecationWarning: y")
    assert not is_loud("2026-01-01 00:00:00,000 INFO bot: x " + "." * 60 + " ERROR")


def test_a_full_log_file_makes_room_and_the_oldest_is_forgotten(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "bot.log", max_bytes=20)
    for number in range(10):
        log.write(f"line number {number}\n".encode())
    log.close()
    kept = [(tmp_path / "bot.log").read_text()]
    kept += [(tmp_path / f"bot.log.{number}").read_text() for number in range(1, KEPT_FILES + 1)]
    assert kept == [f"line number {number}\n" for number in (9, 8, 7, 6)]
    assert len(list(tmp_path.iterdir())) == KEPT_FILES + 1


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
