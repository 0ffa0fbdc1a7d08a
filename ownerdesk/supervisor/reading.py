"""Rasa for a command that only has messages read: the one that runs, or one of its own for as long as it takes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ownerdesk.adapters.children import die_with_parent
from ownerdesk.adapters.priorities import stepping_back
from ownerdesk.adapters.rasa import RasaClient
from ownerdesk.settings import Settings
from ownerdesk.supervisor.checks import find_free_port
from ownerdesk.supervisor.errors import CannotStart
from ownerdesk.supervisor.reader import find_usable_model, open_reader
from ownerdesk.supervisor.roster import REPOSITORY
from ownerdesk.supervisor.training import model_path, rasa_environment, rasa_python

START_LIMIT_SECONDS = 120
PATIENT_LIMIT_SECONDS = 900  # one that steps back may find every core busy
STOP_LIMIT_SECONDS = 10
# A reader alone needs no conversations and calls no actions.
READER_ENDPOINTS = "lock_store:\n  type: in_memory\n"
Report = Callable[[str], None]


@dataclass(frozen=True)
class OwnRasa:
    """A Rasa that only reads, ready, with its process number."""

    client: RasaClient
    pid: int


@contextlib.asynccontextmanager
async def open_rasa(settings: Settings, log_name: str, report: Report) -> AsyncIterator[RasaClient]:
    """The running Rasa if it knows our token, else one of our own, with its deep reader, that ends with this command.

    Refuses with CannotStart when no model fits the training data. `log_name` names the log of our own Rasa.
    """
    async with RasaClient(settings.rasa_url, settings.rasa_token) as rasa:
        if await rasa.is_ready():
            yield rasa
            return
    model = model_path(settings, REPOSITORY)
    async with run_rasa(settings, model, log_name, report) as own:
        yield own.client


@contextlib.asynccontextmanager
async def run_rasa(
    settings: Settings, model: Path, log_name: str, report: Report, *, niceness: int = 0
) -> AsyncIterator[OwnRasa]:
    """A Rasa of our own with that model; the settings say whether it has a deep reader."""
    if not model.exists():
        raise CannotStart("No model fits the training data. Run `ownerdesk train` first.")
    async with contextlib.AsyncExitStack() as stack:
        if find_usable_model(settings) is not None:
            try:
                settings = await stack.enter_async_context(open_reader(settings, report))
            except CannotStart as error:
                report(f"read without the deep reader: {error}")
        own = replace(settings, rasa_url=f"http://127.0.0.1:{find_free_port()}")
        pid = await stack.enter_async_context(_run_process(own, model, log_name, niceness))
        client = await stack.enter_async_context(RasaClient(own.rasa_url, own.rasa_token))
        yield OwnRasa(client, pid)


@contextlib.asynccontextmanager
async def _run_process(
    settings: Settings, model: Path, log_name: str, niceness: int
) -> AsyncIterator[int]:
    log_path = settings.data_dir / "log" / f"{log_name}.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    python, port = rasa_python(REPOSITORY), settings.rasa_url.rpartition(":")[2]
    with (
        tempfile.NamedTemporaryFile("w", suffix=".yml") as endpoints,
        log_path.open("wb") as log,
    ):
        endpoints.write(READER_ENDPOINTS)
        endpoints.flush()
        process = await asyncio.create_subprocess_exec(
            str(python), "-m", "nlu.serve", "run", "-i", "127.0.0.1", "-p", port,
            "--model", str(model), "--credentials", "credentials.yml", "--endpoints", endpoints.name,
            cwd=REPOSITORY,
            env=rasa_environment(settings, REPOSITORY) | {"RASA_TOKEN": settings.rasa_token},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=stepping_back(niceness, die_with_parent(signal.SIGTERM)),
        )  # fmt: skip
        try:
            limit = PATIENT_LIMIT_SECONDS if niceness else START_LIMIT_SECONDS
            await _wait_until_ready(settings, process, log_path, limit)
            yield process.pid
        finally:
            await _stop(process)


async def _wait_until_ready(
    settings: Settings, process: asyncio.subprocess.Process, log_path: Path, limit: int
) -> None:
    async with RasaClient(settings.rasa_url, settings.rasa_token) as rasa:
        for _ in range(limit * 5):
            if process.returncode is not None:
                raise CannotStart(f"Rasa ended while starting; {log_path} says why.")
            if await rasa.is_ready():
                return
            await asyncio.sleep(0.2)
    raise CannotStart(f"Rasa was not ready after {limit} s; see {log_path}.")


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ask, wait, insist: Rasa starts a worker process of its own, so the whole group is meant."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_LIMIT_SECONDS)
            return
