"""`ownerdesk admin create`: the first person who can log in to the console."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from ownerdesk.commands import UserError

if TYPE_CHECKING:
    from ownerdesk.commands import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    admin = subparsers.add_parser("admin", help="people who may administer the console")
    verbs = admin.add_subparsers(metavar="verb", required=True)
    parser = verbs.add_parser("create", help="make an admin", description=__doc__)
    parser.add_argument("--email", help="asked for when left out")
    parser.add_argument("--name", help="asked for when left out")
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input, for scripts",
    )
    parser.set_defaults(handler=create)


def create(args: argparse.Namespace) -> int:
    email = args.email or _ask("E-mail: ", "--email", args)
    name = args.name or _ask("Name: ", "--name", args)
    if "@" not in email:
        raise UserError(f"{email!r} is not an e-mail address.")
    password = read_password(args)
    _check(password, name.strip(), email.strip())
    _store(email.strip(), name.strip(), password)
    print(f"{email.strip()} can log in to the console now.")
    return 0


def _ask(question: str, option: str, args: argparse.Namespace) -> str:
    if args.password_stdin:
        raise UserError(f"With --password-stdin nothing can be asked: give {option} too.")
    try:
        return input(question).strip()
    except EOFError:
        raise UserError(f"Nothing was typed. Give {option}.") from None


def read_password(args: argparse.Namespace) -> str:
    """From standard input with `--password-stdin`, else typed twice."""
    if args.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("The same again: "):
        raise UserError("The two passwords differ.")
    return password


def _check(password: str, name: str, email: str) -> None:
    """Refused before a database is started for it."""
    from ownerdesk.rules.refusals import WeakPassword
    from ownerdesk.services.passwords import check_password

    try:
        check_password(password, person=(name, email))
    except WeakPassword as refusal:
        raise UserError(f"{email} was not made an admin: {refusal}.") from None


def _store(email: str, name: str, password: str) -> None:
    from datetime import UTC, datetime

    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    from ownerdesk.rules.refusals import Refusal
    from ownerdesk.services import staff
    from ownerdesk.settings import load_settings
    from ownerdesk.supervisor.database import open_database
    from ownerdesk.supervisor.errors import CannotStart

    try:
        with open_database(load_settings()) as url:
            engine = create_engine(url)
            try:
                with Session(engine) as session, session.begin():
                    staff.create_admin(
                        session, email=email, name=name, password=password, at=datetime.now(UTC)
                    )
            finally:
                engine.dispose()
    except Refusal as refusal:
        raise UserError(
            f"{email} was not made an admin: {refusal or type(refusal).__name__}."
        ) from None
    except CannotStart as error:
        raise UserError(str(error)) from None
