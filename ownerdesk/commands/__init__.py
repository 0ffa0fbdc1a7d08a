"""The subcommands of `ownerdesk`.

A module exposes `add_parser(subparsers)` and sets the default `handler`, a function from the parsed arguments to the
exit code. Heavy imports belong inside the handler, so that `ownerdesk --help` answers at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ownerdesk.bootstrap import Core

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


class UserError(Exception):
    """Something the person at the keyboard can put right; the text is all they get to see."""


@contextmanager
def open_core() -> Iterator[Core]:
    """The core over this installation's database, for one command; an embedded server is started if need be."""
    from dataclasses import replace

    from psycopg.errors import UndefinedTable
    from sqlalchemy.exc import ProgrammingError

    from ownerdesk.bootstrap import Core
    from ownerdesk.settings import load_settings
    from ownerdesk.supervisor.database import open_database
    from ownerdesk.supervisor.errors import CannotStart

    settings = load_settings()
    try:
        with open_database(settings) as url:
            core = Core(replace(settings, database_url=url))
            try:
                yield core
            finally:
                core.close()
    except CannotStart as error:
        raise UserError(str(error)) from None
    except ProgrammingError as error:
        if isinstance(error.orig, UndefinedTable):
            raise UserError(
                "The database has no tables yet. Run `ownerdesk migrate` first."
            ) from None
        raise
