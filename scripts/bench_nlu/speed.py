"""How long a reading takes over HTTP: one at a time, and with eight at once."""

from __future__ import annotations

import asyncio
import itertools
import random
import time

from ownerdesk.adapters.labelled_messages import MAIN, read_sets
from ownerdesk.adapters.rasa import RasaClient
from ownerdesk.supervisor.roster import REPOSITORY
from scripts.bench.figures import MEGABYTE, Load, memory_of, percentile
from scripts.bench_nlu.data import SEED
from scripts.bench_nlu.readers import Bench, serve, tell
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
    return table(head, rows)


async def _load(rasa: RasaClient, texts: list[str], *, at_once: int) -> Load:
    """`at_once` readers that each wait for the answer before they ask again."""
    rest = itertools.chain(texts)
    seconds: list[float] = []

    async def keep_reading() -> None:
        for text in rest:
            started = time.perf_counter()
            await rasa.parse(text, timeout=60.0)
            seconds.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(keep_reading() for _ in range(at_once)))
    return Load(f"{at_once} at once", seconds, time.perf_counter() - started)
