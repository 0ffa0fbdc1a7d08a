"""The product's own intent pipeline, trained in the Rasa environment on sentences that somebody brings."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ownerdesk.settings import Settings
from ownerdesk.supervisor.commands import run_to_end
from ownerdesk.supervisor.errors import CannotStart
from ownerdesk.supervisor.reader import open_reader
from ownerdesk.supervisor.roster import REPOSITORY
from ownerdesk.supervisor.training import rasa_environment, rasa_python

Ranking = Sequence[tuple[str, float]]
Report = Callable[[str], None]


@dataclass(frozen=True)
class Evaluation:
    """What was made of the sentences: labels with their probabilities, likeliest first, in the order they came.

    `threshold` was chosen on the training sentences alone.
    """

    rankings: Sequence[Ranking]
    threshold: float
    training_seconds: float
    reading_seconds: float


async def train_and_read(
    settings: Settings,
    training: Sequence[tuple[str, str]],
    sentences: Sequence[str],
    report: Report,
    *,
    with_deep: bool = False,
) -> Evaluation:
    """Train on (sentence, label) pairs and read the sentences. Refuses with CannotStart when that fails.

    Without `with_deep` the fast reader reads alone, even where a deep reader's model is set.
    """
    log_path = settings.data_dir / "log" / "evaluate.log"
    async with contextlib.AsyncExitStack() as stack:
        if with_deep:
            settings = await stack.enter_async_context(open_reader(settings, report))
        else:
            settings = replace(settings, deep_reader_model=None)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="evaluate-")))
        task, answer = folder / "task.json", folder / "answer.json"
        task.write_text(json.dumps({"training": list(training), "sentences": list(sentences)}))
        command = [
            str(rasa_python(REPOSITORY)), "-W", "ignore", "-m", "nlu.evaluation", str(task), str(answer),
        ]  # fmt: skip
        env = rasa_environment(settings, REPOSITORY)
        try:
            await run_to_end(command, env=env, cwd=REPOSITORY, log_path=log_path)
        except CannotStart:
            raise CannotStart(
                f"The pipeline could not learn from these sentences; {log_path} says why."
            ) from None
        found = json.loads(answer.read_text())
    return Evaluation(
        rankings=[[(name, chance) for name, chance in ranking] for ranking in found["rankings"]],
        threshold=found["threshold"],
        training_seconds=found["training_seconds"],
        reading_seconds=found["reading_seconds"],
    )
