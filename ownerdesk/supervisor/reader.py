"""The deep reader for a training: the one that runs, or one started for as long as the training takes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

from ownerdesk.adapters.children import die_with_parent
from ownerdesk.adapters.deep_reader import DeepModel, UnusableModel, find_model, is_ready
from ownerdesk.settings import Settings
from ownerdesk.supervisor.checks import find_free_port
from ownerdesk.supervisor.database import open_database
from ownerdesk.supervisor.errors import CannotStart

# A large model is copied first, and its file may lie on a slow disk.
START_LIMIT_SECONDS = 600.0
STOP_LIMIT_SECONDS = 10.0
REPOSITORY = Path(__file__).resolve().parents[2]
Report = Callable[[str], None]


def find_usable_model(settings: Settings) -> DeepModel | None:
    """The deep reader's model; None when none is set, and when what is set is no model."""
    try:
        return find_model(settings)
    except UnusableModel:
        return None


def deep_reader_environment(settings: Settings) -> dict[str, str]:
    """What `nlu/deep_reader.py` in a Rasa process needs; nothing without a model."""
    if find_usable_model(settings) is None:
        return {}
    return {
        "DEEP_READER_URL": settings.deep_reader_url,
        "DEEP_READER_TOKEN": settings.deep_reader_token,
    }


@contextlib.asynccontextmanager
async def open_reader(settings: Settings, report: Report) -> AsyncIterator[Settings]:
    """The settings to train with. Refuses with CannotStart when a model is set and cannot be read with."""
    try:
        model = find_model(settings)
    except UnusableModel as error:
        raise CannotStart(str(error)) from None
    if model is None or await is_ready(settings.deep_reader_url, model.id):
        yield settings
        return
    report("no deep reader answers with this model: starting one for the time of the training")
    with _open_cache(settings, report) as url:
        own = replace(settings, database_url=url, deep_reader_port=find_free_port())
        async with _run_reader(own, model):
            yield own


@contextlib.contextmanager
def _open_cache(settings: Settings, report: Report) -> Iterator[str]:
    """The database keeps what was read before. It is not needed, only the training is longer without."""
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(open_database(settings))
        except CannotStart as error:
            report(f"every example is read anew: {error}")
            url = ""
        yield url


@contextlib.asynccontextmanager
async def _run_reader(settings: Settings, model: DeepModel) -> AsyncIterator[None]:
    log_path = settings.data_dir / "log" / "train-reader.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ownerdesk", "run", "reader",
            cwd=REPOSITORY,
            env=dict(os.environ) | settings.to_environ(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )  # fmt: skip
    try:
        await _wait_until_ready(settings, model, process, log_path)
        yield
    finally:
        await _stop(process)


async def _wait_until_ready(
    settings: Settings, model: DeepModel, process: asyncio.subprocess.Process, log_path: Path
) -> None:
    deadline = asyncio.get_running_loop().time() + START_LIMIT_SECONDS
    while not await is_ready(settings.deep_reader_url, model.id):
        if process.returncode is not None:
            lines = log_path.read_text(errors="replace").strip().splitlines()
            raise CannotStart(
                f"The deep reader ended while starting; see {log_path}. It ends: {''.join(lines[-1:])}"
            )
        if asyncio.get_running_loop().time() > deadline:
            raise CannotStart(f"The deep reader did not become ready; see {log_path}.")
        await asyncio.sleep(0.3)


async def _stop(process: asyncio.subprocess.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_LIMIT_SECONDS)
            return
