"""Handing over (S8): responsible until another accepts, with a reason, and the owner hears the new name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Handover, Notice, StaffMember
from ownerdesk.rules.refusals import (
    HandoverOpen,
    HandoverOver,
    MissingText,
    NotAllowed,
    NotFound,
    StaffNotFound,
    WrongState,
)
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.handovers import (
    accept_handover,
    decline_handover,
    expire_handover,
    request_handover,
)
from ownerdesk.services.jobs import CHECK_HANDOVER
from tests.look import find_sent, labels, list_events, list_jobs, list_open_promises
from tests.make import (
    LATER,
    NOON,
    Cast,
    make_appeal,
    make_cast,
    make_staff,
    make_staff_chat,
)

QUARTER = timedelta(minutes=15)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    return make_appeal(session, cast)


def ask(session: Session, cast: Cast, appeal: Appeal, **fields: object) -> Handover:
    values = {"to": cast.boris, "reason": "My shift ends.", "by": cast.mara, "at": NOON}
    return request_handover(session, appeal, **{**values, **fields})  # type: ignore[arg-type]


def told(session: Session, member: StaffMember) -> list[str]:
    return list(session.scalars(select(Notice.words).where(Notice.staff_id == member.id)))


def test_asking_changes_nobody_and_tells_the_colleague_why(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    chat = make_staff_chat(session, cast.boris, chat_id=8001)
    handover = ask(session, cast, appeal)
    assert appeal.responsible_id == cast.mara.id
    (words,) = told(session, cast.boris)
    for part in ("Mara T", "T-1001", "My shift ends.", "13:15"):
        assert part in words
    (message,) = find_sent(session, chat, "notice")
    assert labels(message) == ["handyes", "handno"]
    (job,) = list_jobs(session, CHECK_HANDOVER)
    assert (job["handover_id"], job["at"]) == (handover.id, NOON + QUARTER)


def test_accepting_moves_the_appeal_and_its_promise_and_the_owner_hears_the_name(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    handover = ask(session, cast, appeal)
    accept_handover(session, handover, by=cast.boris, at=NOON + LATER)
    accept_handover(session, handover, by=cast.boris, at=NOON + 2 * LATER)
    assert appeal.responsible_id == cast.boris.id
    (promise,) = list_open_promises(session, appeal)
    assert promise.staff_id == cast.boris.id
    (message,) = find_sent(session, cast.conversation, "handover")
    assert "I am Boris T" in message.text
    assert "Boris T" in find_sent(session, cast.conversation, "card")[0].text
    assert any("Boris T has taken over T-1001" in words for words in told(session, cast.mara))
    assert list_events(session, appeal)[-2:] == ["handover.requested", "handover.accepted"]


def test_declining_leaves_it_where_it_is_with_a_reason(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    handover = ask(session, cast, appeal)
    with pytest.raises(MissingText):
        decline_handover(session, handover, reason=" ", by=cast.boris, at=NOON)
    decline_handover(session, handover, reason="In a meeting.", by=cast.boris, at=NOON)
    assert appeal.responsible_id == cast.mara.id
    assert any("In a meeting." in words for words in told(session, cast.mara))
    with pytest.raises(HandoverOver):
        accept_handover(session, handover, by=cast.boris, at=NOON)
    assert find_sent(session, cast.conversation, "handover") == []


def test_without_an_answer_it_stays_and_both_hear_it_once(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    handover = ask(session, cast, appeal)
    expire_handover(session, handover.id, at=NOON + QUARTER - timedelta(seconds=1))
    assert handover.declined_at is None
    for _ in range(2):
        expire_handover(session, handover.id, at=NOON + timedelta(hours=1))
    assert appeal.responsible_id == cast.mara.id
    assert sum("has not answered" in words for words in told(session, cast.mara)) == 1
    assert sum("not answered in time" in words for words in told(session, cast.boris)) == 1
    with pytest.raises(HandoverOver):
        accept_handover(session, handover, by=cast.boris, at=NOON + timedelta(hours=1))


def test_only_the_asked_colleague_answers(session: Session, cast: Cast, appeal: Appeal) -> None:
    handover = ask(session, cast, appeal)
    with pytest.raises(NotFound):
        accept_handover(session, handover, by=cast.mara, at=NOON)
    with pytest.raises(NotFound):
        decline_handover(session, handover, reason="x", by=cast.ike, at=NOON)


def test_one_colleague_is_asked_at_a_time(session: Session, cast: Cast, appeal: Appeal) -> None:
    other = make_staff(session, cast.project, "Olga T", "agent")
    handover = ask(session, cast, appeal)
    with pytest.raises(HandoverOpen) as refused:
        ask(session, cast, appeal, to=other)
    assert refused.value.holder == "Boris T"
    decline_handover(session, handover, reason="No.", by=cast.boris, at=NOON)
    ask(session, cast, appeal, to=other)


def test_who_may_hand_over_and_to_whom(session: Session, cast: Cast, appeal: Appeal) -> None:
    other = make_staff(session, cast.project, "Olga T", "agent")
    with pytest.raises(NotAllowed):
        ask(session, cast, appeal, by=other)
    with pytest.raises(MissingText):
        ask(session, cast, appeal, reason="")
    with pytest.raises(StaffNotFound):
        ask(session, cast, appeal, to=cast.mara)
    with pytest.raises(StaffNotFound):
        ask(session, cast, appeal, to=make_cast(session, code="U", chat_id=7002).mara)
    cast.boris.is_active = False
    with pytest.raises(StaffNotFound):
        ask(session, cast, appeal)
    assert ask(session, cast, appeal, to=other, by=cast.boris).from_id == cast.mara.id


def test_an_operator_whom_an_owner_asked_stays_responsible_until_somebody_accepts(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    appeal.responsible_id = cast.ike.id
    handover = ask(session, cast, appeal, by=cast.ike, to=cast.mara)
    assert appeal.responsible_id == cast.ike.id
    accept_handover(session, handover, by=cast.mara, at=NOON)
    assert appeal.responsible_id == cast.mara.id


def test_an_appeal_that_moved_on_is_not_taken_over(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    handover = ask(session, cast, appeal)
    appeal.responsible_id = cast.ike.id  # it was escalated meanwhile
    with pytest.raises(HandoverOver):
        accept_handover(session, handover, by=cast.boris, at=NOON)
    appeal.responsible_id = cast.mara.id
    cancel_appeal(session, appeal, at=NOON)
    with pytest.raises(HandoverOver):
        accept_handover(session, handover, by=cast.boris, at=NOON)
    expire_handover(session, handover.id, at=NOON + QUARTER)
    assert told(session, cast.mara) == [], "of a withdrawn appeal nothing needs to be said"
    with pytest.raises(WrongState):
        ask(session, cast, appeal)
