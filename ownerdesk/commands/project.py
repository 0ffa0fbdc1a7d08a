"""`ownerdesk project`: the residential complexes of this installation, and the times each promises."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ownerdesk.commands import UserError, open_core

if TYPE_CHECKING:
    from ownerdesk.commands import Subparsers

FIELDS = ("name", "timezone", "language", "phone", "emergency_number")


def add_parser(subparsers: Subparsers) -> None:
    project = subparsers.add_parser("project", help="make, list and change projects")
    verbs = project.add_subparsers(metavar="verb", required=True)
    parser = verbs.add_parser("create", help="make a project with the standard departments")
    parser.add_argument("code", help="begins every appeal number: A gives A-1001")
    _add_fields(parser, is_new=True)
    parser.set_defaults(handler=create)
    verbs.add_parser("list", help="all projects").set_defaults(handler=list_all)
    parser = verbs.add_parser("edit", help="change what is given, leave the rest")
    parser.add_argument("code", help="of the project to change")
    parser.add_argument("--code", dest="new_code", metavar="CODE", help="for appeals from now on")
    _add_fields(parser, is_new=False)
    parser.add_argument(
        "--unset", action="append", default=[], metavar="NAME", help="back to the default"
    )
    parser.set_defaults(handler=edit)


def _add_fields(parser: argparse.ArgumentParser, *, is_new: bool) -> None:
    parser.add_argument("--name", required=is_new, help="as owners know it")
    parser.add_argument("--timezone", required=is_new, help="such as Europe/Madrid")
    parser.add_argument("--language", default="en" if is_new else None, help="en, es or zh")
    parser.add_argument("--phone", default="" if is_new else None, help="that owners may call")
    parser.add_argument(
        "--emergency-number", default="112" if is_new else None, help="of the public services"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=NUMBER",
        help="a time of the policy, in what its name says; `project list` shows all",
    )  # fmt: skip


def create(args: argparse.Namespace) -> int:
    from ownerdesk.rules.refusals import AlreadyExists, Refusal
    from ownerdesk.services.projects import set_up_project

    policy = _parse_policy(args.set)
    fields: dict[str, str] = {name: getattr(args, name) for name in FIELDS}
    with open_core() as core:
        try:
            core.transact_now(
                lambda session: set_up_project(
                    session, code=args.code, policy=policy, at=core.clock(), by=None, **fields
                )
            )
        except AlreadyExists:
            raise UserError(
                f"There is a project {args.code} already; change it with edit."
            ) from None
        except Refusal as refusal:
            raise UserError(f"No project was made: {refusal}.") from None
    print(f"Project {args.code} is there, with its departments. Next: `ownerdesk staff create`.")
    return 0


def edit(args: argparse.Namespace) -> int:
    from ownerdesk.rules.refusals import AlreadyExists, Refusal
    from ownerdesk.services.projects import edit_project

    given: dict[str, Any] = {name: getattr(args, name) for name in FIELDS} | {"code": args.new_code}
    changes = {name: value for name, value in given.items() if value is not None}
    policy: dict[str, int | None] = {**_parse_policy(args.set), **dict.fromkeys(args.unset)}
    if not changes and not policy:
        raise UserError("Nothing to change was given; see `ownerdesk project edit --help`.")
    with open_core() as core:
        try:
            core.transact_now(
                edit_project, args.code, changes=changes, policy=policy, at=core.clock()
            )
        except AlreadyExists:
            raise UserError(f"There is a project {args.new_code} already.") from None
        except Refusal as refusal:
            raise UserError(f"Nothing was changed: {refusal}.") from None
    print(f"Project {args.new_code or args.code} is changed.")
    return 0


def list_all(args: argparse.Namespace) -> int:
    from ownerdesk.queries.projects import list_projects
    from ownerdesk.rules.projects import describe_policy

    with open_core() as core:
        sizes = core.transact_now(list_projects)
    for size in sizes:
        project = size.project
        print(f"{project.code}  {project.name}")
        print(
            f"   {project.timezone}, {project.language}, {size.units} units, {size.people} people"
        )
        print(f"   phone {project.phone or '-'}, emergencies {project.emergency_number}")
        numbers = describe_policy(project.settings)
        print("   " + "  ".join(f"{name}={number}" for name, number in numbers.items()))
    if not sizes:
        print("No project yet. Make one with `ownerdesk project create`.")
    return 0


def _parse_policy(given: list[str]) -> dict[str, int]:
    numbers = {}
    for pair in given:
        name, separator, number = pair.partition("=")
        if not separator or not number.strip().isdecimal():
            raise UserError(f"{pair!r} is not NAME=NUMBER, as in --set general_minutes=45.")
        numbers[name.strip()] = int(number)
    return numbers
