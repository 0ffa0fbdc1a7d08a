"""`ownerdesk classify`: reads messages and writes what each is, one JSON object a line."""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownerdesk.commands import UserError

if TYPE_CHECKING:
    from ownerdesk.commands import Subparsers
    from ownerdesk.rules.readings import Reading
    from ownerdesk.settings import Settings

# A message that the deep reader is asked about takes a second.
BATCH = 100
BATCH_LIMIT_SECONDS = 300.0


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
    from ownerdesk.supervisor.errors import CannotStart

    messages = _parse_csv(args.csv) if args.csv else _parse_lines(sys.stdin.buffer.read())
    settings = load_settings()
    take_phrases(settings)
    try:
        asyncio.run(_classify(settings, messages))
    except CannotStart as error:
        raise UserError(str(error)) from None
    return 0


def take_phrases(settings: Settings) -> None:
    """Read with the company's own emergency phrases where its database runs; nothing is started for it."""
    from ownerdesk.adapters import embedded_postgres
    from ownerdesk.bootstrap import Core
    from ownerdesk.queries.emergency_phrases import refresh_phrases

    url, folder = settings.database_url, settings.embedded_database_dir
    if not url and folder.is_dir():
        running = embedded_postgres.find_running(folder)
        url = running.url if running is not None else ""
    if url:
        core = Core(replace(settings, database_url=url))
        try:
            core.transact_now(refresh_phrases)
        finally:
            core.close()


async def _classify(settings: Settings, messages: Sequence[tuple[str, str]]) -> None:
    from ownerdesk.supervisor.reading import open_rasa

    async with open_rasa(settings, "classify", report) as rasa:
        for start in range(0, len(messages), BATCH):
            some = messages[start : start + BATCH]
            readings = await rasa.parse_many(
                [text for _, text in some], timeout=BATCH_LIMIT_SECONDS
            )
            for (message_id, text), reading in zip(some, readings, strict=True):
                print(json.dumps(describe(message_id, text, reading), ensure_ascii=False))


def report(text: str) -> None:
    """Standard output holds the readings and nothing else."""
    print(text, file=sys.stderr, flush=True)


def describe(message_id: str, text: str, reading: Reading) -> dict[str, Any]:
    """The line that scripts rely on; its fields are fixed in the design."""
    from ownerdesk.rules.emergencies import detect
    from ownerdesk.rules.natures import Nature

    sign = detect(text)
    is_emergency = reading.nature is Nature.EMERGENCY
    alarm = is_emergency or reading.alarm or (sign is not None and sign.certain)
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
        "reader": reading.reader,
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
