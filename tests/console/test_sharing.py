"""What many open pages ask for at once is read and drawn once, and never shown to whom it does not concern."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from markupsafe import Markup
from sqlalchemy.orm import Session

from console import sharing
from console.sharing import SharedCounts, SharedRows
from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal
from ownerdesk.queries.figures import count_by_project, count_work
from tests.make import NOON, make_appeal, make_cast


def test_shared_counters_are_those_of_each_person_alone(core: Core) -> None:
    here = core.transact_now(make_cast)
    there = core.transact_now(make_cast, code="U", chat_id=7002)
    for cast in (here, here, there):
        core.transact_now(make_appeal, cast)
    counts = SharedCounts()
    with core.sessions() as session:
        for member in (here.mara, here.boris, here.ike, there.mara):
            shared = counts.count(session, member, at=NOON, news_id="a-1")
            assert shared == count_work(session, member, at=NOON), member.name


def test_counters_are_read_anew_with_news_or_after_a_second_and_once_for_a_crowd(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = core.transact_now(make_cast)
    readings: list[str] = []

    def read(session: Session, *, at: object) -> object:
        readings.append("read")
        return count_by_project(session, at=NOON)

    monkeypatch.setattr(sharing, "count_by_project", read)
    monkeypatch.setattr(sharing, "MAX_AGE_SECONDS", 60)
    counts = SharedCounts()

    def look(news_id: str) -> int:
        with core.sessions() as session:
            return counts.count(session, cast.mara, at=NOON, news_id=news_id).open

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(look, ["a-1"] * 8)) == [0] * 8
    assert len(readings) == 1
    core.transact_now(make_appeal, cast)
    assert look("a-1") == 0
    assert look("a-2") == 1
    monkeypatch.setattr(sharing, "MAX_AGE_SECONDS", -1)
    look("a-2")
    assert len(readings) == 3


def test_a_row_is_drawn_once_a_version_a_language_and_a_minute(core: Core) -> None:
    cast = core.transact_now(make_cast)
    first, second = (core.transact_now(make_appeal, cast) for _ in range(2))
    rows = SharedRows()
    drawn: list[int] = []

    def draw(appeal: Appeal) -> Markup:
        drawn.append(appeal.id)
        return Markup(appeal.state)

    look = {"language": "en", "has_many_projects": False, "at": NOON}
    ids = [second.id, first.id]
    with core.sessions() as session:
        for _ in range(2):
            found = rows.draw(session, ids, draw, **look)  # type: ignore[arg-type]
            assert found == ["received", "received"]
    assert drawn == ids
    core.transact_now(lambda s: setattr(s.get_one(Appeal, first.id), "state", "accepted"))
    with core.sessions() as session:
        found = rows.draw(session, ids, draw, **look)  # type: ignore[arg-type]
        assert found == ["received", "accepted"]
        assert drawn == [*ids, first.id]
        rows.draw(session, ids, draw, **{**look, "language": "es"})  # type: ignore[arg-type]
        later = NOON + timedelta(minutes=1)
        rows.draw(session, ids, draw, **{**look, "at": later})  # type: ignore[arg-type]
        assert len(drawn) == 7
        assert rows.draw(session, [10**9], draw, **look) == []  # type: ignore[arg-type]


def test_the_sum_of_no_projects_is_nothing(core: Core) -> None:
    nothing = sharing.WorkCounts.total([])
    assert nothing == replace(nothing, open=0)
    assert nothing.open == nothing.deferred == 0
