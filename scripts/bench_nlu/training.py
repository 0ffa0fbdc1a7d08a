"""How long `ownerdesk train` takes on a fresh data directory, and how much memory at most."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from ownerdesk.supervisor.errors import CannotStart
from ownerdesk.supervisor.roster import REPOSITORY
from scripts.bench.figures import MEGABYTE, memory_of, processor_seconds
from scripts.bench_nlu.data import read_training_messages
from scripts.bench_nlu.readers import Bench, Variant, tell
from scripts.bench_nlu.tables import table

LOOK_EVERY_SECONDS = 0.5
LIMIT_SECONDS = 3 * 3600


async def measure(bench: Bench) -> list[str]:
    head = ["training", "messages", "seconds", "processor seconds", "peak MB (PSS)", "model MB"]
    count = len(read_training_messages())
    rows = []
    for variant in bench.variants:
        if variant.is_deep and not bench.deep_training:
            tell("the training with the deep reader is timed with --deep-training only")
            continue
        tell(f"training ({variant.name})")
        seconds, processor, peak, size = await asyncio.to_thread(_train, variant)
        rows.append(
            [
                variant.name,
                count,
                f"{seconds:.0f}",
                f"{processor:.0f}",
                f"{peak / MEGABYTE:.0f}",
                f"{size / MEGABYTE:.1f}",
            ]
        )
    return table(head, rows)


def _train(variant: Variant) -> tuple[float, float, int, int]:
    """Seconds, processor seconds, the most bytes the whole tree of processes had, and the model's bytes."""
    with tempfile.TemporaryDirectory(prefix="bench-nlu-") as folder:
        environ = os.environ | variant.settings.to_environ() | {"OWNERDESK_DATA": folder}
        log_path = Path(folder) / "bench.log"
        peak, processor = 0, 0.0
        started = time.perf_counter()
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "ownerdesk", "train"],
                cwd=REPOSITORY, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            while process.poll() is None and time.perf_counter() - started < LIMIT_SECONDS:
                try:
                    peak = max(peak, memory_of(process.pid))
                    processor = max(processor, processor_seconds(process.pid))
                except psutil.Error:
                    break
                time.sleep(LOOK_EVERY_SECONDS)
            code = process.wait(60)
        finally:
            process.kill()
        seconds = time.perf_counter() - started
        if code != 0:
            raise CannotStart(f"ownerdesk train failed: {log_path.read_text()[-2000:]}")
        (model,) = (Path(folder) / "models").glob("*.tar.gz")
        return seconds, processor, peak, model.stat().st_size
