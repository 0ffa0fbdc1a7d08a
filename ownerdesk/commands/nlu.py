"""`ownerdesk nlu …`: how well the model reads."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ownerdesk.commands import UserError

if TYPE_CHECKING:
    from ownerdesk.commands import Subparsers
    from ownerdesk.rules.scoring import Judged, Truth
    from ownerdesk.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[2]


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("nlu", help="say how well the model reads", description=__doc__)
    actions = parser.add_subparsers(metavar="action", required=True)
    report = actions.add_parser(
        "report",
        help="read labelled messages and draw the mistakes",
        description="Read labelled messages through Rasa and draw what was understood as one HTML page.",
    )
    report.add_argument(
        "--out", type=Path, metavar="FILE", help="where to write it (var/nlu-report.html)"
    )
    report.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        default=REPOSITORY / "tests" / "data",
        help="folder with messages/LANGUAGE.csv and second/LANGUAGE.csv (tests/data)",
    )
    report.set_defaults(handler=draw_report)


def draw_report(args: argparse.Namespace) -> int:
    import asyncio
    from datetime import UTC, datetime

    from ownerdesk.adapters.labelled_messages import UnusableMessages, read_sets
    from ownerdesk.adapters.nlu_report import draw, format_percent
    from ownerdesk.adapters.rasa import RasaRefused, RasaUnavailable
    from ownerdesk.rules.scoring import summarise
    from ownerdesk.settings import load_settings
    from ownerdesk.supervisor.errors import CannotStart
    from ownerdesk.supervisor.training import model_path

    settings = load_settings()
    out: Path = args.out or settings.data_dir / "nlu-report.html"
    try:
        sets = read_sets(args.data)
        _check_writable(out)
        judged = asyncio.run(_judge_sets(settings, sets))
    except (CannotStart, UnusableMessages) as error:
        raise UserError(str(error)) from None
    except (RasaUnavailable, RasaRefused) as error:
        raise UserError(f"Rasa stopped answering: {error}") from None
    model = model_path(settings, REPOSITORY).name.partition(".")[0]
    out.write_text(draw(judged, model=model, at=datetime.now(UTC)), encoding="utf-8")
    for name, messages in judged.items():
        found = summarise(messages)
        print(
            f"{name}: {found.count} messages, nature {format_percent(found.nature)} % right, "
            f"category {format_percent(found.category_top1)} %"
        )
    print(f"Written: {out}")
    return 0


def _check_writable(out: Path) -> None:
    """Before minutes of reading, not after."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror}.") from None
    if out.is_dir() or not os.access(out if out.exists() else out.parent, os.W_OK):
        raise UserError(f"{out} cannot be written.")


async def _judge_sets(settings: Settings, sets: dict[str, list[Truth]]) -> dict[str, list[Judged]]:
    from ownerdesk.adapters.labelled_messages import judge
    from ownerdesk.supervisor.reading import open_rasa

    async with open_rasa(settings, "nlu-report", _tell) as rasa:
        return {
            name: await judge(rasa, truths, _tell_progress(name, len(truths)))
            for name, truths in sets.items()
        }


def _tell_progress(name: str, total: int) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if done == total or done % 250 == 0:
            _tell(f"{name}: {done} of {total} read")

    return tell


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
