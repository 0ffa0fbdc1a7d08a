"""A training that goes wrong ends with its reason and leaves what serves alone; what is exported is what was taught."""

from __future__ import annotations

import asyncio
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Example, NluModel, Training
from ownerdesk.rules.dataset_checks import Taught
from ownerdesk.rules.gates import find_closed
from ownerdesk.rules.model_reports import TAUGHT, changes
from ownerdesk.rules.scoring import Judged, Truth
from ownerdesk.services import trainings as service
from ownerdesk.supervisor import training as supervised
from ownerdesk.supervisor.errors import CannotStart
from tests.conftest import NOON
from tests.make import Cast, make_reading
from trainer import training
from trainer.data import describe, export, read_base, read_tests
from trainer.training import Progress, run_training

Disk = namedtuple("Disk", "total used free")


def add_example(
    session: Session, cast: Cast, words: str, intent: str = "help_seeking", **more: Any
) -> Example:
    fields = {"language": "en", "category": "elevator", "use": "train", "source": "staff"} | more
    example = Example(text=words, intent=intent, added_by_id=cast.boris.id, added_at=NOON, **fields)
    session.add(example)
    session.flush()
    return example


def begin(session: Session, cast: Cast) -> int:
    training_id = service.request_training(session, by=cast.boris, at=NOON).id
    assert service.begin_training(session, training_id, at=NOON)
    return training_id


def end_of(core: Core, training_id: int) -> tuple[str, str | None]:
    with core.sessions() as session:
        row = session.get_one(Training, training_id)
        assert session.query(NluModel).count() == 0
        return row.state, row.error


@pytest.fixture
def trains(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Rasa's own part, replaced by one that fails as told."""
    monkeypatch.setattr(training, "PROGRESS_SECONDS", 0.02)

    def fail_with(error: BaseException) -> None:
        async def train(*_: Any, **__: Any) -> Path:
            raise error

        monkeypatch.setattr(supervised, "train", train)

    return fail_with


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (CannotStart("Rasa could not train a model; it ends: broken YAML"), "broken YAML"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_a_training_that_fails_says_why(
    core: Core, cast: Cast, trains: Callable[[BaseException], None], error: Exception, said: str
) -> None:
    training_id = core.transact_now(begin, cast)
    trains(error)
    asyncio.run(run_training(core, training_id))
    state, reason = end_of(core, training_id)
    assert state == "failed"
    assert said in (reason or "")


def test_a_class_of_one_example_is_refused_before_anything_is_trained(
    core: Core, cast: Cast, trains: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    core.transact_now(add_example, cast, "good evening to you", "greet")
    base = [Taught(None, f"word {n}", "en", "help_seeking", "noise") for n in range(9)]
    monkeypatch.setattr(training, "read_base", lambda: base)
    trains(AssertionError("nothing is trained"))
    training_id = core.transact_now(begin, cast)
    asyncio.run(run_training(core, training_id))
    assert end_of(core, training_id) == ("failed", "the data set: few greet (1)")


def test_an_empty_data_set_is_refused(
    core: Core, cast: Cast, trains: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "read_base", list)
    trains(AssertionError("nothing is trained"))
    training_id = core.transact_now(begin, cast)
    asyncio.run(run_training(core, training_id))
    assert end_of(core, training_id)[1] == "the data set: nothing  (0)"


def test_a_full_disk_is_noticed_before(
    core: Core, cast: Cast, trains: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Disk(10, 9, 1))
    trains(AssertionError("nothing is trained"))
    training_id = core.transact_now(begin, cast)
    asyncio.run(run_training(core, training_id))
    assert end_of(core, training_id) == ("failed", "less than 2 GB of disk are free")


def test_cancelling_ends_the_training_and_its_process(
    core: Core, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "PROGRESS_SECONDS", 0.02)
    ended = []
    begun = asyncio.Event()

    async def train(*_: Any, **__: Any) -> Path:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)
        raise AssertionError

    monkeypatch.setattr(supervised, "train", train)
    training_id = core.transact_now(begin, cast)

    def press(session: Session) -> None:
        row = session.get_one(Training, training_id)
        service.cancel_training(session, row, by=cast.boris, at=NOON)

    async def walk() -> None:
        running = asyncio.create_task(run_training(core, training_id))
        await asyncio.wait_for(begun.wait(), 60)
        await core.transact(press)
        await asyncio.wait_for(running, 20)

    asyncio.run(walk())
    assert end_of(core, training_id)[0] == "cancelled"
    assert ended == [True]


def test_the_log_of_rasa_tells_how_far_it_is() -> None:
    progress = Progress()
    assert progress.seconds_left is None
    for line in (
        "2026-11-26 04:02:35 INFO     rasa.engine.training.hooks  - Starting to train component 'NgramFeaturizer'.",
        "2026-11-26 04:02:49 INFO     rasa.engine.training.hooks  - Finished training component 'NgramFeaturizer'.",
        "something else",
    ):
        progress.hear(line)
    assert progress.stage == "NgramFeaturizer"
    assert progress.done == pytest.approx(0.15 * 0.85)
    assert progress.seconds_left is not None
    assert progress.take_lines().count("\n") == 1
    assert progress.take_lines() == ""
    for _ in range(20):
        progress.hear("x - Finished training component 'LabelClassifier'.")
    assert progress.done == 0.85


def test_what_is_exported_is_what_was_taught_and_marks_of_rasa_mean_nothing(
    core: Core, cast: Cast, tmp_path: Path
) -> None:
    def make(session: Session) -> list[Example]:
        return [
            add_example(session, cast, 'the [lift](unit) says {no}: "out"\nagain'),
            add_example(
                session,
                cast,
                "着火了",
                "emergency",
                language="zh",
                category="fire_safety",
                kind="fire",
            ),
            add_example(session, cast, "- not: a list", "dissatisfaction", category="noise"),
        ]

    examples = core.transact_now(make)
    folder = export(examples, tmp_path / "nlu" / "1")
    export(examples[:2], folder)  # made anew, not added to
    read = {path.stem: yaml.safe_load(path.read_text())["nlu"] for path in folder.glob("*.yml")}
    assert read == {
        "en": [
            {
                "intent": "help_seeking",
                "examples": [
                    {
                        "text": 'the (lift)(unit) says (no): "out" again',
                        "metadata": {"category": "elevator"},
                    }
                ],
            }
        ],
        "zh": [
            {
                "intent": "emergency",
                "examples": [
                    {"text": "着火了", "metadata": {"category": "fire_safety", "kind": "fire"}}
                ],
            }
        ],
    }
    assert not list(tmp_path.glob("nlu/.*"))


def test_the_description_changes_with_every_example(core: Core, cast: Cast) -> None:
    def make(session: Session) -> list[Example]:
        return [add_example(session, cast, f"the lift hums {n}") for n in range(2)]

    one, two = core.transact_now(make)
    first, second = describe([one], 10, "base"), describe([one, two], 10, "base")
    assert first["hash"] != second["hash"] != describe([one, two], 10, "other")["hash"]
    assert second["own_by_intent"] == {"help_seeking": 2}


def test_the_repository_teaches_and_tests_by_itself(core: Core, cast: Cast) -> None:
    assert len(read_base()) > 20_000
    assert set(read_tests([])) == {"Test messages", "Second set", "Other languages"}
    example = core.transact_now(add_example, cast, "the lift hums", use="test")
    [truth] = read_tests([example])["Real messages"]
    assert (truth.nature, truth.category) == ("help_seeking", "elevator")


def add_model(session: Session, file: str, state: str) -> int:
    model = NluModel(file=file, size=1, base="b", made_at=NOON, data={}, state=state)
    session.add(model)
    session.flush()
    return model.id


def test_a_brought_model_is_measured_with_the_one_in_service(
    core: Core, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[int] = []

    async def report(_: Core, model_id: int, tests: object) -> None:
        measured.append(model_id)

    monkeypatch.setattr(training, "report", report)
    served = core.transact_now(add_model, "old.tar.gz", "in_service")
    brought = core.transact_now(add_model, "new.tar.gz", "candidate")
    gone = core.transact_now(add_model, "gone.tar.gz", "pruned")
    asyncio.run(training.report_on_model(core, brought))
    asyncio.run(training.report_on_model(core, gone))
    assert measured == [brought, served], "it had read no test messages, or others"


def test_a_model_that_cannot_be_measured_says_why_and_is_no_broken_job(
    core: Core, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def report(*_: object) -> None:
        raise CannotStart("Rasa ended while starting")

    monkeypatch.setattr(training, "report", report)
    model_id = core.transact_now(add_model, "new.tar.gz", "candidate")
    asyncio.run(training.report_on_model(core, model_id))
    with core.sessions() as session:
        model = session.get_one(NluModel, model_id)
        assert (model.state, model.error) == ("candidate", "Rasa ended while starting")


def test_the_model_in_service_reads_what_was_taught_since_without_reading_all_tests_again(
    core: Core, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the report of a candidate can say which corrections came through."""
    asked: dict[str, list[list[str]]] = {}

    async def have_read(
        _: Core, path: Path, sets: dict[str, list[Truth]]
    ) -> tuple[dict[str, list[Judged]], float, float]:
        asked.setdefault(path.name, []).append(sorted(sets))
        read_as = "help_seeking" if path.name == "old.tar.gz" else "dissatisfaction"
        judged = {
            name: [judge_as(truth, truth.nature if name != TAUGHT else read_as) for truth in truths]
            for name, truths in sets.items()
        }
        return judged, 1.0, 1.0

    monkeypatch.setattr(training, "_have_read", have_read)
    served = core.transact_now(add_model, "old.tar.gz", "in_service")
    first = core.transact_now(add_model, "first.tar.gz", "candidate")
    asyncio.run(training.report_on_model(core, first))
    core.transact_now(add_example, cast, "nine days for a bulb, bravo", "dissatisfaction")
    second = core.transact_now(add_model, "second.tar.gz", "candidate")
    asyncio.run(training.report_on_model(core, second))

    tests = sorted(read_tests([]))
    everything = sorted([*tests, TAUGHT])
    assert asked == {
        "first.tar.gz": [tests],
        "old.tar.gz": [tests, [TAUGHT]],
        "second.tar.gz": [everything],
    }
    with core.sessions() as session:
        old, new = session.get_one(NluModel, served), session.get_one(NluModel, second)
        assert old.reads_as is not None
        assert new.reads_as is not None
        assert set(old.reads_as) == set(new.reads_as) == set(everything)
        assert set((new.report or {})["sets"]) == set(tests)
        [(name, _, was, now)] = changes(old.reads_as, new.reads_as)
        assert (name, was[0], now[0]) == (TAUGHT, "help_seeking", "dissatisfaction")
        assert find_closed(new.report, old.report) == []


def judge_as(truth: Truth, nature: str) -> Judged:
    reading = make_reading(nature)
    return Judged(truth, None, reading, reading)


def test_a_training_that_is_begun_again_after_its_model_was_whole_only_makes_the_report(
    core: Core, cast: Cast, trains: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file may be in service by then; nobody writes over it."""
    reported: list[int] = []

    async def report(_: Core, model_id: int, tests: object) -> None:
        reported.append(model_id)

    monkeypatch.setattr(training, "report", report)
    trains(AssertionError("it is not trained again"))
    training_id = core.transact_now(begin, cast)

    def finish(session: Session) -> int:
        return service.finish_model(
            session, training_id, file="b+1.tar.gz", size=1, base="b", data={}, at=NOON
        ).id

    model_id = core.transact_now(finish)
    core.settings.models_dir.mkdir(parents=True, exist_ok=True)
    (core.settings.models_dir / "b+1.tar.gz").write_bytes(b"whole")
    assert core.transact_now(service.begin_training, training_id, at=NOON)
    asyncio.run(run_training(core, training_id))
    assert reported == [model_id]
    with core.sessions() as session:
        assert session.get_one(Training, training_id).state == "done"


def test_a_job_that_comes_back_while_its_training_still_runs_begins_no_second_one(
    core: Core, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine a heartbeat is late, and others give the job back as that of a dead process."""
    jobs = core.make_jobs()
    training.add_training_job(jobs, core)
    job = jobs.tasks["train_model"]
    training_id = core.transact_now(lambda s: service.request_training(s, by=None, at=NOON).id)
    begun: list[int] = []

    async def walk() -> None:
        goes_on, has_begun = asyncio.Event(), asyncio.Event()

        async def run(_: Core, training_id: int) -> None:
            begun.append(training_id)
            has_begun.set()
            await goes_on.wait()

        monkeypatch.setattr(training, "run_training", run)
        first = asyncio.create_task(job(training_id))
        await asyncio.wait_for(has_begun.wait(), 20)
        second = asyncio.create_task(job(training_id))
        await asyncio.sleep(0.1)
        assert not second.done(), (
            "it ends with the training, so that a real death is noticed until then"
        )
        goes_on.set()
        await asyncio.gather(first, second)

    asyncio.run(walk())
    assert begun == [training_id]
    with core.sessions() as session:
        assert session.get_one(Training, training_id).attempts == 1
