"""What works for later lets the rest of the machine go first, also where the kernel divides it among sessions."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop

from ownerdesk.adapters.priorities import LOW, step_back, stepping_back
from ownerdesk.supervisor.commands import run_to_end

AUTOGROUP = Path("/proc/self/autogroup")
TELL = "import os; print(os.getpriority(os.PRIO_PROCESS, 0)); print(open('/proc/self/autogroup').read())"

needs_autogroup = pytest.mark.skipif(not AUTOGROUP.exists(), reason="another kernel")


def nice_of_group(text: str) -> int:
    return int(text.rsplit("nice", 1)[1])


@needs_autogroup
@pytest.mark.parametrize("run_loop", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_command_that_works_for_later_steps_back_with_its_whole_session(
    tmp_path: Path, run_loop: Callable[[Coroutine[Any, Any, Any]], Any]
) -> None:
    """The trainer runs in uvloop, which starts children in its own way."""
    log, own = tmp_path / "later.log", AUTOGROUP.read_text()

    async def run(niceness: int) -> tuple[int, int]:
        command = [sys.executable, "-c", TELL]
        env = dict(os.environ)
        await run_to_end(command, env=env, cwd=tmp_path, log_path=log, niceness=niceness)
        first, rest = log.read_text().split("\n", 1)
        return int(first), nice_of_group(rest)

    before = os.getpriority(os.PRIO_PROCESS, 0)
    assert run_loop(run(0)) == (before, 0)
    assert run_loop(run(LOW)) == (max(before, LOW), LOW)
    assert AUTOGROUP.read_text() == own


@needs_autogroup
def test_a_process_in_the_session_of_others_steps_back_alone() -> None:
    before = AUTOGROUP.read_text()
    script = f"from ownerdesk.adapters.priorities import step_back; step_back({LOW}); {TELL}"
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert int(told.split("\n", 1)[0]) >= LOW
    assert AUTOGROUP.read_text() == before


def test_nobody_steps_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(os, "getpriority", lambda which, who: 17)
    monkeypatch.setattr(os, "setpriority", lambda which, who, niceness: asked.append(niceness))
    monkeypatch.setattr(os, "getsid", lambda pid: -1)
    step_back(5)
    assert asked == [17]


def test_without_a_niceness_a_child_is_prepared_as_before() -> None:
    def first() -> None:
        raise AssertionError("it is for the child")

    assert stepping_back(0, first) is first
    assert stepping_back(0, None) is None
