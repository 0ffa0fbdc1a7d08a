"""`make bench-nlu`: prints the tables. Each section can be run alone: `python -m scripts.bench_nlu quality`.

With DEEP_READER_MODEL set, what can be read deeply is measured with and without.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import sys
from datetime import UTC, datetime

from ownerdesk.cli import REPOSITORY
from ownerdesk.settings import load_env_file, load_settings
from ownerdesk.supervisor.errors import CannotStart
from scripts.bench.figures import describe_commit, describe_machine
from scripts.bench_nlu import compare, curve, hint3, quality, speed, training
from scripts.bench_nlu.data import SEED
from scripts.bench_nlu.readers import Bench

SECTIONS = {
    "quality": quality.measure,
    "speed": speed.measure,
    "training": training.measure,
    "hint3": hint3.measure,
    "curve": curve.measure,
}
# The comparison of classifiers belongs to a decision record and takes much longer than the rest.
ALONE = {"compare": compare.measure}


async def main(args: argparse.Namespace) -> None:
    bench = Bench(load_settings(), args.epochs, args.messages, args.deep_training)
    print(
        f"\n{describe_machine()}; commit {describe_commit()}; seed {SEED}; {datetime.now(UTC):%Y-%m-%d}"
    )
    for name in args.sections or SECTIONS:
        section = (SECTIONS | ALONE)[name]
        about = inspect.getdoc(inspect.getmodule(section)) or ""
        print(f"\n### {name}\n\n{about.splitlines()[0]}\n", flush=True)
        for line in await section(bench):
            print(line, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="scripts.bench_nlu", description=__doc__)
    parser.add_argument(
        "sections",
        nargs="*",
        choices=[*SECTIONS, *ALONE],
        help="all but compare when none is named",
    )
    parser.add_argument("--epochs", type=int, default=40, help="of DIET in compare (40)")
    parser.add_argument(
        "--messages", type=int, help="use only so many training messages in curve and compare"
    )
    parser.add_argument(
        "--deep-training", action="store_true", help="time a training with the deep reader too"
    )
    load_env_file(REPOSITORY / ".env")
    try:
        asyncio.run(main(parser.parse_args()))
    except CannotStart as error:
        sys.exit(f"bench-nlu: {error}")
