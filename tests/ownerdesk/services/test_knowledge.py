"""Consultations: an article answers and the owner says whether it did; what has no answer goes to a person."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.model import Appeal
from ownerdesk.services.closure import confirm_solved, reopen_appeal
from ownerdesk.services.knowledge import answer_question
from tests.look import find_sent, labels, list_keys, list_open_promises
from tests.make import NOON, Cast, make_cast, make_message

COVERED = "What does my property fee actually cover?"


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def ask(session: Session, cast: Cast, text: str, times: int = 1) -> Appeal:
    message = make_message(session, cast.conversation, text)
    appeals = [
        answer_question(
            session, cast.conversation, message, category="property_fee",
            vector=list(encode(text)), at=NOON,
        )
        for _ in range(times)
    ]  # fmt: skip
    assert len({appeal.id for appeal in appeals}) == 1
    return appeals[0]


def test_an_article_answers_and_the_owner_is_asked_whether_it_did(
    session: Session, cast: Cast
) -> None:
    appeal = ask(session, cast, COVERED, times=2)
    (answer,) = find_sent(session, cast.conversation, "answer")
    assert "What your property fee pays for" in answer.text
    assert "{" not in answer.text
    assert "Test Court T" in answer.text
    assert labels(answer) == ["solved", "notyet"]
    assert (appeal.state, appeal.nature) == ("resolved", "consultation")
    assert appeal.next_due_at is not None
    assert list_keys(session, cast.conversation) == ["answer"]


def test_that_answers_it_closes_and_ask_a_person_reopens(session: Session, cast: Cast) -> None:
    appeal = ask(session, cast, COVERED)
    confirm_solved(session, appeal, at=NOON)
    assert find_sent(session, cast.conversation, "answer")[0].markup is None
    other = ask(session, cast, "how do you work out the fee, is it by square metre?")
    reopen_appeal(session, other, how="not_answered", at=NOON)
    assert (other.state, other.responsible_id) == ("accepted", cast.mara.id)
    assert len(list_open_promises(session, other)) == 1


def test_a_question_without_an_article_is_registered_for_a_person(
    session: Session, cast: Cast
) -> None:
    appeal = ask(session, cast, "Who was the architect of these buildings?", times=2)
    assert (appeal.state, appeal.nature) == ("received", "consultation")
    assert appeal.responsible_id == cast.mara.id
    assert list_keys(session, cast.conversation) == ["card"]
