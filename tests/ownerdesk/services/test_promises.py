"""Promises (S2, S6): no promise passes in silence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Promise
from ownerdesk.queries.appeals import list_promises
from ownerdesk.services.appeals import cancel_appeal
from ownerdesk.services.events import Actor
from ownerdesk.services.jobs import CHECK_PROMISE
from ownerdesk.services.progress import accept_appeal, dispatch_appeal, resolve_appeal
from ownerdesk.services.promises import count_slips
from ownerdesk.services.sweep import check_promise
from tests.look import count_ends, find_sent, list_events, list_jobs, list_open_promises
from tests.make import LATER, NOON, Cast, make_appeal, make_cast

HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    return make_appeal(session, cast)


def only_promise(session: Session, appeal: Appeal) -> Promise:
    (promise,) = list_open_promises(session, appeal)
    return promise


def test_a_promise_is_looked_at_before_its_time(session: Session, appeal: Appeal) -> None:
    promise = only_promise(session, appeal)
    assert promise.due_at == NOON + HALF_HOUR
    (job,) = list_jobs(session, CHECK_PROMISE)
    assert job["promise_id"] == promise.id
    assert job["at"] == NOON + timedelta(minutes=24)


def test_the_owner_hears_of_a_slip_before_the_time_with_apology_reason_and_new_time(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    promise = only_promise(session, appeal)
    at = NOON + timedelta(minutes=24)
    check_promise(session, promise.id, at=at)
    (told,) = find_sent(session, cast.conversation, "slip")
    assert told.created_at < promise.due_at
    for part in ("T-1001", "sorry", "13:30", "nobody has been free", "14:00", "Mara T"):
        assert part in told.text
    assert promise.renegotiated_at == at
    assert promise.broken_at is None
    assert only_promise(session, appeal).due_at == appeal.next_due_at == NOON + 2 * HALF_HOUR
    assert "14:00" in find_sent(session, cast.conversation, "card")[0].text


def test_the_reason_names_whoever_has_the_job(session: Session, cast: Cast, appeal: Appeal) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    check_promise(session, only_promise(session, appeal).id, at=NOON + LATER)
    assert "taking longer" in find_sent(session, cast.conversation, "slip")[-1].text
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=cast.ike, by=cast.mara, at=NOON
    )
    check_promise(session, only_promise(session, appeal).id, at=NOON + 2 * LATER)
    assert "Ike T needs more time" in find_sent(session, cast.conversation, "slip")[-1].text


def test_the_second_slip_gives_the_appeal_to_the_manager(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    check_promise(session, only_promise(session, appeal).id, at=NOON + timedelta(minutes=24))
    assert appeal.responsible_id == cast.mara.id
    check_promise(session, only_promise(session, appeal).id, at=NOON + timedelta(minutes=54))
    assert appeal.responsible_id == cast.boris.id
    assert list_events(session, appeal).count("appeal.escalated") == 1
    assert only_promise(session, appeal).staff_id == cast.boris.id
    assert find_sent(session, cast.conversation, "slip")[-1].text.endswith("— Boris T")
    assert count_slips(session, appeal.id) == 2


def test_after_an_hour_without_a_server_the_promise_is_broken_and_the_owner_told_once(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    promise = only_promise(session, appeal)
    at = promise.due_at + timedelta(hours=1)
    check_promise(session, promise.id, at=at)
    check_promise(session, promise.id, at=at)
    assert promise.broken_at == promise.due_at
    assert len(find_sent(session, cast.conversation, "slip")) == 1
    assert only_promise(session, appeal).due_at == at + HALF_HOUR, "never a time in the past"


@pytest.mark.parametrize("end", ["resolved", "cancelled"])
def test_a_promise_that_has_ended_is_left_alone(
    session: Session, cast: Cast, appeal: Appeal, end: str
) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    promise = only_promise(session, appeal)
    if end == "resolved":
        resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    else:
        cancel_appeal(session, appeal, at=NOON)
    check_promise(session, promise.id, at=NOON + timedelta(hours=2))
    assert find_sent(session, cast.conversation, "slip") == []
    assert list_open_promises(session, appeal) == []


def test_every_promise_ends_in_exactly_one_way(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    at = NOON
    for _ in range(5):
        promise = only_promise(session, appeal)
        at = promise.due_at + LATER if at == NOON else promise.due_at - LATER
        check_promise(session, promise.id, at=at)
    accept_appeal(session, appeal, by=cast.mara, at=at)
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=at)
    promises = list_promises(session, appeal.id)
    assert len(promises) == 6
    assert [count_ends(promise) for promise in promises] == [1] * 6
