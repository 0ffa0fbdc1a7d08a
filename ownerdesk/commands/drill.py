"""`ownerdesk drill`: walk through an emergency plan without alarming anybody."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ownerdesk.commands import UserError, open_core

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ownerdesk.commands import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "drill",
        help="walk through an emergency plan without alarming anybody",
        description="Prints who would be rung in which minute, and what is wrong with the plan; it is kept for the console.",
    )
    parser.add_argument("--project", required=True, metavar="CODE")
    parser.add_argument("--kind", required=True, help="of emergency, such as fire or gas_leak")
    parser.add_argument("--by", required=True, metavar="E-MAIL", help="who runs it")
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Exits with 2 where the plan has faults, so that a script notices."""
    from ownerdesk.model.labels import KINDS

    if args.kind not in KINDS:
        raise UserError(f"There is no kind {args.kind!r}; there are {', '.join(KINDS)}.")
    with open_core() as core:
        lines, is_whole = core.transact_now(_run, args, at=core.clock())
    print("\n".join(lines))
    return 0 if is_whole else 2


def _run(session: Session, args: argparse.Namespace, *, at: datetime) -> tuple[list[str], bool]:
    from sqlalchemy import select

    from ownerdesk.model import StaffMember
    from ownerdesk.queries.projects import find_project
    from ownerdesk.services.drills import run_drill
    from ownerdesk.texts import translator
    from ownerdesk.wording import fault_names

    project = find_project(session, args.project)
    if project is None:
        raise UserError(f"There is no project {args.project!r}.")
    by = session.scalar(select(StaffMember).where(StaffMember.email == args.by.lower()))
    if by is None or not by.is_active:
        raise UserError(f"Nobody of the staff has the address {args.by}.")
    drill = run_drill(session, project, args.kind, by=by, at=at)
    words = fault_names(translator("en"))
    lines = [f"{e['minute']:>3} min  {e['name']}  ({e['who']}, {e['reach']})" for e in drill.log]
    for fault in drill.faults:
        step = f"step {fault['step']}: " if fault["step"] else ""
        lines.append(f"Fault: {step}{words[fault['code']]}")
    return lines, not drill.faults
