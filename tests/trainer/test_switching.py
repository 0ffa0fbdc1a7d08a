"""All Rasas read with the same model, or with the one before."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import NluModel
from ownerdesk.services import nlu_models as service
from ownerdesk.supervisor.roster import REPOSITORY
from ownerdesk.supervisor.training import (
    IN_SERVICE,
    find_model_in_service,
    model_base,
    model_path,
    point_at,
)
from tests.conftest import NOON
from tests.make import Cast
from tests.trainer.conftest import FakeRasa, serve
from trainer import switching

BASE = "base"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switching, "PAUSES_SECONDS", (0.01, 0.01))
    monkeypatch.setattr(switching, "STEP_SECONDS", 0.02)


def make_two(session: Session, core: Core) -> tuple[NluModel, NluModel]:
    """One in service and a candidate, both with files."""
    core.settings.models_dir.mkdir(parents=True, exist_ok=True)
    for name in ("old", "new"):
        (core.settings.models_dir / f"{name}.tar.gz").write_bytes(b"model")
    old = service.register_model(session, file="old.tar.gz", size=5, base=BASE, data={}, at=NOON)
    new = NluModel(
        file="new.tar.gz", size=5, base=BASE, made_at=NOON, data={}, state="candidate",
        report={"sets": {}},
    )  # fmt: skip
    session.add(new)
    session.flush()
    return old, new


def ask(session: Session, cast: Cast, core: Core) -> int:
    _, new = make_two(session, core)
    return service.put_into_service(session, new, by=cast.boris, base=BASE, at=NOON).id


def states(core: Core) -> dict[str, str]:
    with core.sessions() as session:
        return {model.file: model.state for model in session.query(NluModel)}


def play(core: Core, rasas: list[FakeRasa], walk: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        servers = await serve(core, *rasas)
        try:
            await walk()
        finally:
            for server in servers:
                await server.close()

    asyncio.run(run())


def test_every_replica_gets_the_model_and_the_pointer_follows(core: Core, cast: Cast) -> None:
    switch_id = core.transact_now(ask, cast, core)
    rasas = [FakeRasa("old.tar.gz"), FakeRasa("old.tar.gz")]
    rasas[1].away = 1  # being started anew

    async def walk() -> None:
        await switching.switch(core, switch_id)
        await switching.switch(core, switch_id)  # delivered twice

    play(core, rasas, walk)
    assert [rasa.loaded for rasa in rasas] == [["new.tar.gz"], ["new.tar.gz"]]
    assert states(core) == {"old.tar.gz": "retired", "new.tar.gz": "in_service"}
    assert os.readlink(core.settings.models_dir / IN_SERVICE) == "new.tar.gz"


def test_one_replica_that_will_not_sends_all_back(core: Core, cast: Cast) -> None:
    switch_id = core.transact_now(ask, cast, core)
    rasas = [FakeRasa("old.tar.gz"), FakeRasa("old.tar.gz")]
    rasas[1].refuses = {"new.tar.gz"}
    play(core, rasas, lambda: switching.switch(core, switch_id))
    assert [rasa.file for rasa in rasas] == ["old.tar.gz", "old.tar.gz"]
    assert rasas[0].loaded == ["new.tar.gz", "old.tar.gz"]
    assert states(core) == {"old.tar.gz": "in_service", "new.tar.gz": "broken"}
    with core.sessions() as session:
        broken = session.query(NluModel).filter_by(file="new.tar.gz").one()
        assert "it reads nothing" in (broken.error or "")


def test_a_replica_that_comes_back_with_another_model_is_put_right(core: Core, cast: Cast) -> None:
    core.transact_now(make_two, core)
    rasas = [FakeRasa("old.tar.gz"), FakeRasa("stale.tar.gz")]

    async def walk() -> None:
        stopping = asyncio.Event()
        keeping = asyncio.create_task(switching.keep_in_step(core, stopping))
        await asyncio.wait_for(rasas[1].has_loaded.wait(), 5)
        stopping.set()
        await keeping

    play(core, rasas, walk)
    assert [rasa.loaded for rasa in rasas] == [[], ["old.tar.gz"]]


def test_nobody_is_put_right_while_a_switch_is_under_way(core: Core, cast: Cast) -> None:
    core.transact_now(ask, cast, core)
    assert core.transact_now(switching._find_settled) is None


def test_a_start_takes_the_model_in_service_only_when_this_version_can_load_it(core: Core) -> None:
    settings = core.settings
    settings.models_dir.mkdir(parents=True, exist_ok=True)
    assert find_model_in_service(settings, REPOSITORY) is None
    own = model_base(settings, REPOSITORY)
    for name, fits in ((f"{own}+7.tar.gz", True), (model_path(settings, REPOSITORY).name, True),
                       ("older+7.tar.gz", False)):  # fmt: skip
        (settings.models_dir / name).write_bytes(b"model")
        pointer = point_at(settings, name)
        assert (find_model_in_service(settings, REPOSITORY) == pointer) is fits, name
    (settings.models_dir / "older+7.tar.gz").unlink()
    assert find_model_in_service(settings, REPOSITORY) is None
