"""`ownerdesk classify` alarms by the company's own emergency phrases too, and needs no database."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.rules.emergency_phrases import in_service
from ownerdesk.rules.emergency_phrases.lexicon import Phrase
from ownerdesk.rules.emergency_phrases.trials import Labelled
from ownerdesk.rules.readings import Reading
from ownerdesk.services.emergency_phrases import add_phrase, put_into_service, try_draft
from ownerdesk.supervisor import reading as supervised
from tests.make import NOON, make_reading, make_staff
from tests.ownerdesk.commands.conftest import Type

OWN = "There is dragon breath in the kitchen"
SHIPPED = "The kitchen is on fire"
DAILY = "The lamp in the kitchen flickers"
TESTS = [Labelled("t", "1", OWN, "en", is_danger=True)]


class CalmRasa:
    """Reads every message as a question."""

    async def parse_many(self, texts: Sequence[str], **_: Any) -> list[Reading]:
        return [make_reading("consultation") for _ in texts]


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.asynccontextmanager
    async def open_rasa(*_: Any) -> AsyncIterator[CalmRasa]:
        yield CalmRasa()

    monkeypatch.setattr(supervised, "open_rasa", open_rasa)
    monkeypatch.setattr(in_service, "_now", None)


def put_dragon(session: Session) -> None:
    root = make_staff(session, None, "Root", "admin")
    draft = add_phrase(session, Phrase("en", "on_fire", "dragon breath"), TESTS, by=root, at=NOON)
    try_draft(session, TESTS, by=root, at=NOON)
    put_into_service(session, TESTS, seen=draft.seen_as, by=root, at=NOON)


def alarms(type_command: Type, **environ: str) -> dict[str, tuple[bool, str | None]]:
    result = type_command("classify", typed=f"{OWN}\n{SHIPPED}\n{DAILY}\n", **environ)
    assert result.returncode == 0, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return {line["text"]: (line["alarm"], line["kind"]) for line in lines}


def test_a_phrase_that_only_the_company_knows_alarms_once_it_is_in_service(
    core: Core, type_command: Type
) -> None:
    before = {OWN: (False, None), SHIPPED: (True, "fire"), DAILY: (False, None)}
    assert alarms(type_command) == before
    core.transact_now(put_dragon)
    assert alarms(type_command) == {**before, OWN: (True, "fire")}


@pytest.mark.parametrize("url", ["", "postgresql://nobody@127.0.0.1:9/nothing"])
def test_without_a_database_the_shipped_phrases_alarm(
    type_command: Type, tmp_path: Path, url: str
) -> None:
    found = alarms(type_command, DATABASE_URL=url)
    assert found == {OWN: (False, None), SHIPPED: (True, "fire"), DAILY: (False, None)}
    assert not list(tmp_path.rglob("postgres*")), "nothing was started for it"
