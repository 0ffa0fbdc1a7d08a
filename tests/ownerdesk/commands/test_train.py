"""`ownerdesk train` asks the running Ownerdesk, and trains by itself where none runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Example, NluModel, Training
from ownerdesk.queries.trainings import find_training_under_way
from ownerdesk.services import trainings
from ownerdesk.services.heartbeats import beat
from ownerdesk.supervisor import training as supervised
from tests.conftest import NOON
from tests.make import make_staff
from tests.make_models import make_model, put_in
from tests.ownerdesk.commands.conftest import Type


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which files were trained directly."""
    made: list[str] = []

    async def train(settings: Any, root: Path, report: Callable[[str], None]) -> Path:
        path = supervised.model_path(settings, root)
        made.append(path.name)
        return path

    monkeypatch.setattr(supervised, "train", train)
    return made


@pytest.fixture
def running(core: Core) -> int:
    """A trainer gives signs of life, and a model of this version serves. Returns the id of an admin."""

    def make(session: Session) -> int:
        beat(session, "trainer", "here:1", at=datetime.now(UTC))
        put_in(session, make_model(session, core.settings, "1"))
        return make_staff(session, None, "Root", "admin").id

    return core.transact_now(make)


def add_example(session: Session, staff_id: int) -> None:
    session.add(
        Example(
            text="the lift sticks", language="en", intent="help_seeking", category="elevator",
            use="train", source="staff", added_by_id=staff_id, added_at=NOON,
        )
    )  # fmt: skip


def test_where_nothing_runs_it_trains_directly(
    type_command: Type, core: Core, direct: list[str]
) -> None:
    done = type_command("train")
    assert done.returncode == 0, done.stderr
    assert "Trained: " in done.stdout
    assert len(direct) == 1
    assert core.transact_now(lambda s: s.scalar(select(Training))) is None


def test_a_trainer_of_another_version_or_one_that_died_is_not_asked(
    type_command: Type, core: Core, running: int, direct: list[str]
) -> None:
    def change(session: Session) -> None:
        session.scalars(select(NluModel)).one().base = "another"

    core.transact_now(change)
    assert type_command("train").returncode == 0
    assert len(direct) == 1
    assert core.transact_now(find_training_under_way) is None


def test_a_model_that_fits_is_named_and_nothing_is_trained(
    type_command: Type, core: Core, running: int, direct: list[str]
) -> None:
    done = type_command("train")
    assert done.returncode == 0
    assert "This model fits the training data: " in done.stdout
    assert "+1.tar.gz" in done.stdout
    assert core.transact_now(find_training_under_way) is None


@pytest.mark.parametrize("is_forced", [True, False])
def test_the_running_ownerdesk_trains_and_is_followed_to_the_end(
    type_command: Type, core: Core, running: int, direct: list[str],
    monkeypatch: pytest.MonkeyPatch, is_forced: bool,
) -> None:  # fmt: skip
    if not is_forced:  # there is something new to learn
        core.transact_now(add_example, running)

    def go_on(_: float) -> None:
        """The trainer's part, between two looks."""
        core.transact_now(end)

    def end(session: Session) -> None:
        training = find_training_under_way(session)
        assert training is not None
        assert training.started_by_id is None
        make_model(session, core.settings, "2", training_id=training.id)
        trainings.end_training(session, training.id, at=NOON)

    monkeypatch.setattr(time, "sleep", go_on)
    done = type_command("train", *(["--force"] if is_forced else []))
    assert done.returncode == 0, done.stderr
    assert "queued, 0 %" in done.stdout
    assert "+2.tar.gz" in done.stdout
    assert "/settings/models/2" in done.stdout
    assert direct == []


def test_a_training_that_fails_is_an_exit_code_with_the_reason(
    type_command: Type, core: Core, running: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(session: Session) -> None:
        training = find_training_under_way(session)
        assert training is not None
        trainings.fail_training(session, training.id, "the data set: few greet (1)", at=NOON)

    monkeypatch.setattr(time, "sleep", lambda _: core.transact_now(fail))
    done = type_command("train", "--force")
    assert done.returncode != 0
    assert "few greet (1)" in done.stderr


def test_who_presses_ctrl_c_cancels_it(
    type_command: Type, core: Core, running: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    done = type_command("train", "--force")
    assert done.returncode != 0
    training = core.transact_now(lambda s: s.scalars(select(Training)).one())
    assert (training.state, training.is_cancelled) == ("cancelled", True)


def test_one_that_is_under_way_is_said_with_who_was_first(
    type_command: Type, core: Core, running: int
) -> None:
    from ownerdesk.queries.staff import get_staff_member

    core.transact_now(
        lambda s: trainings.request_training(s, by=get_staff_member(s, running), at=NOON)
    )
    done = type_command("train", "--force")
    assert done.returncode != 0
    assert "Root was first" in done.stderr
