"""A check of the data set keeps what it found, whatever becomes of Rasa's own part."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import DataCheck
from ownerdesk.rules.dataset_checks import Taught
from ownerdesk.services import examples as service
from ownerdesk.supervisor import training as supervised
from ownerdesk.supervisor.errors import CannotStart
from ownerdesk.supervisor.training import list_complaints
from tests.conftest import NOON
from tests.make import Cast, make_example
from trainer import checking
from trainer.checking import run_check


@pytest.fixture
def check_id(core: Core, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> int:
    """One that has begun, over two examples that contradict each other."""
    base = [Taught(None, f"word {n}", "en", intent, "noise") for n in range(9) for intent in ("help_seeking", "thanks")]  # fmt: skip
    monkeypatch.setattr(checking, "read_base", lambda: base)

    def write(session: Session) -> int:
        make_example(session, cast, "the lift hums")
        make_example(session, cast, "The lift hums.", "thanks", category="other")
        check_id = service.request_check(session, by=cast.boris, at=NOON).id
        assert service.begin_check(session, check_id, at=NOON)
        return check_id

    return core.transact_now(write)


def look(core: Core, check_id: int) -> DataCheck:
    with core.sessions() as session:
        return session.get_one(DataCheck, check_id)


def test_what_was_found_and_what_rasa_says_is_kept(
    core: Core, check_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []

    async def validate(
        settings: Any, root: Path, more: Sequence[Path], **_: Any
    ) -> tuple[bool, list[str]]:
        seen.append([path.name for folder in more for path in folder.iterdir()])
        return True, ["a warning"]

    monkeypatch.setattr(supervised, "validate", validate)
    asyncio.run(run_check(core, check_id))
    check = look(core, check_id)
    assert seen == [["en.yml"]], "Rasa is given the very export"
    assert (check.state, check.is_valid, check.complaints) == ("done", True, ["a warning"])
    assert [one["kind"] for one in check.findings] == ["contradiction"]
    assert (check.examples, len(check.findings[0]["ids"])) == (2, 2)
    assert not list((core.settings.data_dir / "nlu").iterdir())


def test_without_rasa_the_check_fails_with_the_reason_and_keeps_what_it_found(
    core: Core, check_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def validate(*_: Any, **__: Any) -> tuple[bool, list[str]]:
        raise CannotStart("The Rasa environment is missing.")

    monkeypatch.setattr(supervised, "validate", validate)
    asyncio.run(run_check(core, check_id))
    check = look(core, check_id)
    assert (check.state, check.error) == ("failed", "The Rasa environment is missing.")
    assert len(check.findings) == 1


def test_a_check_whose_trainer_died_twice_has_failed_and_another_can_be_asked_for(
    core: Core, cast: Cast, check_id: int
) -> None:
    assert core.transact_now(service.begin_check, check_id, at=NOON)
    assert not core.transact_now(service.begin_check, check_id, at=NOON)
    assert look(core, check_id).state == "failed"
    assert core.transact_now(service.request_check, by=cast.boris, at=NOON).state == "queued"


def test_of_rasas_log_only_what_it_complains_of_is_kept() -> None:
    lines = [
        "2026-11-26 07:19:57 INFO     rasa.validator  - Validating intents...",
        "2026-11-26 07:19:57 WARNING  rasa.validator  - The intent 'x' is not used.",
        "/srv/desk/rasa/shared/io.py:99: UserWarning: Issue in '/srv/desk/nlu/data/en.yml'",
        "  More info at a page.",
        "2026-11-26 07:19:57 WARNING  rasa.validator  - The intent 'x' is not used.",
        "\x1b[91mYamlSyntaxException: Failed to read '/srv/data/nlu/en.yml'. while parsing a flow",
        '  in "/srv/data/nlu/en.yml", line 7, column 3',
        "",
        "You can use a page to validate it.\x1b[0m",
    ]
    assert list_complaints(lines, Path("/srv/data"), Path("/srv/desk")) == [
        "The intent 'x' is not used.",
        "Issue in 'nlu/data/en.yml'",
        "YamlSyntaxException: Failed to read 'nlu/en.yml'. while parsing a flow"
        ' in "nlu/en.yml", line 7, column 3',
    ]
