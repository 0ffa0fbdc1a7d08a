"""`ownerdesk seed`: puts the demo's invented people and homes into the database, once."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from ownerdesk.commands import UserError

if TYPE_CHECKING:
    from ownerdesk.commands import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "seed", help="fill the database for the demo", description=__doc__
    )
    parser.set_defaults(handler=seed)


def seed(args: argparse.Namespace) -> int:
    from importlib import import_module

    from ownerdesk.commands.run import configure_logging
    from ownerdesk.settings import load_settings
    from ownerdesk.supervisor.database import open_database
    from ownerdesk.supervisor.errors import CannotStart

    settings = load_settings()
    configure_logging(settings.log_level)
    try:
        # By name, because nothing that runs in production may import the demo.
        module = import_module("demo.seed")
    except ModuleNotFoundError as error:
        if error.name not in ("demo", "demo.seed"):
            raise
        raise UserError(
            "The demo is not part of this installation; it needs a clone of the repository."
        ) from None
    try:
        with open_database(settings) as url:
            module.run(replace(settings, database_url=url))
    except CannotStart as error:
        raise UserError(str(error)) from None
    return 0
