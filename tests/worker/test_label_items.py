"""Collecting: what was read is taken as it was read; what was dealt with unread is read by the model alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import procrastinate
import pytest
from procrastinate.testing import InMemoryConnector
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.adapters.rasa import RasaClient, RasaRefused, RasaUnavailable
from ownerdesk.bootstrap import Core
from ownerdesk.model import LabelItem
from ownerdesk.rules.readings import Reading
from ownerdesk.services import jobs as tasks
from tests.make import make_cast, make_message, make_reading
from worker import label_items
from worker.label_items import add_collecting_job

FIRE = "There is a fire in the kitchen, flames everywhere!"


@pytest.fixture
def rasa(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What Rasa answers next: a reading, or an error; with each, what it was asked."""
    answers: list[Any] = []

    async def parse_many(
        self: RasaClient, texts: Sequence[str], *, with_signs: bool = True, **_: Any
    ) -> list[Reading]:
        assert not with_signs, "the model alone is compared with the rules"
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return [answer]

    monkeypatch.setattr(RasaClient, "parse_many", parse_many)
    monkeypatch.setattr(label_items, "encode", lambda words: [1.0] + [0.0] * 511)
    return answers


def run(core: Core, words: str, *, why: str, read: bool = False) -> list[LabelItem]:
    def write(session: Session) -> int:
        message = make_message(session, make_cast(session).conversation, words)
        message.reading = make_reading().as_record() if read else None
        session.flush()
        return message.id

    jobs = procrastinate.App(connector=InMemoryConnector())
    add_collecting_job(jobs, core)
    message_id = core.transact_now(write)
    job = jobs.tasks[tasks.COLLECT_MESSAGE].func
    asyncio.run(job(message_id=message_id, why=why, proposed={}))
    with core.sessions() as session:
        return list(session.scalars(select(LabelItem)))


def test_what_the_rules_raise_and_the_model_would_miss_is_collected(
    core: Core, rasa: list[Any]
) -> None:
    rasa.append(make_reading("consultation"))
    [item] = run(core, FIRE, why="signs")
    assert (item.reasons, item.reading["nature"]) == (["signs"], "consultation")


def test_what_the_rules_raise_and_the_model_sees_too_is_not(core: Core, rasa: list[Any]) -> None:
    rasa.append(make_reading("emergency", kind="fire"))
    assert run(core, FIRE, why="signs") == []


def test_what_was_read_is_not_read_again(core: Core, rasa: list[Any]) -> None:
    [item] = run(core, "the lift hums", why="staff", read=True)
    assert item.reading["nature"] == "help_seeking"


def test_while_rasa_is_away_the_job_comes_back(core: Core, rasa: list[Any]) -> None:
    rasa.append(RasaUnavailable("away"))
    with pytest.raises(RasaUnavailable):
        run(core, FIRE, why="staff")


def test_what_rasa_refuses_is_left(core: Core, rasa: list[Any]) -> None:
    rasa.append(RasaRefused("too long"))
    assert run(core, FIRE, why="staff") == []
