"""What many open pages ask for at once is read and drawn once, and never shown to whom it does not concern."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from markupsafe import Markup
from sqlalchemy.orm import Session

from console import sharing
from console.sharing import SharedCalls, SharedRows
from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal
from ownerdesk.queries.calls import Calls, read_all_calls, read_calls
from ownerdesk.services.handoffs import request_handoff
from tests.make import NOON, Cast, make_appeal, make_cast, make_conversation


def ask_for_people(session: Session, cast: Cast) -> None:
    """One of the project, and one whom nobody knows."""
    stranger = make_conversation(session, chat_id=7900)
    for conversation in (session.merge(cast.conversation), stranger):
        request_handoff(session, conversation, reason="asked", at=NOON)


def test_what_is_shared_is_what_calls_for_each_person_alone(core: Core) -> None:
    here = core.transact_now(make_cast)
    there = core.transact_now(make_cast, code="U", chat_id=7002)
    for cast in (here, here, there):
        core.transact_now(make_appeal, cast)
    gas = core.transact_now(make_appeal, there, nature="emergency", category="gas")
    core.transact_now(ask_for_people, here)
    shared = SharedCalls()
    with core.sessions() as session:
        for member in (here.mara, here.boris, here.ike, there.mara):
            calls = shared.read(session, member, at=NOON, news_id="a-1")
            assert calls == read_calls(session, member, at=NOON), member.name
        mara = shared.read(session, here.mara, at=NOON, news_id="a-1")
        assert (mara.work.open, mara.handoffs, mara.emergencies) == (2, 2, ())
        other = shared.read(session, there.mara, at=NOON, news_id="a-1")
        assert (other.work.open, other.handoffs, other.emergencies) == (2, 1, (gas.id,))


def test_counters_are_read_anew_with_news_or_after_a_second_and_once_for_a_crowd(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = core.transact_now(make_cast)
    readings: list[str] = []

    def read(session: Session, *, at: object) -> object:
        readings.append("read")
        return read_all_calls(session, at=NOON)

    monkeypatch.setattr(sharing, "read_all_calls", read)
    monkeypatch.setattr(sharing, "MAX_AGE_SECONDS", 60)
    shared = SharedCalls()

    def look(news_id: str) -> int:
        with core.sessions() as session:
            return shared.read(session, cast.mara, at=NOON, news_id=news_id).work.open

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
    stranger = core.transact_now(make_cast, code="U", chat_id=7002).mara
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
            found = rows.draw(session, cast.mara, ids, draw, **look)  # type: ignore[arg-type]
            assert found == ["received", "received"]
    assert drawn == ids
    core.transact_now(lambda s: setattr(s.get_one(Appeal, first.id), "state", "accepted"))
    with core.sessions() as session:
        found = rows.draw(session, cast.mara, ids, draw, **look)  # type: ignore[arg-type]
        assert found == ["received", "accepted"]
        assert drawn == [*ids, first.id]
        rows.draw(session, cast.mara, ids, draw, **{**look, "language": "es"})  # type: ignore[arg-type]
        later = NOON + timedelta(minutes=1)
        rows.draw(session, cast.mara, ids, draw, **{**look, "at": later})  # type: ignore[arg-type]
        assert len(drawn) == 7
        assert rows.draw(session, stranger, ids, draw, **look) == []  # type: ignore[arg-type]
        assert rows.draw(session, cast.mara, [10**9], draw, **look) == []  # type: ignore[arg-type]


def test_the_sum_of_no_projects_is_nothing(core: Core) -> None:
    nothing = Calls.total([])
    assert nothing == Calls()
    assert nothing.work.open == nothing.handoffs == 0
