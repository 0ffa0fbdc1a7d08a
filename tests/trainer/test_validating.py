"""Rasa's own word on the export: the real `rasa data validate`, in the environment that trains."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import DataCheck, Example
from ownerdesk.services import examples as service
from tests.conftest import NOON
from tests.make import Cast, make_example
from trainer import checking
from trainer.checking import run_check
from trainer.data import export


@pytest.fixture
def check_id(core: Core, cast: Cast) -> int:
    def write(session: Session) -> int:
        make_example(session, cast, 'the [lift](unit) hums: "{loud}"\nall night')
        make_example(session, cast, "电梯一直响", language="zh")
        check_id = service.request_check(session, by=cast.boris, at=NOON).id
        assert service.begin_check(session, check_id, at=NOON)
        return check_id

    return core.transact_now(write)


def look(core: Core, check_id: int) -> DataCheck:
    with core.sessions() as session:
        return session.get_one(DataCheck, check_id)


def test_rasa_would_train_on_the_export(core: Core, check_id: int) -> None:
    asyncio.run(run_check(core, check_id))
    check = look(core, check_id)
    assert (check.state, check.is_valid, check.error) == ("done", True, None), check.complaints
    log = (core.settings.data_dir / "log" / "validate.log").read_text()
    assert "rasa.validator" in log, "it was Rasa that looked"


def test_a_broken_export_is_a_finding_with_its_reason(
    core: Core, check_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_one(examples: Sequence[Example], folder: Path) -> Path:
        path = export(examples, folder) / "zh.yml"
        path.write_text(path.read_text().rpartition("text")[0] + "text: {broken\n")
        return folder

    monkeypatch.setattr(checking, "export", break_one)
    asyncio.run(run_check(core, check_id))
    check = look(core, check_id)
    assert (check.state, check.is_valid) == ("done", False)
    [reason] = check.complaints
    assert reason.startswith(f"YamlSyntaxException: Failed to read 'nlu/check-{check_id}/zh.yml'.")
    assert "line 6" in reason
    assert "\x1b" not in reason
