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
from ownerdesk.model import (
    Appeal,
    AppealWords,
    Assignment,
    Base,
    Handoff,
    Message,
    StaffMember,
    Unit,
)
from ownerdesk.queries.alarms import find_warning, get_alarmed_appeal, get_warning, list_alarms
from ownerdesk.queries.appeals import get_appeal, get_own_appeal
from ownerdesk.queries.assignments import get_assignment, list_assignments
from ownerdesk.rules.refusals import AlreadyHeld, AlreadyTaken, WrongState
from ownerdesk.services import outbox
from ownerdesk.services.apologies import NotADraft, approve_apology, find_draft
from ownerdesk.services.appeals import take_number
from ownerdesk.services.assignments import accept_job, expire_offer
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.emergencies import check_alarm, raise_emergency, take_on
from ownerdesk.services.handoffs import accept_handoff, request_handoff
from ownerdesk.services.inbox import store_update
from ownerdesk.services.jobs import CHECK_ALARM
from ownerdesk.services.neighbours import confirm_warning
from ownerdesk.services.progress import accept_appeal, dispatch_appeal
from ownerdesk.services.search import index_text
from ownerdesk.services.sweep import sweep_promises
from ownerdesk.settings import Settings
from tests.conftest import Clock
from tests.look import find_sent, list_events, list_jobs
from tests.make import (
    NOON,
    Cast,
    make_appeal,
    make_cast,
    make_group_chat,
    make_message,
    make_operator,
    make_staff_chat,
)


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


def _raise_fire(session: Session, cast: Cast) -> Appeal:
    conversation = fresh(session, cast.conversation)
    session.add(Unit(building_id=cast.unit.building_id, entrance="2", floor=3, number="11"))
    message = make_message(session, conversation, "Smoke!")
    return raise_emergency(session, conversation, message, kind="fire", found_by="rule", at=NOON)


def test_two_who_take_on_one_emergency_at_once(core: Core, cast: Cast) -> None:
    appeal = core.transact_now(_raise_fire, cast)

    def take(name: str) -> Callable[[Session], object]:
        def work(session: Session) -> object:
            member = fresh(session, getattr(cast, name))
            take_on(session, get_alarmed_appeal(session, member, appeal.id), by=member, at=NOON)
            return member.name

        return work

    first, second = at_once(core, take("mara"), take("boris"))
    (taken,) = [r for r in (first, second) if isinstance(r, str)]
    (refused,) = [r for r in (first, second) if isinstance(r, AlreadyTaken)]
    assert refused.holder == taken


def test_two_who_warn_the_neighbours_at_once_warn_them_once(core: Core, cast: Cast) -> None:
    appeal = core.transact_now(_raise_fire, cast)

    def warn(name: str) -> Callable[[Session], object]:
        def work(session: Session) -> object:
            member = fresh(session, getattr(cast, name))
            found = find_warning(session, appeal.id)
            assert found is not None
            warning = get_warning(session, member, found.id)
            confirm_warning(session, warning, by=member, at=NOON)
            return warning.confirmed_by_id

        return work

    first, second = at_once(core, warn("mara"), warn("boris"))
    assert first == second, "the second reads who was first"
    events = core.transact_now(lambda s: list_events(s, fresh(s, appeal)))
    assert events.count("neighbours.warned") == 1


def test_one_alarm_job_delivered_twice_at_once_rings_once(core: Core, cast: Cast) -> None:
    appeal = core.transact_now(_raise_fire, cast)

    def check(session: Session) -> None:
        check_alarm(session, get_appeal(session, appeal.id), at=NOON + timedelta(minutes=1))

    assert at_once(core, check, check) == [None, None]
    rings = core.transact_now(lambda s: {a.staff_id: a.times for a in list_alarms(s, appeal.id)})
    assert rings[cast.mara.id] == 2
    assert len(core.transact_now(lambda s: list_jobs(s, CHECK_ALARM))) == 2


def test_two_operators_take_one_job_of_the_group_at_once(core: Core, cast: Cast) -> None:
    def send(session: Session) -> tuple[int, StaffMember]:
        own = cast_in(session, cast)
        make_staff_chat(session, own.ike, chat_id=8001)
        ada = make_operator(session, own, "Ada T", chat_id=8002)
        make_group_chat(session, own.maintenance, chat_id=-100)
        appeal = make_appeal(session, own)
        dispatch_appeal(
            session, appeal, department=own.maintenance, operator=None, by=own.mara, at=NOON
        )
        return list_assignments(session, appeal.id)[0].id, ada

    job_id, ada = core.transact_now(send)
    results = at_once(
        core,
        *(
            lambda s, by=by: accept_job(s, get_assignment(s, job_id), by=fresh(s, by), at=NOON)
            for by in (cast.ike, ada)
        ),
    )
    assert sorted(type(result).__name__ for result in results) == ["JobTaken", "NoneType"], results
    job = core.transact_now(lambda s: s.get_one(Assignment, job_id))
    winner = (cast.ike, ada)[results.index(None)]
    assert (job.state, job.operator_id) == ("accepted", winner.id)


def test_an_offer_expires_in_the_moment_it_is_accepted(core: Core, cast: Cast) -> None:
    def send(session: Session) -> int:
        own = cast_in(session, cast)
        make_staff_chat(session, own.ike, chat_id=8001)
        appeal = make_appeal(session, own)
        dispatch_appeal(
            session, appeal, department=own.maintenance, operator=own.ike, by=own.mara, at=NOON
        )
        return list_assignments(session, appeal.id)[0].id

    job_id = core.transact_now(send)
    late = NOON + timedelta(minutes=5)
    results = at_once(
        core,
        lambda s: accept_job(s, get_assignment(s, job_id), by=fresh(s, cast.ike), at=late),
        lambda s: expire_offer(s, job_id, at=late),
        lambda s: expire_offer(s, job_id, at=late),
    )
    job = core.transact_now(lambda s: s.get_one(Assignment, job_id))
    refused = [type(result).__name__ for result in results if result is not None]
    assert (job.state, refused) in (("accepted", []), ("expired", ["JobOver"])), results


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


def test_the_words_of_two_who_write_at_once_are_both_kept(core: Core, cast: Cast) -> None:
    appeal: Appeal = core.transact_now(make_appeal, cast)

    def write(number: int) -> None:
        core.transact_now(lambda session: index_text(session, appeal.id, f"pine{number}apple"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(8)))
    with core.sessions() as session:
        words = session.scalar(
            select(func.array_to_string(func.tsvector_to_array(AppealWords.words), " "))
        )
    assert words is not None
    assert all(f"pine{number}appl" in words for number in range(8))
