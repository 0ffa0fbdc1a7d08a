"""Two at once, on connections of their own: one wins, the other is told, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal, Base, Handoff, Message
from ownerdesk.queries.appeals import get_own_appeal
from ownerdesk.rules.refusals import AlreadyHeld, WrongState
from ownerdesk.services import outbox
from ownerdesk.services.apologies import NotADraft, approve_apology, find_draft
from ownerdesk.services.appeals import cancel_appeal, take_number
from ownerdesk.services.handoffs import accept_handoff, request_handoff
from ownerdesk.services.inbox import store_update
from ownerdesk.services.progress import accept_appeal
from ownerdesk.services.sweep import sweep_promises
from ownerdesk.settings import Settings
from tests.conftest import Clock
from tests.look import find_sent
from tests.make import NOON, Cast, make_appeal, make_cast


@pytest.fixture
def core(settings: Settings, clock: Clock) -> Iterator[Core]:
    """Real transactions: these tests need a database of their own."""
    core = Core(settings, clock=clock)
    yield core
    core.close()


@pytest.fixture
def cast(core: Core) -> Cast:
    return core.transact_now(make_cast)


def at_once(core: Core, *works: Callable[[Session], object]) -> list[object]:
    """Results or exceptions, in the order of the works."""
    ready = Barrier(len(works))

    def run(work: Callable[[Session], object]) -> object:
        def wait_and_work(session: Session) -> object:
            session.execute(select(1))
            ready.wait(10)
            return work(session)

        try:
            return core.transact_now(wait_and_work)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


T = TypeVar("T", bound=Base)


def fresh(session: Session, row: T) -> T:
    """The row as it stands now; merging the one at hand would write its old values back."""
    return session.get_one(type(row), row.id)  # type: ignore[attr-defined]


def count(core: Core, model: type[Handoff] | type[Message]) -> int:
    return core.transact_now(lambda s: s.scalar(select(func.count()).select_from(model)) or 0)


def test_two_operators_accept_one_conversation_at_once(core: Core, cast: Cast) -> None:
    core.transact_now(
        lambda s: request_handoff(s, fresh(s, cast.conversation), reason="asked", at=NOON)
    )
    results = at_once(
        core,
        *(
            lambda s, by=by: accept_handoff(
                s, fresh(s, cast.conversation), by=fresh(s, by), at=NOON
            )
            for by in (cast.mara, cast.boris)
        ),
    )
    assert sorted(type(result).__name__ for result in results) == [AlreadyHeld.__name__, "Handoff"]
    assert count(core, Handoff) == 1


def test_a_handoff_is_asked_for_by_two_at_once(core: Core, cast: Cast) -> None:
    ask = lambda s: request_handoff(s, fresh(s, cast.conversation), reason="asked", at=NOON)  # noqa: E731
    results = at_once(core, ask, ask, ask)
    assert all(isinstance(result, Handoff) for result in results), results
    assert count(core, Handoff) == 1


def test_the_owner_withdraws_while_an_operator_accepts(core: Core, cast: Cast) -> None:
    appeal = core.transact_now(lambda s: make_appeal(s, cast_in(s, cast)))
    results = at_once(
        core,
        lambda s: cancel_appeal(
            s, get_own_appeal(s, fresh(s, cast.conversation), appeal.id), at=NOON
        ),
        lambda s: accept_appeal(s, s.get_one(Appeal, appeal.id), by=fresh(s, cast.mara), at=NOON),
    )
    refused = [r for r in results if isinstance(r, Exception)]
    assert all(isinstance(r, WrongState | StaleDataError) for r in refused), results
    after = core.transact_now(lambda s: s.get_one(Appeal, appeal.id))
    assert after.state in ("cancelled", "accepted")
    assert (after.next_due_at is None) is (after.state == "cancelled")


def test_one_cause_told_by_two_at_once_is_one_message(core: Core, cast: Cast) -> None:
    send = lambda s: outbox.send(s, fresh(s, cast.conversation), "Hello", key="k:1", at=NOON)  # noqa: E731
    results = at_once(core, send, send, send, send)
    assert len({getattr(result, "id", result) for result in results}) == 1, results
    assert count(core, Message) == 1


def test_numbers_are_never_given_twice(core: Core, cast: Cast) -> None:
    take = lambda s: take_number(s, fresh(s, cast.project))  # noqa: E731
    assert sorted(str(n) for n in at_once(core, *[take] * 6)) == [
        f"T-{number}" for number in range(1001, 1007)
    ]


def test_one_update_stored_by_two_processes_at_once_is_stored_once(core: Core) -> None:
    body = {"update_id": 1, "message": {"chat": {"id": 1}}}
    store = lambda s: store_update(s, body, at=NOON)  # noqa: E731
    assert sorted(map(bool, at_once(core, store, store))) == [False, True]


def cast_in(session: Session, cast: Cast) -> Cast:
    return Cast(**{name: fresh(session, value) for name, value in vars(cast).items()})


def test_two_workers_sweep_at_once_and_every_owner_is_told_once(core: Core, cast: Cast) -> None:
    for _ in range(4):
        core.transact_now(lambda s: make_appeal(s, cast_in(s, cast)))
    at = NOON + timedelta(hours=2)
    results = at_once(core, *[lambda s: sweep_promises(s, at=at)] * 3)
    assert not [r for r in results if isinstance(r, Exception)], results
    while core.transact_now(sweep_promises, at=at):
        pass
    slips = core.transact_now(lambda s: find_sent(s, fresh(s, cast.conversation), "slip"))
    assert len({message.appeal_id for message in slips}) == len(slips) == 4


def test_an_apology_is_approved_while_it_goes_out_by_itself(core: Core, cast: Cast) -> None:
    appeal = core.transact_now(lambda s: make_appeal(s, cast_in(s, cast)))
    core.transact_now(sweep_promises, at=NOON + timedelta(minutes=24))
    at = NOON + timedelta(minutes=28)

    def approve(session: Session) -> None:
        apology = find_draft(session, appeal.id)
        if apology is None:
            raise NotADraft
        approve_apology(
            session, apology, by=fresh(session, cast.boris), words="Sorry.",
            new_due_at=NOON + timedelta(hours=2), at=at,
        )  # fmt: skip

    results = at_once(core, approve, approve, lambda s: sweep_promises(s, at=at))
    assert all(isinstance(r, NotADraft) for r in results if isinstance(r, Exception)), results
    slips = core.transact_now(lambda s: find_sent(s, fresh(s, cast.conversation), "slip"))
    assert len(slips) == 1
