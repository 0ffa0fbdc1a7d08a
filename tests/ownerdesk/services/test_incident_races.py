"""Two at once: one incident is made, confirmed and resolved, and nobody hears anything twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Incident, Message
from ownerdesk.queries.incidents import count_reporting, get_incident
from ownerdesk.rules.refusals import IncidentOver
from ownerdesk.services.incident_search import look_for_incident
from ownerdesk.services.incidents import confirm_incident, resolve_incident
from ownerdesk.settings import Settings
from tests.conftest import Clock
from tests.make import NOON, Cast, make_cast
from tests.neighbours import all_incidents, encode, make_neighbours, only_incident, report
from tests.ownerdesk.services.test_races import at_once, fresh


@pytest.fixture
def core(settings: Settings, clock: Clock) -> Iterator[Core]:
    """Real transactions: these tests need a database of their own."""
    core = Core(settings, clock=clock)
    yield core
    core.close()


@pytest.fixture
def cast(core: Core) -> Cast:
    return core.transact_now(make_cast)


@pytest.fixture
def appeal_ids(core: Core, cast: Cast) -> list[int]:
    def work(session: Session) -> list[int]:
        chats = make_neighbours(session, cast, 4)
        return [report(session, chat, look=False).id for chat in chats]

    return core.transact_now(work)


def count_news(core: Core, cause: str) -> list[str]:
    keys = select(Message.key).where(Message.key.like(f"incident:%:{cause}:%"))
    return core.transact_now(lambda s: [k or "" for k in s.scalars(keys)])


def test_four_jobs_at_once_make_one_incident_with_all_four(
    core: Core, appeal_ids: list[int]
) -> None:
    results = at_once(
        core,
        *(
            lambda s, i=appeal_id: look_for_incident(s, i, encode, at=NOON)  # type: ignore[misc]
            for appeal_id in appeal_ids
        ),
    )
    assert not [r for r in results if isinstance(r, Exception)]

    def check(session: Session) -> None:
        incident = only_incident(session)
        for appeal_id in appeal_ids:
            look_for_incident(session, appeal_id, encode, at=NOON)
        assert len(all_incidents(session)) == 1
        assert count_reporting(session, incident.id) == 4

    core.transact_now(check)


def test_two_who_confirm_at_once_are_one_and_a_refusal(
    core: Core, cast: Cast, appeal_ids: list[int]
) -> None:
    for appeal_id in appeal_ids:
        core.transact_now(look_for_incident, appeal_id, encode, at=NOON)
    incident_id = core.transact_now(lambda s: only_incident(s).id)
    results = at_once(
        core,
        *(
            lambda s, m=member: confirm_incident(  # type: ignore[misc]
                s, get_incident(s, incident_id), by=fresh(s, m), at=NOON
            )
            for member in (cast.mara, cast.boris)
        ),
    )
    assert sorted(type(r).__name__ for r in results) == ["IncidentOver", "NoneType"]
    assert len(count_news(core, "confirmed")) == 4


def test_two_who_resolve_at_once_ask_every_owner_once(
    core: Core, cast: Cast, appeal_ids: list[int]
) -> None:
    for appeal_id in appeal_ids:
        core.transact_now(look_for_incident, appeal_id, encode, at=NOON)

    def prepare(session: Session) -> int:
        incident: Incident = only_incident(session)
        confirm_incident(session, incident, by=fresh(session, cast.mara), at=NOON)
        return incident.id

    incident_id = core.transact_now(prepare)

    def resolve(session: Session) -> None:
        resolve_incident(
            session, get_incident(session, incident_id), resolution="Done",
            by=fresh(session, cast.mara), at=NOON,
        )  # fmt: skip

    results = at_once(core, resolve, resolve)
    assert not [r for r in results if isinstance(r, Exception) and not isinstance(r, IncidentOver)]
    asked = core.transact_now(
        lambda s: s.scalars(select(Message.key).where(Message.key.like("solved?:%"))).all()
    )
    assert len(asked) == 4
