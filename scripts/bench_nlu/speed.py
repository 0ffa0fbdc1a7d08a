"""How long a reading takes over HTTP: one at a time, with eight at once, and what the deep reader has never seen."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from ownerdesk.adapters.labelled_messages import MAIN, read_sets
from ownerdesk.adapters.rasa import RasaClient
from ownerdesk.settings import Settings
from ownerdesk.supervisor.reading import run_rasa
from ownerdesk.supervisor.roster import REPOSITORY
from ownerdesk.supervisor.training import model_path
from scripts.bench.figures import MEGABYTE, Load, memory_of, percentile
from scripts.bench_nlu.data import SEED
from scripts.bench_nlu.readers import Bench, Variant, serve, tell
from scripts.bench_nlu.tables import table

READINGS = 400
AT_ONCE = 8
WARM_UP = 20


async def measure(bench: Bench) -> list[str]:
    texts = [truth.text for truth in read_sets(REPOSITORY / "tests" / "data")[MAIN]]
    random.Random(SEED).shuffle(texts)  # noqa: S311 - every language in every load
    rows = []
    for variant in bench.variants:
        tell(f"timing readings ({variant.name})")
        async with serve(bench, variant) as own:
            await _load(own.client, texts[-WARM_UP:], at_once=1)
            alone = await _load(own.client, texts[:READINGS], at_once=1)
            together = await _load(own.client, texts[-READINGS:], at_once=AT_ONCE)
            memory = memory_of(own.pid)
        p50, p99 = percentile(alone.seconds, 50) * 1000, percentile(alone.seconds, 99) * 1000
        rows.append(
            [
                variant.name,
                len(alone.seconds),
                f"{p50:.0f}",
                f"{p99:.0f}",
                f"{together.per_second:.1f}",
                f"{memory / MEGABYTE:.0f}",
            ]
        )
    head = [
        "reader", "readings", "p50 ms alone", "p99 ms alone", f"a second, {AT_ONCE} at once",
        "Rasa MB (PSS)",
    ]  # fmt: skip
    lines = table(head, rows)
    for variant in bench.variants:
        if variant.is_deep:
            lines += await _measure_unseen(variant, texts[:READINGS])
    return lines


async def _measure_unseen(variant: Variant, texts: list[str]) -> list[str]:
    """With a data directory of its own no vector is known; one at a time, those that the deep reader was asked about."""
    tell("timing what the deep reader has never seen")
    model = model_path(variant.settings, REPOSITORY)
    with _without_vectors(variant.settings) as fresh:
        async with run_rasa(fresh, model, "bench-nlu", tell) as own:
            await _load(own.client, texts[-WARM_UP:], at_once=1)
            read = await _load(own.client, texts[:-WARM_UP], at_once=1)
            memory = sum(memory_of(pid) for pid in _list_readers())
    if len(read.deep) < 2:
        return [f"The deep reader answered {len(read.deep)} of {len(read.seconds)} readings.", ""]
    times = [f"{percentile(read.deep, share) * 1000:.0f}" for share in (50, 99)]
    head = [
        "never seen", "readings", "read deeply", "p50 ms of these", "p99 ms of these",
        "deep reader MB (PSS)",
    ]  # fmt: skip
    row = [variant.name, len(read.seconds), len(read.deep), *times, f"{memory / MEGABYTE:.0f}"]
    return table(head, [row])


def _list_readers() -> list[int]:
    """The processes of the deep reader that this one started."""
    started = psutil.Process().children(recursive=True)
    return [one.pid for one in started if one.cmdline()[-2:] == ["run", "reader"]]


@contextlib.contextmanager
def _without_vectors(settings: Settings) -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(dir=REPOSITORY / "var") as folder:
        # The database of a directory runs as another user, who has to reach it.
        Path(folder).chmod(0o755)
        yield replace(settings, data_dir=Path(folder), database_url="")


@dataclass(frozen=True)
class Readings(Load):
    """A load of readings; `deep` are the seconds of those that the deep reader was asked about too."""

    deep: Sequence[float]


async def _load(rasa: RasaClient, texts: list[str], *, at_once: int) -> Readings:
    """`at_once` readers that each wait for the answer before they ask again."""
    rest = itertools.chain(texts)
    seconds: list[float] = []
    deep: list[float] = []

    async def keep_reading() -> None:
        for text in rest:
            started = time.perf_counter()
            reading = await rasa.parse(text, timeout=60.0)
            seconds.append(time.perf_counter() - started)
            if reading.reader == "deep":
                deep.append(seconds[-1])

    started = time.perf_counter()
    await asyncio.gather(*(keep_reading() for _ in range(at_once)))
    return Readings(f"{at_once} at once", seconds, time.perf_counter() - started, deep)
