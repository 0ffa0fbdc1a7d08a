"""Handoffs: asked for once, taken by one, given back, and never waiting in silence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ownerdesk.model import Handoff, Notice
from ownerdesk.rules.answering import HeldMeanwhile
from ownerdesk.rules.refusals import AlreadyHeld, MissingText, NotHeld, TooLong
from ownerdesk.services.handoffs import (
    MAX_REPLY,
    accept_handoff,
    check_handoff,
    reply,
    request_handoff,
    return_to_bot,
    withdraw_handoff,
)
from ownerdesk.services.jobs import CHECK_HANDOFF
from tests.look import find_sent, list_handoffs, list_jobs, list_keys
from tests.make import LATER, NOON, Cast, make_appeal, make_cast, make_message


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def test_asking_twice_makes_one_handoff_and_answers_both_messages(
    session: Session, cast: Cast
) -> None:
    first = make_message(session, cast.conversation, "A person please")
    second = make_message(session, cast.conversation, "Hello? A person!")
    for message in (first, second, second):
        request_handoff(session, cast.conversation, reason="asked", message=message, at=NOON)
    (handoff,) = list_handoffs(session, cast.conversation)
    assert (handoff.reason, handoff.due_at) == ("asked", NOON + timedelta(minutes=10))
    assert cast.conversation.state == "waiting"
    assert first.answered_how == second.answered_how == "handed_over"
    told = find_sent(session, cast.conversation, "handoff")
    assert len(told) == 2
    assert all("Mara T" in message.text and "13:10" in message.text for message in told)
    assert len(list_jobs(session, CHECK_HANDOFF)) == 1


def test_the_second_operator_to_accept_is_told_who_holds_it(session: Session, cast: Cast) -> None:
    request_handoff(session, cast.conversation, reason="asked", at=NOON)
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON + LATER)
    with pytest.raises(AlreadyHeld) as refused:
        accept_handoff(session, cast.conversation, by=cast.boris, at=NOON)
    assert refused.value.holder == "Mara T"
    (handoff,) = list_handoffs(session, cast.conversation)
    assert (handoff.accepted_by_id, handoff.accepted_at) == (cast.mara.id, NOON)
    assert (cast.conversation.state, cast.conversation.assignee_id) == ("person", cast.mara.id)
    assert list_keys(session, cast.conversation).count("handoff.accepted") == 1


def test_a_conversation_nobody_asked_for_can_be_taken(session: Session, cast: Cast) -> None:
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    (handoff,) = list_handoffs(session, cast.conversation)
    assert handoff.reason == "taken"
    second = Handoff(
        conversation_id=cast.conversation.id, reason="asked", requested_at=NOON, due_at=NOON
    )
    session.add(second)
    with pytest.raises(IntegrityError):
        session.flush()


def test_only_the_holder_writes_and_gives_back(session: Session, cast: Cast) -> None:
    request_handoff(session, cast.conversation, reason="asked", at=NOON)
    for by in (cast.mara, cast.boris):
        with pytest.raises(NotHeld):
            reply(session, cast.conversation, "Hello", by=by, key="1", at=NOON)
        with pytest.raises(NotHeld):
            return_to_bot(session, cast.conversation, by=by, at=NOON)
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    with pytest.raises(HeldMeanwhile):
        reply(session, cast.conversation, "Hello", by=cast.boris, key="1", at=NOON)
    with pytest.raises(MissingText):
        reply(session, cast.conversation, "  ", by=cast.mara, key="1", at=NOON)
    with pytest.raises(TooLong):
        reply(session, cast.conversation, "x" * (MAX_REPLY + 1), by=cast.mara, key="1", at=NOON)
    assert find_sent(session, cast.conversation, "staff") == []


def test_a_form_sent_twice_writes_once_and_answers_what_waits(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    question = make_message(session, cast.conversation, "Are you there?")
    for text in ("I am", "I am"):
        reply(session, cast.conversation, text, by=cast.mara, key="n1", at=NOON, appeal=appeal)
    (sent,) = find_sent(session, cast.conversation, "staff")
    assert (sent.text, sent.author, sent.staff_id) == ("I am", "staff", cast.mara.id)
    assert question.answered_how == "person"


def test_giving_back_tells_the_owner_and_lets_the_next_ask(session: Session, cast: Cast) -> None:
    request_handoff(session, cast.conversation, reason="asked", at=NOON)
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    return_to_bot(session, cast.conversation, by=cast.mara, at=NOON + LATER)
    assert (cast.conversation.state, cast.conversation.assignee_id) == ("bot", None)
    (told,) = find_sent(session, cast.conversation, "handoff.returned")
    assert "Mara T" in told.text
    request_handoff(session, cast.conversation, reason="asked", at=NOON + LATER)
    assert len(list_handoffs(session, cast.conversation)) == 2


def test_a_handoff_nobody_takes_names_a_new_time_and_is_looked_at_again(
    session: Session, cast: Cast
) -> None:
    handoff = request_handoff(session, cast.conversation, reason="asked", at=NOON)
    check_handoff(session, handoff.id, at=NOON + timedelta(minutes=9))
    assert find_sent(session, cast.conversation, "handoff.late") == [], "its time has not come"
    check_handoff(session, handoff.id, at=NOON + timedelta(minutes=10))
    check_handoff(session, handoff.id, at=NOON + timedelta(minutes=10))
    (late,) = find_sent(session, cast.conversation, "handoff.late")
    assert "13:20" in late.text
    assert handoff.due_at == NOON + timedelta(minutes=20)
    check_handoff(session, handoff.id, at=NOON + timedelta(minutes=20))
    assert len(find_sent(session, cast.conversation, "handoff.late")) == 2
    assert len(list_jobs(session, CHECK_HANDOFF)) == 3


def test_a_night_without_anybody_is_not_filled_with_apologies(session: Session, cast: Cast) -> None:
    handoff = request_handoff(session, cast.conversation, reason="asked", at=NOON)
    terms = []
    while handoff.due_at < NOON + timedelta(hours=12):
        due_at = handoff.due_at
        check_handoff(session, handoff.id, at=due_at)
        terms.append((handoff.due_at - due_at).total_seconds() / 60)
    assert terms == [10, 20, 40, 80, 160, 240, 240]
    check_handoff(session, handoff.id, at=NOON + timedelta(days=3))
    assert handoff.due_at == NOON + timedelta(days=3, hours=4), "also after an outage"


def test_a_late_clock_leaves_an_accepted_or_returned_handoff_alone(
    session: Session, cast: Cast
) -> None:
    handoff = request_handoff(session, cast.conversation, reason="asked", at=NOON)
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    check_handoff(session, handoff.id, at=NOON + timedelta(hours=1))
    return_to_bot(session, cast.conversation, by=cast.mara, at=NOON)
    check_handoff(session, handoff.id, at=NOON + timedelta(hours=1))
    assert find_sent(session, cast.conversation, "handoff.late") == []


def test_while_a_person_is_there_nobody_is_promised_again(session: Session, cast: Cast) -> None:
    request_handoff(session, cast.conversation, reason="asked", at=NOON)
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    message = make_message(session, cast.conversation, "A person!")
    request_handoff(
        session, cast.conversation, reason="asked", message=message, at=NOON + timedelta(hours=1)
    )
    assert len(find_sent(session, cast.conversation, "handoff")) == 1, "no time that has passed"


@pytest.mark.parametrize(("reason", "accepted"), [("asked", False), ("emergency", True)])
def test_only_an_unaccepted_handoff_of_that_reason_is_taken_back(
    session: Session, cast: Cast, reason: str, accepted: bool
) -> None:
    request_handoff(session, cast.conversation, reason=reason, at=NOON)
    if accepted:
        accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    state = cast.conversation.state
    withdraw_handoff(session, cast.conversation, reason="emergency", at=NOON)
    assert cast.conversation.state == state
    assert list_handoffs(session, cast.conversation)[0].returned_at is None


def test_with_nobody_on_duty_the_manager_is_named(session: Session, cast: Cast) -> None:
    cast.mara.is_active = False
    request_handoff(session, cast.conversation, reason="asked", at=NOON)
    assert "Boris T" in find_sent(session, cast.conversation, "handoff")[0].text


def test_when_nobody_comes_the_manager_is_told_as_the_owner_reads(
    session: Session, cast: Cast
) -> None:
    handoff = request_handoff(session, cast.conversation, reason="asked", at=NOON)
    for minutes in (10, 20):
        check_handoff(session, handoff.id, at=NOON + timedelta(minutes=minutes))
    (notice,) = session.scalars(select(Notice).where(Notice.topic == "handoff.late"))
    assert (notice.staff_id, notice.conversation_id) == (cast.boris.id, cast.conversation.id)
    assert "told the manager" in find_sent(session, cast.conversation, "handoff.late")[0].text


def test_without_a_manager_no_owner_reads_that_one_was_told(session: Session, cast: Cast) -> None:
    cast.boris.is_active = False
    session.flush()
    handoff = request_handoff(session, cast.conversation, reason="asked", at=NOON)
    check_handoff(session, handoff.id, at=NOON + timedelta(minutes=10))
    (late,) = find_sent(session, cast.conversation, "handoff.late")
    assert "manager" not in late.text
    assert "13:20" in late.text
