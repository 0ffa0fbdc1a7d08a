"""Classifiers compared on a fifth of the training messages that was left out; the test messages play no part.

The work is done in the Rasa environment (`scripts/bench_nlu/in_rasa`); stock DIET has a process of its own.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ownerdesk.rules.natures import Nature, confidence_by_nature, nature_of
from ownerdesk.rules.scoring import accuracy, macro_f1
from ownerdesk.settings import Settings
from ownerdesk.supervisor.commands import run_to_end
from ownerdesk.supervisor.roster import REPOSITORY
from ownerdesk.supervisor.training import rasa_environment, rasa_python
from scripts.bench_nlu.data import Labelled, read_training_messages, split
from scripts.bench_nlu.readers import Bench, tell
from scripts.bench_nlu.tables import percent, table

FALSE_ALARMS = 0.05
LEAST_CHANCE = 1e-6


async def measure(bench: Bench) -> list[str]:
    learnt, left_out = split(read_training_messages(), bench.most_messages)
    found: list[dict[str, Any]] = []
    for part in ("classic", "diet"):
        tell(f"comparing ({part})")
        found += await _run(bench, part, learnt, left_out)
    head = [
        f"{len(learnt)} messages learnt, {len(left_out)} read", "nature", "macro-F1",
        f"emergency recall at {FALSE_ALARMS:.0%} false alarms", "log loss", "fit s", "ms a message",
    ]  # fmt: skip
    truths = [str(nature_of(intent)) for _, intent in left_out]
    return table(head, [_row(one, truths) for one in found])


async def _run(
    bench: Bench, part: str, learnt: Sequence[Labelled], left_out: Sequence[Labelled]
) -> list[dict[str, Any]]:
    settings: Settings = replace(bench.settings, deep_reader_model=None)
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        task, answer = Path(folder) / "task.json", Path(folder) / "answer.json"
        content = {
            "training": learnt,
            "sentences": [text for text, _ in left_out],
            "epochs": bench.epochs,
        }
        task.write_text(json.dumps(content))
        await run_to_end(
            [
                str(rasa_python(REPOSITORY)), "-W", "ignore", "-m", "scripts.bench_nlu.in_rasa",
                part, str(task), str(answer),
            ],
            env=rasa_environment(settings, REPOSITORY),
            cwd=REPOSITORY,
            log_path=settings.data_dir / "log" / f"compare-{part}.log",
        )  # fmt: skip
        rows: list[dict[str, Any]] = json.loads(answer.read_text())
        return rows


def _row(found: Mapping[str, Any], truths: Sequence[str]) -> list[object]:
    """`chances` has a row of intent probabilities for each message."""
    rankings = [dict(zip(found["intents"], row, strict=True)) for row in found["chances"]]
    read = [str(nature_of(max(one, key=lambda name: one[name]))) for one in rankings]
    natures = [confidence_by_nature(one) for one in rankings]
    surprise = [
        -math.log(max(chances[Nature(truth)], LEAST_CHANCE))
        for chances, truth in zip(natures, truths, strict=True)
    ]
    return [
        found["name"],
        percent(accuracy(truths, read)),
        percent(macro_f1(truths, read)),
        percent(_recall([chances[Nature.EMERGENCY] for chances in natures], truths)),
        f"{sum(surprise) / len(surprise):.3f}",
        f"{found['fit_seconds']:.0f}",
        f"{found['reading_ms']:.1f}",
    ]


def _recall(danger: Sequence[float], truths: Sequence[str]) -> float | None:
    """Of the emergencies, at the bar that the allowed share of the other messages passes."""
    harmless = sorted(
        (chance for chance, truth in zip(danger, truths, strict=True) if truth != Nature.EMERGENCY),
        reverse=True,
    )
    dangers = [
        chance for chance, truth in zip(danger, truths, strict=True) if truth == Nature.EMERGENCY
    ]
    if not harmless or not dangers:
        return None
    bar = harmless[int(len(harmless) * FALSE_ALARMS)]
    return sum(chance > bar for chance in dangers) / len(dangers)
