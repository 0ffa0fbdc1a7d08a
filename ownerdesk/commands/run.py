"""`ownerdesk run`: everything on one machine, or one part of it."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from ownerdesk.commands import UserError

if TYPE_CHECKING:
    from ownerdesk.commands import Subparsers
    from ownerdesk.settings import Settings

OWN_PARTS = ("bot", "actions", "worker", "console", "reader", "trainer")
DEMO_PORT = 8081


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "run", help="run everything on this machine, or one part", description=__doc__
    )
    parser.add_argument(
        "part", nargs="?", choices=(*OWN_PARTS, "rasa", "demo"), help="only this part"
    )
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    from ownerdesk.adapters.deep_reader import UnusableModel
    from ownerdesk.settings import load_settings
    from ownerdesk.supervisor.errors import CannotStart

    settings = load_settings()
    try:
        if args.part is None:
            from ownerdesk.supervisor.launch import run_everything

            return run_everything(settings)
        if args.part == "rasa":
            _become_rasa(settings)
        if args.part == "demo":
            _become_demo(settings)
        return _run_own_part(args.part, settings)
    except (CannotStart, UnusableModel) as error:
        raise UserError(str(error)) from None


def _run_own_part(name: str, settings: Settings) -> int:
    from importlib import import_module

    from ownerdesk.supervisor.database import open_database

    if name == "bot" and not settings.telegram_token:
        raise UserError(
            "TELEGRAM_TOKEN is empty. Set it to your bot's token from @BotFather; "
            "for the demo use `ownerdesk run`, which starts a stand-in for Telegram as well."
        )
    configure_logging(settings.log_level)
    if name == "reader":
        _run_reader(settings)
        return 0
    with open_database(settings) as url:
        import_module(f"{name}.app").run(replace(settings, database_url=url))
    return 0


def _run_reader(settings: Settings) -> None:
    """The one part that starts without a database: it only works longer then."""
    from importlib import import_module

    from ownerdesk.adapters.embedded_postgres import find_running

    if not settings.database_url:
        server = find_running(settings.embedded_database_dir)
        settings = replace(settings, database_url=server.url if server else "")
    import_module("reader.app").run(settings)


def _become_rasa(settings: Settings) -> None:
    from ownerdesk.supervisor import database, roster, training

    model = training.model_path(settings, roster.REPOSITORY)
    if not model.exists():
        raise UserError("No model fits the training data. Run `ownerdesk train` first.")
    if not settings.database_url:
        from ownerdesk.adapters.embedded_postgres import find_running

        server = find_running(settings.embedded_database_dir)
        if server is None:
            raise UserError(
                "No database: set DATABASE_URL, or use `ownerdesk run`, which starts one."
            )
        settings = replace(settings, database_url=server.url)
    database.prepare_rasa_schema(settings.database_url)
    part = roster.rasa_part(settings, model)
    os.chdir(part.cwd)
    os.execve(part.argv[0], part.argv, dict(part.env))  # noqa: S606


def _become_demo(settings: Settings) -> None:
    from ownerdesk.supervisor import roster

    url = settings.demo_url or f"http://127.0.0.1:{DEMO_PORT}"
    part = roster.demo_part(replace(settings, demo_url=url))
    print(f"The Telegram stand-in: {url}/demo", flush=True)
    os.chdir(part.cwd)
    os.execve(part.argv[0], part.argv, dict(part.env))  # noqa: S606


def configure_logging(level: str) -> None:
    """One format for all parts; the supervisor tells warnings from the rest by it."""
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # One line for each request would drown the log, and their addresses contain the bot's token.
    for name in ("httpx", "httpcore", "aiohttp.access", "sanic.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
