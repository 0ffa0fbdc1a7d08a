"""Ending an appeal without a solution: with a reason for the owner, who may reopen it."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal
from ownerdesk.rules.liability import AdmitsLiability
from ownerdesk.rules.refusals import MissingText, WrongState
from ownerdesk.services.cancelling import cancel_appeal, cancel_with_reason
from ownerdesk.services.closure import reopen_appeal
from ownerdesk.services.events import Actor
from ownerdesk.services.progress import accept_appeal, defer_appeal
from tests.look import find_sent, labels, list_open_promises
from tests.make import LATER, NOON, Cast, make_appeal, make_cast


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    appeal = make_appeal(session, cast)
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    return appeal


def test_the_owner_reads_why_and_has_a_way_back(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    cancel_with_reason(
        session, appeal, reason="The street lamp is the city's", by=cast.mara, at=NOON
    )
    assert (appeal.state, appeal.closed_by, appeal.next_due_at) == ("cancelled", "staff", None)
    assert list_open_promises(session, appeal) == []
    (told,) = find_sent(session, cast.conversation, "cancelled")
    assert "The street lamp is the city's" in told.text
    assert "Mara T" in told.text
    assert labels(told) == ["reopen"]
    (card,) = find_sent(session, cast.conversation, "card")
    assert "Ended by us" in card.text
    reopen_appeal(session, appeal, how="reopen", at=NOON + LATER)
    assert (appeal.state, appeal.ended_reason) == ("accepted", None)
    assert len(list_open_promises(session, appeal)) == 1


def test_without_a_reason_or_with_an_admission_nothing_ends(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    with pytest.raises(MissingText):
        cancel_with_reason(session, appeal, reason="  ", by=cast.mara, at=NOON)
    with pytest.raises(AdmitsLiability):
        cancel_with_reason(session, appeal, reason="It is our fault", by=cast.mara, at=NOON)
    assert appeal.state == "accepted"


def test_what_the_owner_withdrew_is_not_reopened(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    cancel_appeal(session, appeal, at=NOON)
    by = Actor.staff(cast.mara.id)
    with pytest.raises(WrongState):
        reopen_appeal(session, appeal, how="staff", by=by, reason="Why not", at=NOON)
    with pytest.raises(WrongState):
        cancel_with_reason(session, appeal, reason="Again", by=cast.mara, at=NOON)
    assert find_sent(session, cast.conversation, "cancelled") == []


def test_what_was_put_off_is_not_put_off_any_more_when_it_comes_back(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    by = Actor.staff(cast.mara.id)
    defer_appeal(session, appeal, until=NOON + 100 * LATER, reason="A part", by=by, at=NOON)
    cancel_with_reason(session, appeal, reason="No such part", by=cast.mara, at=NOON)
    reopen_appeal(session, appeal, how="staff", by=by, reason="There is one", at=NOON)
    assert appeal.deferred_until is None
    (told,) = find_sent(session, cast.conversation, "reopened")
    assert "There is one" in told.text
    assert cast.conversation.awaiting is None, "nothing is asked of the owner"
