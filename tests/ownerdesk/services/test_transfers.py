"""A held conversation given on: it stays with the giver until accepted, and comes back with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Handoff, Notice, StaffMember, StaffRole, Transfer
from ownerdesk.rules.answering import NobodyToAsk, TransferOpen, TransferOver
from ownerdesk.rules.refusals import MissingText, NotFound, NotHeld
from ownerdesk.services.handoffs import accept_handoff, return_to_bot
from ownerdesk.services.jobs import CHECK_TRANSFER
from ownerdesk.services.transfers import (
    accept_transfer,
    decline_transfer,
    expire_transfer,
    request_transfer,
    withdraw_transfer,
)
from tests.look import find_sent, list_jobs
from tests.make import LATER, NOON, Cast, make_cast, make_staff


@pytest.fixture
def cast(session: Session) -> Cast:
    cast = make_cast(session)
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    return cast


def _ask(session: Session, cast: Cast, to: object = None, reason: str = "Her language") -> Transfer:
    return request_transfer(
        session,
        cast.conversation,
        to=to or cast.boris,
        reason=reason,
        by=cast.mara,
        at=NOON,  # type: ignore[arg-type]
    )


def _told(session: Session, member: StaffMember) -> list[str]:
    query = select(Notice).where(Notice.staff_id == member.id).order_by(Notice.id)
    return [notice.topic for notice in session.scalars(query)]


def test_it_stays_with_the_giver_until_the_colleague_accepts(session: Session, cast: Cast) -> None:
    transfer = _ask(session, cast)
    assert cast.conversation.assignee_id == cast.mara.id
    (notice,) = session.scalars(select(Notice).where(Notice.staff_id == cast.boris.id))
    assert "Her language" in notice.words
    assert "13:15" in notice.words
    assert notice.conversation_id == cast.conversation.id
    (job,) = list_jobs(session, CHECK_TRANSFER)
    assert (job["transfer_id"], job["at"]) == (transfer.id, NOON + timedelta(minutes=15))
    accept_transfer(session, cast.conversation, by=cast.boris, at=NOON + LATER)
    assert cast.conversation.assignee_id == cast.boris.id
    assert session.get_one(Handoff, transfer.handoff_id).accepted_by_id == cast.boris.id
    (told,) = find_sent(session, cast.conversation, "transfer.accepted")
    assert "Boris T goes on with this" in told.text
    assert _told(session, cast.mara) == ["transfer.accepted"]
    with pytest.raises(TransferOver):
        accept_transfer(session, cast.conversation, by=cast.boris, at=NOON + LATER)


def test_declined_it_comes_back_with_the_reason(session: Session, cast: Cast) -> None:
    _ask(session, cast)
    with pytest.raises(MissingText):
        decline_transfer(session, cast.conversation, reason=" ", by=cast.boris, at=NOON)
    decline_transfer(session, cast.conversation, reason="In a meeting", by=cast.boris, at=NOON)
    assert cast.conversation.assignee_id == cast.mara.id
    (notice,) = session.scalars(select(Notice).where(Notice.staff_id == cast.mara.id))
    assert "In a meeting" in notice.words
    assert find_sent(session, cast.conversation, "transfer.accepted") == []
    _ask(session, cast)  # another question is possible now


def test_only_the_holder_asks_only_the_asked_answer_and_only_one_question_is_open(
    session: Session, cast: Cast
) -> None:
    third = make_staff(session, cast.project, "Third T", "agent")
    with pytest.raises(NotHeld):
        request_transfer(session, cast.conversation, to=third, reason="x", by=cast.boris, at=NOON)
    _ask(session, cast)
    with pytest.raises(TransferOpen) as refused:
        _ask(session, cast, third)
    assert refused.value.asked == "Boris T"
    for member in (third, cast.mara):
        with pytest.raises(NotFound):
            accept_transfer(session, cast.conversation, by=member, at=NOON)
    with pytest.raises(NotHeld):
        withdraw_transfer(session, cast.conversation, by=cast.boris, at=NOON)


def test_somebody_who_may_not_answer_owners_cannot_be_asked(session: Session, cast: Cast) -> None:
    elsewhere = make_cast(session, code="U", chat_id=7002)
    for to in (cast.ike, elsewhere.mara, cast.mara, cast.maintenance, elsewhere.maintenance):
        with pytest.raises(NobodyToAsk):
            _ask(session, cast, to)


def test_of_a_department_the_first_to_accept_has_it(session: Session, cast: Cast) -> None:
    people = []
    for name in ("Ana T", "Bea T"):
        member = make_staff(session, cast.project, name, "agent")
        session.add(
            StaffRole(
                staff_id=member.id, project_id=cast.project.id, role="agent",
                department_id=cast.accounts.id,
            )
        )  # fmt: skip
        session.flush()
        session.refresh(member, ["roles"])
        people.append(member)
    _ask(session, cast, cast.accounts)
    assert [_told(session, m) for m in people] == [["transfer.requested"]] * 2
    with pytest.raises(NotFound):
        accept_transfer(session, cast.conversation, by=cast.boris, at=NOON)
    accept_transfer(session, cast.conversation, by=people[1], at=NOON)
    assert cast.conversation.assignee_id == people[1].id
    with pytest.raises(TransferOver):
        accept_transfer(session, cast.conversation, by=people[0], at=NOON)


def test_nobody_answers_and_it_stays_with_the_giver(session: Session, cast: Cast) -> None:
    transfer = _ask(session, cast)
    expire_transfer(session, transfer.id, at=NOON)  # early
    assert transfer.ended_at is None
    for _ in range(2):
        expire_transfer(session, transfer.id, at=transfer.respond_by)
    assert _told(session, cast.mara) == ["transfer.expired"]
    assert cast.conversation.assignee_id == cast.mara.id
    with pytest.raises(TransferOver):
        accept_transfer(session, cast.conversation, by=cast.boris, at=transfer.respond_by)


def test_given_back_to_the_bot_or_taken_back_the_question_is_over(
    session: Session, cast: Cast
) -> None:
    _ask(session, cast)
    withdraw_transfer(session, cast.conversation, by=cast.mara, at=NOON)
    _ask(session, cast)
    return_to_bot(
        session, cast.conversation, by=cast.mara, at=NOON, words="Sam comes at six, {owner}."
    )
    (farewell,) = find_sent(session, cast.conversation, "handoff.farewell")
    assert (farewell.text, farewell.staff_id) == ("Sam comes at six, Alma Test.", cast.mara.id)
    with pytest.raises(TransferOver):
        decline_transfer(session, cast.conversation, reason="late", by=cast.boris, at=NOON)
