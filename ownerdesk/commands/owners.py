"""`ownerdesk owners`: import the company's list of owners and homes, and invite people to the chat."""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ownerdesk.commands import UserError, open_core
from ownerdesk.rules.imports import COLUMNS, REQUIRED, parse_full_phone

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ownerdesk.bootstrap import Core
    from ownerdesk.commands import Subparsers
    from ownerdesk.model import Invite, Owner, Unit
    from ownerdesk.services.imports import ImportCounts
    from ownerdesk.settings import Settings

SHOWN_ERRORS = 50
INVITE_COLUMNS = ("project", "building", "entrance", "number", "name", "phone", "code", "link")


def add_parser(subparsers: Subparsers) -> None:
    owners = subparsers.add_parser("owners", help="import owners and invite them to the chat")
    verbs = owners.add_subparsers(metavar="verb", required=True)
    parser = verbs.add_parser(
        "import",
        help="bring in buildings, units and people from a CSV or XLSX file",
        description=(
            f"Columns: {', '.join(COLUMNS)}; needed are {', '.join(REQUIRED)} and, without --project, project. "
            "CSV or XLSX. A file with mistakes changes nothing; the same file again changes nothing."
        ),
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="- for standard input")
    parser.add_argument("--project", default="", metavar="CODE", help="of rows that name none")
    parser.add_argument(
        "--complete", action="store_true",
        help="the file lists everybody of its buildings: whoever is missing has moved out",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="only say what would change")
    parser.set_defaults(handler=import_file)
    parser = verbs.add_parser(
        "invite",
        help="make invite codes and links",
        description="A code links one chat to one person, once, within 30 days. --all prints CSV for letters.",
    )
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("phone", nargs="?", help="with its country code, as +34600000000")
    whom.add_argument("--all", action="store_true", help="everybody with a home and no chat yet")
    parser.add_argument("--project", default="", metavar="CODE", help="with --all: only this one")
    parser.set_defaults(handler=invite)


def import_file(args: argparse.Namespace) -> int:
    from ownerdesk.adapters.tables import read_table
    from ownerdesk.mistakes import format_mistake
    from ownerdesk.rules.imports import FileMistake
    from ownerdesk.services.imports import ImportRefused, RowError, import_owners
    from ownerdesk.texts import translator

    with _as_file(args.file) as path, open_core() as core, core.sessions() as session:
        try:
            try:
                table = read_table(path)
            except FileMistake as wrong:
                raise ImportRefused([RowError(wrong.line, wrong.mistake)], 1) from None
            counts = import_owners(
                session, table.records, project_code=args.project, is_complete=args.complete,
                file_name=args.file.name, at=core.clock(),
            )  # fmt: skip
        except ImportRefused as refusal:
            for error in refusal.errors[:SHOWN_ERRORS]:
                words = format_mistake(error.mistake, translator("en"))
                print(f"{args.file}: line {error.line}: {words}", file=sys.stderr)
            more = len(refusal.errors) - SHOWN_ERRORS
            if more > 0:
                print(f"{args.file}: and {more} more", file=sys.stderr)
            raise UserError("Nothing was imported. Correct these lines and import again.") from None
        if args.dry_run:
            session.rollback()
        else:
            session.commit()
    print(_format_counts(counts))
    if args.dry_run:
        print("This was a dry run: nothing was written.")
    return 0


@contextmanager
def _as_file(path: Path) -> Iterator[Path]:
    """The file itself; standard input is kept in one meanwhile, for it is read more than once."""
    if str(path) != "-":
        if not path.is_file() or not os.access(path, os.R_OK):
            raise UserError(f"{path} cannot be read.")
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="ownerdesk-") as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.flush()
        yield Path(kept.name)


def _format_counts(counts: ImportCounts) -> str:
    return (
        f"{counts.rows} rows. New: {counts.buildings_made} buildings, {counts.units_made} units, "
        f"{counts.owners_made} people, {counts.residencies_made} ties to a home. "
        f"Changed: {counts.owners_updated} people, {counts.residencies_updated} ties. "
        f"Ended: {counts.residencies_ended} ties."
    )


def invite(args: argparse.Namespace) -> int:
    with open_core() as core:
        bot_name = _find_bot_name(core.settings)
        if args.all:
            return _invite_all(core, args.project, bot_name)
        return _invite_one(core, args.phone, bot_name)


def _invite_one(core: Core, phone: str, bot_name: str) -> int:
    from ownerdesk.queries.owners import find_owner_by_phone
    from ownerdesk.services.owners import give_invite

    number = parse_full_phone(phone)
    if number is None:
        raise UserError("That is no number with its country code; write it like +34600000000.")

    def work(session: Session) -> Invite | None:
        owner = find_owner_by_phone(session, number)
        return give_invite(session, owner, at=core.clock()) if owner is not None else None

    made = core.transact_now(work)
    if made is None:
        raise UserError("Nobody was imported with this phone number.")
    print(f"code: {made.code}")
    print(f"link: {_format_link(made, core.settings, bot_name)}")
    print(f"good until {made.expires_at:%Y-%m-%d}, for one chat")
    return 0


def _invite_all(core: Core, project_code: str, bot_name: str) -> int:
    from ownerdesk.queries.owners import list_uninvited
    from ownerdesk.queries.projects import find_project
    from ownerdesk.services.owners import give_invite

    def work(session: Session) -> list[tuple[Owner, Unit, Invite]]:
        if project_code and find_project(session, project_code) is None:
            raise UserError(f"There is no project {project_code!r}.")
        return [
            (owner, unit, give_invite(session, owner, at=core.clock()))
            for owner, unit in list_uninvited(session, project_code)
        ]

    made = core.transact_now(work)
    if not made:
        raise UserError(
            "There is nobody to invite: everybody with a home has a chat, or none was imported."
        )
    table = csv.writer(sys.stdout)
    table.writerow(INVITE_COLUMNS)
    for owner, unit, given in made:
        link = _format_link(given, core.settings, bot_name)
        table.writerow(
            (
                unit.building.project.code, unit.building.name, unit.entrance, unit.number,
                owner.name, owner.phone or "", given.code, link,
            )
        )  # fmt: skip
    return 0


def _find_bot_name(settings: Settings) -> str:
    """The bot's user name from Telegram; empty without a token, or when Telegram cannot be reached now."""
    from ownerdesk.supervisor.checks import check_token

    if not settings.telegram_token:
        return ""
    name = check_token(settings.telegram_api_url, settings.telegram_token)
    if not name:
        print("Telegram cannot be reached: the payloads of the links only.", file=sys.stderr)
    return name


def _format_link(invite: Invite, settings: Settings, bot_name: str) -> str:
    """A t.me link, or only what belongs after `?start=` when the bot's name is not known."""
    from ownerdesk.services.owners import format_start_payload

    payload = format_start_payload(invite, settings.secret_key)
    return f"https://t.me/{bot_name}?start={payload}" if bot_name else payload
