"""`ownerdesk classify`: reads messages and writes what each is, one JSON object a line."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownerdesk.commands import UserError

if TYPE_CHECKING:
    from ownerdesk.adapters.rasa import RasaClient
    from ownerdesk.commands import Subparsers
    from ownerdesk.rules.readings import Reading
    from ownerdesk.settings import Settings

BATCH = 100
START_LIMIT_SECONDS = 120
STOP_LIMIT_SECONDS = 10
# A reader alone needs no conversations and calls no actions.
READER_ENDPOINTS = "lock_store:\n  type: in_memory\n"


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "classify", help="say what messages are, one JSON object a line", description=__doc__
    )
    parser.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help="read the columns id and text of this file instead of one message a line on standard input",
    )
    parser.set_defaults(handler=classify)


def classify(args: argparse.Namespace) -> int:
    from ownerdesk.settings import load_settings

    messages = _parse_csv(args.csv) if args.csv else _parse_lines(sys.stdin.buffer.read())
    asyncio.run(_classify(load_settings(), messages))
    return 0


async def _classify(settings: Settings, messages: Sequence[tuple[str, str]]) -> None:
    async with _open_reader(settings) as rasa:
        for start in range(0, len(messages), BATCH):
            some = messages[start : start + BATCH]
            readings = await rasa.parse_many([text for _, text in some])
            for (message_id, text), reading in zip(some, readings, strict=True):
                print(json.dumps(describe(message_id, text, reading), ensure_ascii=False))


def describe(message_id: str, text: str, reading: Reading) -> dict[str, Any]:
    """The line that scripts rely on; its fields are fixed in the design."""
    from ownerdesk.rules.emergencies import detect
    from ownerdesk.rules.natures import Nature

    sign = detect(text)
    is_emergency = reading.nature is Nature.EMERGENCY
    alarm = is_emergency or reading.alarm or sign is not None
    kind = sign.kind if sign is not None and not is_emergency else reading.kind
    return {
        "id": message_id,
        "text": text,
        "language": reading.language,
        "nature": str(reading.nature),
        "nature_confidence": round(reading.nature_confidence, 4),
        "category": reading.category,
        "category_confidence": round(reading.category_confidence, 4),
        "kind": kind if alarm else None,
        "alarm": alarm,
        "entities": [
            {"entity": entity.name, "value": entity.value, "start": entity.start, "end": entity.end}
            for entity in reading.entities
            if entity.name != "language"
        ],
        "decision": reading.decision,
        "reader": "fast",
    }


def _parse_lines(content: bytes) -> list[tuple[str, str]]:
    """Each line is a message, numbered from 1; only a line feed ends a line, and bytes that are no text are dropped."""
    lines = content.decode("utf-8", "ignore").split("\n")
    if lines[-1] == "":
        lines.pop()
    return [(str(number), line.rstrip("\r")) for number, line in enumerate(lines, 1)]


def _parse_csv(path: Path) -> list[tuple[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not {"id", "text"} <= set(rows.fieldnames or ()):
                raise UserError(f"{path} must have the columns id and text.")
            return [(row["id"] or "", row["text"] or "") for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}") from None


@contextlib.asynccontextmanager
async def _open_reader(settings: Settings) -> AsyncIterator[RasaClient]:
    """The running Rasa if it knows our token, else one of our own that ends with this command."""
    from ownerdesk.adapters.rasa import RasaClient

    async with RasaClient(settings.rasa_url, settings.rasa_token) as rasa:
        if await rasa.is_ready():
            yield rasa
            return
    with _free_port() as port:
        own = replace(settings, rasa_url=f"http://127.0.0.1:{port}")
    async with _run_rasa(own, port), RasaClient(own.rasa_url, own.rasa_token) as rasa:
        yield rasa


@contextlib.asynccontextmanager
async def _run_rasa(settings: Settings, port: int) -> AsyncIterator[None]:
    from ownerdesk.adapters.children import die_with_parent
    from ownerdesk.supervisor.errors import CannotStart
    from ownerdesk.supervisor.roster import REPOSITORY
    from ownerdesk.supervisor.training import model_path, rasa_environment, rasa_python

    model = model_path(settings, REPOSITORY)
    if not model.exists():
        raise UserError("No model fits the training data. Run `ownerdesk train` first.")
    log_path = settings.data_dir / "log" / "classify.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    try:
        python = rasa_python(REPOSITORY)
    except CannotStart as error:
        raise UserError(str(error)) from None
    with (
        tempfile.NamedTemporaryFile("w", suffix=".yml") as endpoints,
        log_path.open("wb") as log,
    ):
        endpoints.write(READER_ENDPOINTS)
        endpoints.flush()
        process = await asyncio.create_subprocess_exec(
            str(python), "-m", "nlu.serve", "run", "-i", "127.0.0.1", "-p", str(port),
            "--model", str(model), "--credentials", "credentials.yml", "--endpoints", endpoints.name,
            cwd=REPOSITORY,
            env=rasa_environment(settings, REPOSITORY) | {"RASA_TOKEN": settings.rasa_token},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )  # fmt: skip
        try:
            await _wait_until_ready(settings, process, log_path)
            yield
        finally:
            await _stop(process)


async def _wait_until_ready(
    settings: Settings, process: asyncio.subprocess.Process, log_path: Path
) -> None:
    from ownerdesk.adapters.rasa import RasaClient

    async with RasaClient(settings.rasa_url, settings.rasa_token) as rasa:
        for _ in range(START_LIMIT_SECONDS * 5):
            if process.returncode is not None:
                raise UserError(f"Rasa ended while starting; {log_path} says why.")
            if await rasa.is_ready():
                return
            await asyncio.sleep(0.2)
    raise UserError(f"Rasa was not ready after {START_LIMIT_SECONDS} s; see {log_path}.")


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ask, wait, insist: Rasa starts a worker process of its own, so the whole group is meant."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_LIMIT_SECONDS)
            return


@contextlib.contextmanager
def _free_port() -> Iterator[int]:
    """A port that nobody has at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
