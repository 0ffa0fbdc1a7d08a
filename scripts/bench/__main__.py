"""`make bench`: prints the tables. `--quick` takes a fifth of the turns."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime

from scripts.bench import console, incidents, ours, promises, stock
from scripts.bench.figures import MEGABYTE, describe_commit, describe_machine, percentile

TURNS_ALONE = 300
TURNS_TOGETHER = 1000


async def main(*, quick: bool) -> None:
    share = 5 if quick else 1
    alone, together = TURNS_ALONE // share, TURNS_TOGETHER // share
    print(f"\n{describe_machine()}; commit {describe_commit()}; {datetime.now(UTC):%Y-%m-%d}\n")
    await asyncio.to_thread(promises.print_table)
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
    incidents.print_figures(quick=quick)
    await asyncio.to_thread(console.print_figures, quick=quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the turns")
    asyncio.run(main(quick=parser.parse_args().quick))
