"""`ownerdesk prepare`: what every installation starts with: articles, services, instructions, a first project."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ownerdesk.commands import UserError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ownerdesk.commands import Subparsers
    from ownerdesk.settings import Settings


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "prepare", help="load articles, services and instructions", description=__doc__
    )
    parser.set_defaults(handler=prepare)


def prepare(args: argparse.Namespace) -> int:
    from dataclasses import replace

    from ownerdesk.settings import load_settings
    from ownerdesk.supervisor.database import open_database
    from ownerdesk.supervisor.errors import CannotStart

    settings = load_settings()
    try:
        with open_database(settings) as url:
            fill(replace(settings, database_url=url))
    except CannotStart as error:
        raise UserError(str(error)) from None
    return 0


def fill(settings: Settings) -> None:
    """What is there already stays as it is. Without any project a first one is made: a bot with a token works
    before anybody has set anything up."""
    from ownerdesk.adapters.sentence_vectors import encode
    from ownerdesk.bootstrap import Core
    from ownerdesk.services.content import load_content
    from ownerdesk.services.projects import ensure_first_project

    def work(session: Session) -> None:
        load_content(session, encode)
        ensure_first_project(session)

    core = Core(settings)
    try:
        core.transact_now(work)
    finally:
        core.close()
