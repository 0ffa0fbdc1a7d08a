"""One training from the first check to the report. Whatever goes wrong is its end, and the model in service stays."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import procrastinate
from sqlalchemy.orm import Session

from ownerdesk.adapters.labelled_messages import judge
from ownerdesk.adapters.priorities import LOW
from ownerdesk.adapters.rasa import RasaRefused, RasaUnavailable
from ownerdesk.bootstrap import Core
from ownerdesk.jobs import BACKOFF
from ownerdesk.model import Example, NluModel
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.emergency_phrases import refresh_phrases
from ownerdesk.queries.trainings import (
    find_model_in_service,
    find_model_of,
    get_model,
    list_examples,
)
from ownerdesk.rules.dataset_checks import Taught, check_examples
from ownerdesk.rules.model_reports import TAUGHT, list_outdated, readings_of, report_on
from ownerdesk.rules.scoring import Judged, Truth
from ownerdesk.services import jobs as tasks
from ownerdesk.services import model_files
from ownerdesk.services import trainings as service
from ownerdesk.services.live import announce
from ownerdesk.supervisor import training as supervised
from ownerdesk.supervisor.errors import CannotStart
from ownerdesk.supervisor.reading import run_rasa
from ownerdesk.supervisor.roster import REPOSITORY
from trainer.data import describe, export, read_base, read_tests, read_truths

logger = logging.getLogger(__name__)

NEEDED_BYTES = 2 * 1024**3
PROGRESS_SECONDS = 1.0
# Which part of a training each step of Rasa's takes, measured with 21,970 messages on two cores.
STEPS = {
    "SentenceVectorFeaturizer": 0.05,
    "NgramFeaturizer": 0.15,
    "TwoReaderIntentClassifier": 0.35,
    "LabelClassifier": 0.15,
}
MOST_TAUGHT = 1000  # of the company's own, the latest: each is read by the new model and by the one in service
TRAINED_PART = 0.85  # the rest is the report
_FINISHED = re.compile(r"Finished training component '(\w+)'")


class Cancelled(Exception):
    """Somebody pressed cancel."""


@dataclass
class Progress:
    """How far a training is, from the lines of Rasa's log."""

    started: float = field(default_factory=time.monotonic)
    stage: str = "preparing"
    done: float = 0.0
    lines: list[str] = field(default_factory=list)

    def hear(self, line: str) -> None:
        found = _FINISHED.search(line)
        if found:
            self.stage = found[1]
            self.done = min(self.done + STEPS.get(found[1], 0.02) * TRAINED_PART, TRAINED_PART)
        if found or "Starting to train" in line or "deep reader:" in line:
            self.lines.append(line.split(" - ", 1)[-1])

    @property
    def seconds_left(self) -> int | None:
        if self.done < 0.1:
            return None
        passed = time.monotonic() - self.started
        return round(passed * (1 - self.done) / self.done)

    def take_lines(self) -> str:
        text, self.lines = "\n".join(self.lines), []
        return text


def add_training_job(jobs: procrastinate.App, core: Core) -> None:
    """A job that comes back because its process died begins the training again once."""

    under_way: dict[int, asyncio.Event] = {}

    @jobs.task(name=tasks.TRAIN_MODEL, queue="training", retry=BACKOFF)
    async def train(training_id: int) -> None:
        if (ended := under_way.get(training_id)) is not None:
            # Our heartbeat was late, so that others took us for dead. Begun again it would be trained twice at once.
            await ended.wait()
            return
        under_way[training_id] = asyncio.Event()
        try:
            if await core.transact(service.begin_training, training_id, at=core.clock()):
                await run_training(core, training_id)
        finally:
            under_way.pop(training_id).set()


def add_report_job(jobs: procrastinate.App, core: Core) -> None:
    """A candidate that somebody brought, or one measured with test messages that have changed since."""

    @jobs.task(name=tasks.REPORT_ON_MODEL, queue="training", retry=BACKOFF)
    async def report_on(model_id: int) -> None:
        await report_on_model(core, model_id)


async def report_on_model(core: Core, model_id: int) -> None:
    """Where that fails, the reason stands at the model. Thrown away meanwhile it is nothing to report on."""
    model = await core.transact(get_model, model_id)
    if model.state == "pruned":
        return
    real = await core.transact(list_examples, use="test")
    tests = await asyncio.to_thread(read_tests, real)
    tests |= _taught(await core.transact(list_examples, use="train"))
    try:
        await report(core, model_id, tests)
    except (CannotStart, OSError, RasaRefused, RasaUnavailable) as error:
        logger.warning("model %d could not be measured: %s", model_id, type(error).__name__)
        await core.transact(model_files.note_unmeasured, model_id, str(error))
        return
    await _measure_served_again(core, tests)


async def run_training(core: Core, training_id: int) -> None:
    """Train, follow, report. What fails for a reason ends the training with that reason."""
    progress = Progress()
    work = asyncio.create_task(_train(core, training_id, progress))
    try:
        while not work.done():
            await asyncio.wait([work], timeout=PROGRESS_SECONDS)
            goes_on = await core.transact(
                service.note_progress,
                training_id,
                stage=progress.stage,
                progress=progress.done,
                seconds_left=progress.seconds_left,
                line=progress.take_lines(),
            )
            if not goes_on:
                raise Cancelled
        await work
    except (
        CannotStart, OSError, UnfitForTraining, Cancelled, RasaRefused, RasaUnavailable,
    ) as error:  # fmt: skip
        logger.warning("training %d ended: %s", training_id, type(error).__name__)
        await core.transact(
            service.fail_training, training_id, str(error) or "cancelled", at=core.clock()
        )
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


class UnfitForTraining(Exception):
    """The data set itself; the text says what."""


async def _train(core: Core, training_id: int, progress: Progress) -> None:
    settings = core.settings
    examples = await core.transact(list_examples, use="train")
    real = await core.transact(list_examples, use="test")
    tests = await asyncio.to_thread(read_tests, real)
    base = await asyncio.to_thread(read_base)
    categories = await core.transact(read_categories)
    await asyncio.to_thread(_check, base, examples, tests, categories.taught)
    model = await core.transact(find_model_of, training_id)
    if model is None or not (settings.models_dir / model.file).exists():
        model = await _make_model(core, training_id, progress, examples, base_count=len(base))
    progress.stage, progress.done = "report", TRAINED_PART
    tests |= _taught(examples)
    await report(core, model.id, tests)
    progress.done = (1 + TRAINED_PART) / 2
    await _measure_served_again(core, tests)
    progress.stage, progress.done = "done", 1.0
    await core.transact(service.end_training, training_id, at=core.clock())


async def _make_model(
    core: Core,
    training_id: int,
    progress: Progress,
    examples: Sequence[Example],
    *,
    base_count: int,
) -> NluModel:
    """Not done again for a training that was begun again after its model was whole: that file may serve by now."""
    settings = core.settings
    if shutil.disk_usage(settings.data_dir).free < NEEDED_BYTES:
        raise UnfitForTraining("less than 2 GB of disk are free")
    folder = await asyncio.to_thread(export, examples, settings.data_dir / "nlu" / str(training_id))
    base_name = supervised.model_base(settings, REPOSITORY)
    progress.stage = "training"
    path = await supervised.train(
        settings,
        REPOSITORY,
        lambda text: None,
        more_data=folder if examples else None,
        name=f"{base_name}+{training_id}.tar.gz",
        say_line=progress.hear,
        niceness=LOW,
    )
    shutil.rmtree(folder, ignore_errors=True)
    data = describe(examples, base_count, base_name)
    return await core.transact(
        service.finish_model, training_id, file=path.name, size=path.stat().st_size, base=base_name,
        data=data, at=core.clock(),
    )  # fmt: skip


def _taught(examples: Sequence[Example]) -> dict[str, list[Truth]]:
    truths = read_truths(examples[-MOST_TAUGHT:])
    return {TAUGHT: truths} if truths else {}


async def _measure_served_again(core: Core, tests: dict[str, list[Truth]]) -> None:
    """So that what is beside it in service has read the same messages."""
    current = await core.transact(find_model_in_service)
    if current is None:
        return
    ids = {name: [truth.id for truth in truths] for name, truths in tests.items()}
    outdated = list_outdated(current.reads_as, ids)
    if outdated == [TAUGHT]:
        taught = {TAUGHT: tests.get(TAUGHT, [])}
        judged, _, _ = await _have_read(core, core.settings.models_dir / current.file, taught)
        await core.transact(_keep_taught, current.id, readings_of(judged))
    elif outdated:
        await report(core, current.id, tests)


def _check(
    base: list[Taught],
    examples: list[Example],
    tests: dict[str, list[Truth]],
    categories: Sequence[str],
) -> None:
    own = [Taught(e.id, e.text, e.language, e.intent, e.category) for e in examples]
    texts = [truth.text for truths in tests.values() for truth in truths]
    stops = [
        finding for finding in check_examples([*base, *own], texts, categories) if finding.stops
    ]
    if stops:
        words = ", ".join(
            f"{finding.kind} {finding.subject} ({finding.count})" for finding in stops
        )
        raise UnfitForTraining(f"the data set: {words}")


async def report(core: Core, model_id: int, tests: dict[str, list[Truth]]) -> None:
    """Have a model read all test messages, and keep the figures."""
    model = await core.transact(get_model, model_id)
    judged, loaded, reading = await _have_read(core, core.settings.models_dir / model.file, tests)
    count = sum(map(len, judged.values()))
    # In a thread: while the loop stands still no heartbeat is sent.
    figures = await asyncio.to_thread(report_on, judged) | {
        "loading_seconds": round(loaded, 1),
        "milliseconds_each": round(1000 * reading / max(count, 1), 1),
    }
    await core.transact(_keep_report, model_id, figures, readings_of(judged))


async def _have_read(
    core: Core, path: Path, sets: dict[str, list[Truth]]
) -> tuple[dict[str, list[Judged]], float, float]:
    """Every message as the model of that file reads it, in a Rasa of its own; the seconds of loading and of reading."""
    await core.transact(refresh_phrases)
    started = time.monotonic()
    async with run_rasa(core.settings, path, "report", lambda text: None, niceness=LOW) as own:
        loaded = time.monotonic() - started
        judged = {name: await judge(own.client, truths) for name, truths in sets.items()}
        return judged, loaded, time.monotonic() - started - loaded


def _keep_taught(session: Session, model_id: int, reads_as: dict[str, Any]) -> None:
    model = get_model(session, model_id)
    model.reads_as = {**(model.reads_as or {}), **reads_as}
    announce(session, "model", model=model_id)


def _keep_report(
    session: Session, model_id: int, figures: dict[str, Any], reads_as: dict[str, Any]
) -> None:
    model = get_model(session, model_id)
    model.report, model.reads_as, model.error = figures, reads_as, None
    announce(session, "model", model=model_id)
