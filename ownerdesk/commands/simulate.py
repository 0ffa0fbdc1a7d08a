"""`ownerdesk simulate`: days of invented owners, operators and faults through the real services with a fast clock.

In a database of its own, which is made for it and thrown away: the installation's is not touched.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ownerdesk.commands import UserError

if TYPE_CHECKING:
    from ownerdesk.commands import Subparsers

FEWEST_HOMES = 10


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "simulate", help="play a month and check after every event", description=__doc__
    )
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--homes", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1, help="the same seed plays the same month")
    parser.add_argument(
        "--trouble", type=float, default=1.0, help="how much goes wrong, against an ordinary month"
    )
    parser.set_defaults(handler=simulate)


def simulate(args: argparse.Namespace) -> int:
    import tempfile
    import time
    from pathlib import Path

    from ownerdesk.adapters.embedded_postgres import start
    from ownerdesk.adapters.postgres_cluster import EmbeddedPostgresFailed
    from ownerdesk.adapters.sentence_vectors import encode
    from ownerdesk.bootstrap import Core
    from ownerdesk.commands.migrate import move_to
    from ownerdesk.services.content import load_content
    from ownerdesk.settings import load_settings
    from ownerdesk.simulation.checks import CheckFailed
    from ownerdesk.simulation.loop import Simulation
    from ownerdesk.simulation.report import draw_up, format_table

    if args.days < 1 or args.homes < FEWEST_HOMES:
        raise UserError(f"At least 1 day and {FEWEST_HOMES} homes are needed.")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ownerdesk-simulation-") as folder:
        try:
            server = start(Path(folder) / "postgres", fast=True)
        except EmbeddedPostgresFailed as error:
            raise UserError(str(error)) from None
        with server:
            move_to(server.url)
            core = Core(load_settings({"DATABASE_URL": server.url, "OWNERDESK_DATA": folder}))
            try:
                core.transact_now(load_content, encode)
                play = Simulation(
                    core, days=args.days, homes=args.homes, seed=args.seed, trouble=args.trouble
                )
                play.run(lambda text: print(text, flush=True))
                print(format_table(core.transact_now(draw_up)))
            except CheckFailed as failed:
                print(f"This must never happen: {failed}")
                return 1
            finally:
                core.close()
    print(f"{sum(play.counts.values())} events, each checked, in {time.monotonic() - began:.0f} s")
    for name, count in sorted(play.refusals.items()):
        print(f"  refused, as it should be: {name} ({count})")
    return 0
