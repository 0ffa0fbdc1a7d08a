"""`ownerdesk staff`: the people who work here, with a role, a department and a place on the duty list."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ownerdesk.commands import UserError, open_core
from ownerdesk.commands.admin import read_password
from ownerdesk.rules.access import RIGHTS
from ownerdesk.rules.duty import WEEKDAYS, Shift, parse_duty

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ownerdesk.commands import Subparsers
    from ownerdesk.model import DutyShift


def add_parser(subparsers: Subparsers) -> None:
    staff = subparsers.add_parser("staff", help="make and list members of staff")
    verbs = staff.add_subparsers(metavar="verb", required=True)
    parser = verbs.add_parser(
        "create",
        help="make a member of staff",
        description="Everybody but an operator gets a password for the console; it is asked for at the terminal.",
    )
    parser.add_argument("--name", required=True, help="as owners read it")
    parser.add_argument("--email", required=True, help="to log in with")
    parser.add_argument("--role", required=True, choices=tuple(RIGHTS))
    parser.add_argument("--project", default="", metavar="CODE", help="left out: every project")
    parser.add_argument("--department", default="", metavar="CODE", help="of an operator")
    parser.add_argument("--language", default="en", help="of the console: en, es or zh")
    parser.add_argument("--phone", default="", help="with its country code")
    parser.add_argument(
        "--duty", nargs="+", action="append", default=[], metavar="DAYS HOURS",
        help="when on duty, in the project's local time: mon-fri 08:00-18:00; may be repeated",
    )  # fmt: skip
    parser.add_argument("--password-stdin", action="store_true", help="read it from standard input")
    parser.add_argument(
        "--must-change-password",
        action="store_true",
        help="at the first log-in, to one of their own",
    )
    parser.set_defaults(handler=create)
    verbs.add_parser("list", help="everybody, with roles and duty").set_defaults(handler=list_all)


def create(args: argparse.Namespace) -> int:
    from ownerdesk.rules.refusals import AlreadyExists, Refusal

    shifts = _check(args)
    password = None
    if args.role != "operator" or args.password_stdin:
        password = read_password(args)
    with open_core() as core:
        try:
            core.transact_now(_create, args, shifts, password, at=core.clock())
        except AlreadyExists:
            raise UserError(f"Somebody has the address {args.email} already.") from None
        except Refusal as refusal:
            raise UserError(f"Nobody was made: {refusal}.") from None
    print(f"{args.name} is {args.role} now.")
    return 0


def _check(args: argparse.Namespace) -> list[Shift]:
    """What can be refused without a look at the database; the shifts of --duty."""
    from ownerdesk.rules.imports import parse_full_phone
    from ownerdesk.texts import LANGUAGES

    if "@" not in args.email:
        raise UserError(f"{args.email!r} is not an e-mail address.")
    if not args.name.strip():
        raise UserError("The name is empty.")
    if args.language not in LANGUAGES:
        raise UserError(f"The language is one of {', '.join(LANGUAGES)}.")
    if args.phone and parse_full_phone(args.phone) is None:
        raise UserError("The phone is no number with its country code, such as +34600000000.")
    if args.role == "operator" and not args.department:
        raise UserError("An operator works in a department: give --project and --department.")
    if (args.duty or args.department) and not args.project:
        raise UserError("--duty and --department belong to a project: give --project.")
    try:
        return [shift for words in args.duty for shift in parse_duty(" ".join(words))]
    except ValueError as error:
        raise UserError(f"{error}.") from None


def _create(
    session: Session,
    args: argparse.Namespace,
    shifts: list[Shift],
    password: str | None,
    *,
    at: datetime,
) -> None:
    from ownerdesk.queries.projects import find_project
    from ownerdesk.queries.staff import find_department_by_code, list_departments
    from ownerdesk.services.staff import Role, create_staff, put_on_duty

    project_id = department_id = None
    if args.project:
        project = find_project(session, args.project)
        if project is None:
            raise UserError(
                f"There is no project {args.project!r}; `ownerdesk project list` names them."
            )
        project_id = project.id
        if args.department:
            department = find_department_by_code(session, project.id, args.department)
            if department is None:
                known = ", ".join(d.code for d in list_departments(session, project.id))
                raise UserError(f"There is no department {args.department!r}; there are {known}.")
            department_id = department.id
    member = create_staff(
        session, email=args.email, name=args.name, password=password, phone=args.phone,
        language=args.language, must_change_password=args.must_change_password,
        roles=[Role(args.role, project_id, department_id)], at=at,
    )  # fmt: skip
    if project_id is not None:
        put_on_duty(session, member, project_id, shifts, at=at)


def list_all(args: argparse.Namespace) -> int:
    from ownerdesk.queries.departments import list_all_departments
    from ownerdesk.queries.projects import list_projects
    from ownerdesk.queries.staff import list_shifts, list_staff

    def work(session: Session) -> list[str]:
        projects = {size.project.id: size.project.code for size in list_projects(session)}
        departments = {d.id: d.code for d in list_all_departments(session)}
        shifts = list_shifts(session)
        lines = []
        for member in list_staff(session):
            marks = "" if member.is_active else "  (left)"
            marks += "" if member.password_hash else "  (no log-in)"
            lines.append(f"{member.name} <{member.email}>{marks}")
            for role in member.roles:
                place = projects[role.project_id] if role.project_id else "every project"
                work_in = f", {departments[role.department_id]}" if role.department_id else ""
                lines.append(f"   {role.role}, {place}{work_in}")
            own = [shift for shift in shifts if shift.staff_id == member.id]
            lines += [f"   on duty in {line}" for line in _format_shifts(own, projects)]
        return lines

    with open_core() as core:
        lines = core.transact_now(work)
    print("\n".join(lines) or "Nobody yet. Begin with `ownerdesk admin create`.")
    return 0


def _format_shifts(shifts: Iterable[DutyShift], projects: dict[int, str]) -> list[str]:
    """One line for all days with the same hours."""
    days: dict[str, list[str]] = {}
    places: dict[str, str] = {}
    for shift in shifts:
        hours = f"{shift.starts:%H:%M}-{shift.ends:%H:%M}"
        key = f"{shift.project_id} {hours}"
        days.setdefault(key, []).append(WEEKDAYS[shift.weekday])
        places[key] = f"{projects[shift.project_id]}: {{}} {hours}"
    return [places[key].format(",".join(names)) for key, names in days.items()]
