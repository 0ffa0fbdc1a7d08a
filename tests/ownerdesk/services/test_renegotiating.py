"""Moving a promise: the owner hears apology, reason and new time at once; the second slip is the manager's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal
from ownerdesk.rules.refusals import InThePast, MissingText
from ownerdesk.services.apologies import ManagerOnly
from ownerdesk.services.progress import accept_appeal
from ownerdesk.services.renegotiating import NothingPromised, renegotiate_promise
from ownerdesk.services.sweep import sweep_promises
from tests.look import find_sent, list_open_promises
from tests.make import LATER, NOON, Cast, make_appeal, make_cast

HOUR = timedelta(hours=1)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    appeal = make_appeal(session, cast)
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    return appeal


def move(session: Session, appeal: Appeal, by: object, hours: int, **more: object) -> None:
    fields = {"reason": "the part comes late", "at": NOON + LATER, **more}
    renegotiate_promise(
        session, appeal, "resolution", new_due_at=NOON + hours * HOUR, by=by, **fields  # type: ignore[arg-type]
    )  # fmt: skip


def test_the_owner_hears_the_reason_and_the_new_time_in_one_message(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    (before,) = list_open_promises(session, appeal)
    move(session, appeal, cast.mara, 5)
    assert before.renegotiated_at == NOON + LATER
    (now,) = list_open_promises(session, appeal)
    assert (now.due_at, now.staff_id) == (NOON + 5 * HOUR, cast.mara.id)
    (told,) = find_sent(session, cast.conversation, "slip")
    for words in ("sorry", "13:30", "the part comes late", "18:00", "Mara T"):
        assert words in told.text


def test_the_second_time_only_a_manager_may(session: Session, cast: Cast, appeal: Appeal) -> None:
    move(session, appeal, cast.mara, 5)
    with pytest.raises(ManagerOnly):
        move(session, appeal, cast.mara, 8)
    move(session, appeal, cast.boris, 8)
    assert len(find_sent(session, cast.conversation, "slip")) == 2


def test_a_draft_that_waits_is_used_and_does_not_go_out_as_well(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    sweep_promises(session, at=NOON + timedelta(minutes=24))
    move(session, appeal, cast.mara, 5, at=NOON + timedelta(minutes=25))
    for minutes in (28, 31):
        sweep_promises(session, at=NOON + timedelta(minutes=minutes))
    assert len(find_sent(session, cast.conversation, "slip")) == 1


def test_without_reason_future_or_promise_it_is_refused(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    with pytest.raises(MissingText):
        move(session, appeal, cast.mara, 5, reason=" ")
    with pytest.raises(InThePast):
        move(session, appeal, cast.mara, 0)
    with pytest.raises(NothingPromised):
        renegotiate_promise(
            session, appeal, "arrival", new_due_at=NOON + HOUR, reason="x", by=cast.mara, at=NOON
        )
    assert find_sent(session, cast.conversation, "slip") == []
