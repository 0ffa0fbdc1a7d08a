"""`make bench`: prints the tables. `--quick` takes a fifth of the turns; a section may be asked for alone."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from scripts.bench import console, incidents, learning, ours, promises, stock
from scripts.bench.figures import MEGABYTE, describe_commit, describe_machine, percentile

TURNS_ALONE = 300
TURNS_TOGETHER = 1000


SECTIONS = ("promises", "turns", "incidents", "console", "learning")


async def main(*, quick: bool, sections: Sequence[str]) -> None:
    print(f"\n{describe_machine()}; commit {describe_commit()}; {datetime.now(UTC):%Y-%m-%d}\n")
    if "promises" in sections:
        await asyncio.to_thread(promises.print_table)
    if "turns" in sections:
        await print_turns(quick=quick)
    if "incidents" in sections:
        incidents.print_figures(quick=quick)
    if "console" in sections:
        await asyncio.to_thread(console.print_figures, quick=quick)
    if "learning" in sections:
        await learning.print_figures(quick=quick)


async def print_turns(*, quick: bool) -> None:
    """Ownerdesk and stock Rasa under the same load."""
    share = 5 if quick else 1
    alone, together = TURNS_ALONE // share, TURNS_TOGETHER // share
    desk = await ours.measure(alone=alone, together=together)
    print("\n| load | turns | p50 ms | p95 ms | turns a second |\n|---|---|---|---|---|")
    for load in desk.loads:
        print(load.row(), flush=True)
    rasa = await stock.measure(alone=alone, together=together)
    for load in rasa.loads:
        print(load.row())
    ratio = desk.loads[1].per_second / rasa.loads[1].per_second
    p95 = percentile(desk.loads[0].seconds, 95) * 1000
    print(
        f"\nOwnerdesk does {ratio:.2f} times the turns a second of stock Rasa; p95 alone {p95:.0f} ms."
    )
    print("\n| process | memory MB (PSS) | processor ms a turn |\n|---|---|---|")
    for part, size in desk.memory.items():
        print(f"| {part} | {size / MEGABYTE:.0f} | {desk.processor_ms[part]:.1f} |")
    all_memory, all_processor = sum(desk.memory.values()), sum(desk.processor_ms.values())
    print(f"| all | {all_memory / MEGABYTE:.0f} | {all_processor:.1f} |")
    print(f"| stock Rasa | {rasa.memory / MEGABYTE:.0f} | {rasa.processor_ms:.1f} |")
    print(f"\nHow the messages were answered: {desk.answered_how}; jobs left: {desk.open_jobs}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the turns")
    parser.add_argument(
        "section", nargs="*", help=f"of {', '.join(SECTIONS)}; all when none is named"
    )
    asked = parser.parse_args()
    if unknown := set(asked.section) - set(SECTIONS):
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    asyncio.run(main(quick=asked.quick, sections=asked.section or SECTIONS))
