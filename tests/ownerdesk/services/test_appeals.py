"""Appeals: registered once, joined, split, corrected, withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from ownerdesk.queries.appeals import find_open_promise, list_events
from ownerdesk.rules.refusals import WrongState
from ownerdesk.services.appeals import correct_appeal, register_appeal, split_off
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.events import OWNER, Actor
from ownerdesk.services.progress import resolve_appeal
from tests.make import NOON, list_sent, make_appeal, make_cast, make_message


def test_a_message_becomes_an_appeal_with_number_responsible_person_and_due_time(
    session: Session,
) -> None:
    cast = make_cast(session)
    appeal = make_appeal(session, cast)
    assert appeal.number == "T-1001"
    assert appeal.responsible_id == cast.mara.id
    assert appeal.department_id == cast.maintenance.id
    assert appeal.severity == "general"
    assert appeal.next_due_at == NOON + timedelta(minutes=30)
    assert appeal.place == "Birch House, entrance 2, flat 14"
    (card,) = list_sent(session, cast.conversation)
    assert "T-1001" in card.text
    assert "Mara T" in card.text
    assert "13:30" in card.text, "the promised clock time is local"


def test_registering_the_same_message_twice_makes_one_appeal(session: Session) -> None:
    cast = make_cast(session)
    message = make_message(session, cast.conversation)
    first = register_appeal(
        session, cast.conversation, message, nature="help_seeking", category="lighting", at=NOON
    )
    again = register_appeal(
        session, cast.conversation, message, nature="help_seeking", category="lighting", at=NOON
    )
    assert first.id == again.id
    assert len(list_sent(session, cast.conversation)) == 1


def test_messages_in_a_row_about_the_same_thing_join_and_can_be_split(session: Session) -> None:
    cast = make_cast(session)
    appeal = make_appeal(session, cast)
    more = make_message(session, cast.conversation, "And it buzzes.", at=NOON)
    joined = register_appeal(
        session, cast.conversation, more, nature="help_seeking", category="lighting", at=NOON
    )
    assert joined.id == appeal.id
    assert more.appeal_id == appeal.id
    other = split_off(session, cast.conversation, more, at=NOON)
    assert other.id != appeal.id
    assert other.number == "T-1002"
    assert split_off(session, cast.conversation, more, at=NOON).id == other.id


def test_a_message_about_something_else_does_not_join(session: Session) -> None:
    cast = make_cast(session)
    appeal = make_appeal(session, cast)
    other = make_message(session, cast.conversation, "The lift squeaks.", at=NOON)
    registered = register_appeal(
        session, cast.conversation, other, nature="help_seeking", category="elevator", at=NOON
    )
    assert registered.id != appeal.id


def test_a_correction_changes_department_and_promise_and_keeps_both_labels(
    session: Session,
) -> None:
    cast = make_cast(session)
    appeal = make_appeal(session, cast)
    correct_appeal(
        session, appeal, nature="dissatisfaction", category="property_fee", actor=OWNER, at=NOON
    )
    assert appeal.department_id == cast.accounts.id
    assert appeal.severity == "major"
    assert appeal.next_due_at == NOON + timedelta(hours=6)
    event = list_events(session, appeal.id)[-1]
    assert event.name == "appeal.corrected"
    assert event.data["before"]["nature"] == "help_seeking"
    assert event.data["after"]["nature"] == "dissatisfaction"


def test_a_withdrawn_appeal_owes_nothing_and_is_withdrawn_once(session: Session) -> None:
    cast = make_cast(session)
    appeal = make_appeal(session, cast)
    cancel_appeal(session, appeal, at=NOON)
    assert appeal.next_due_at is None
    assert find_open_promise(session, appeal.id, "resolution") is None
    with pytest.raises(WrongState):
        cancel_appeal(session, appeal, at=NOON)


def test_a_received_appeal_cannot_be_resolved_before_somebody_accepted_it(session: Session) -> None:
    cast = make_cast(session)
    appeal = make_appeal(session, cast)
    with pytest.raises(WrongState):
        resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    assert appeal.state == "received"
