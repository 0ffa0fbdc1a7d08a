"""`ownerdesk migrate`: brings the database's tables to the newest version, or to the one given."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ownerdesk.commands import UserError

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

    from ownerdesk.commands import Subparsers

REPOSITORY = Path(__file__).resolve().parents[2]


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "migrate", help="bring the tables up to date", description=__doc__
    )
    parser.add_argument(
        "--to",
        default="head",
        metavar="REVISION",
        help="a revision, `base` for none, -1 for one step back",
    )
    parser.set_defaults(handler=migrate)


def migrate(args: argparse.Namespace) -> int:
    from ownerdesk.settings import load_settings
    from ownerdesk.supervisor.database import open_database
    from ownerdesk.supervisor.errors import CannotStart

    try:
        with open_database(load_settings()) as url:
            move_to(url, args.to)
    except CannotStart as error:
        raise UserError(str(error)) from None
    return 0


def move_to(url: str, revision: str = "head") -> None:
    """Upgrade or downgrade to `revision`, whichever way it lies."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(REPOSITORY / "migrations"))
    # Percent signs, as in an escaped password, mean something to the configuration's reader.
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    if revision == "base" or revision.startswith("-") or _is_behind(script, url, revision):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def _is_behind(script: ScriptDirectory, url: str, revision: str) -> bool:
    """Whether the database is past `revision` already."""
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    if current is None or revision.startswith("+"):
        return False
    target = script.get_revision(revision)
    passed = {step.revision for step in script.walk_revisions("base", current)} - {current}
    return target is not None and target.revision in passed
