"""Keeps parts alive: starts them, restarts one that dies, and ends all of them in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ownerdesk.adapters.children import die_with_parent
from ownerdesk.supervisor.logs import LogFile, is_loud
from ownerdesk.supervisor.parts import Part
from ownerdesk.supervisor.terminal import Terminal


@dataclass(frozen=True)
class Patience:
    """How long to wait for what, in seconds. One part's turn to stop is short, so that all are asked in time."""

    first_pause: float = 0.5
    longest_pause: float = 30.0
    healthy_after: float = 60.0
    stop_turn: float = 1.5
    stop_all: float = 7.0
    poll: float = 0.2


class RunningPart:
    """One part and its present process. `keep_alive` is the task that brings it back."""

    def __init__(self, part: Part, log: LogFile, terminal: Terminal, patience: Patience) -> None:
        self.part = part
        self.restarts = 0
        self.process: asyncio.subprocess.Process | None = None
        self.ready = asyncio.Event()
        self._log = log
        self._terminal = terminal
        self._patience = patience
        self._stopping = False
        self._wake = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process and self.process.returncode is None else None

    async def keep_alive(self) -> None:
        pause = self._patience.first_pause
        while not self._stopping:
            started_at = time.monotonic()
            ending = await self._run_once()
            if self._stopping:
                return
            if time.monotonic() - started_at >= self._patience.healthy_after:
                pause = self._patience.first_pause
            self._announce(ending, pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)
            if self._stopping:
                return
            pause = min(pause * 2, self._patience.longest_pause)
            self.restarts += 1

    async def wait_ready(self) -> bool:
        """False when the part did not become ready in its time; it is kept alive all the same."""
        try:
            await asyncio.wait_for(self.ready.wait(), self.part.ready_limit)
        except TimeoutError:
            return False
        return True

    def ask_to_stop(self) -> None:
        self._stopping = True
        self._wake.set()
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._stopping = True
        self._wake.set()
        self._signal(signal.SIGKILL)

    async def _run_once(self) -> str:
        try:
            self.process = await asyncio.create_subprocess_exec(
                *self.part.argv,
                cwd=self.part.cwd,
                env=dict(self.part.env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                limit=1_000_000,
                # Its own group, so that Ctrl-C reaches the supervisor alone and the whole group can be ended.
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        except OSError as error:
            return f"could not be started ({error.strerror or error})"
        if self._stopping:
            self._signal(signal.SIGTERM)
        readiness = asyncio.create_task(self._watch_readiness())
        try:
            code = await self._wait_reading(self.process)
        finally:
            readiness.cancel()
            self.ready.clear()
        # Helpers the part may have started die with it.
        self._sweep()
        return (
            f"was ended by {signal.Signals(-code).name}"
            if code < 0
            else f"ended with exit code {code}"
        )

    async def _wait_reading(self, process: asyncio.subprocess.Process) -> int:
        """The exit code. A helper that outlives the part may hold the pipe open, so its end is not waited for long."""
        assert process.stdout is not None
        reading = asyncio.create_task(self._pump(process.stdout))
        code = await process.wait()
        await asyncio.wait([reading], timeout=1)
        reading.cancel()
        return code

    async def _pump(self, stream: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # one line longer than the limit: its beginning is dropped
                continue
            if not line:
                return
            self._log.write(line)
            text = line.decode(errors="replace").rstrip()
            if is_loud(text):
                self._terminal.say(self.part.name, text)

    async def _watch_readiness(self) -> None:
        check = self.part.is_ready
        while True:
            if check is None or await asyncio.to_thread(check):
                self.ready.set()
                return
            await asyncio.sleep(self._patience.poll)

    def _announce(self, ending: str, pause: float) -> None:
        last = self._log.last_lines[-1][:200] if self._log.last_lines else ""
        said = f" Its last line: {last}" if last else ""
        self._terminal.say(
            self.part.name,
            f"{ending}; starting it again in {pause:g} s. Log: {self._log.path}.{said}",
        )

    def _signal(self, number: int) -> None:
        if self.process is not None and self.process.returncode is None:
            self._signal_group(number)

    def _sweep(self) -> None:
        # The group's number stays taken while a member lives; with none left the lookup fails.
        self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: int) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


class Supervisor:
    """All parts of this machine. Runs in one event loop in the main thread (see `die_with_parent`)."""

    def __init__(self, log_dir: Path, terminal: Terminal, patience: Patience | None = None) -> None:
        self.running: dict[str, RunningPart] = {}
        self._log_dir = log_dir
        self._terminal = terminal
        self._patience = patience or Patience()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, part: Part) -> RunningPart:
        log = LogFile(self._log_dir / f"{part.name}.log")
        running = RunningPart(part, log, self._terminal, self._patience)
        self.running[part.name] = running
        self._tasks[part.name] = asyncio.create_task(running.keep_alive(), name=part.name)
        return running

    async def stop(self, order: Sequence[str]) -> None:
        """Ask the parts to end, one after the other; whoever is still there at the end of the time is killed."""
        deadline = time.monotonic() + self._patience.stop_all
        known = [name for name in order if name in self.running]
        for name in known + [name for name in self.running if name not in order]:
            self.running[name].ask_to_stop()
            await asyncio.wait([self._tasks[name]], timeout=self._patience.stop_turn)
        left = [task for task in self._tasks.values() if not task.done()]
        if left:
            await asyncio.wait(left, timeout=max(0.0, deadline - time.monotonic()))
        for name, task in self._tasks.items():
            if not task.done():
                self._terminal.say(name, "did not end in time and is killed.")
                self.running[name].kill()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def kill(self) -> None:
        """End everything at once, without asking."""
        for running in self.running.values():
            running.kill()
