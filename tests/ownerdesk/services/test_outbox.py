"""The outbox: one row for one cause, revised in place, with what became of it."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from ownerdesk.rules.buttons import button
from ownerdesk.rules.refusals import MissingText
from ownerdesk.services import outbox
from ownerdesk.services.cards import format_card
from ownerdesk.services.jobs import DELIVER_MESSAGE
from ownerdesk.services.messages import add_note
from tests.look import list_jobs
from tests.make import LATER, NOON, Cast, list_sent, make_appeal, make_cast, make_message
from worker.outbox import read_delivery


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def test_one_cause_is_told_once(session: Session, cast: Cast) -> None:
    first = outbox.send(session, cast.conversation, "Hello", key="k:1", at=NOON)
    again = outbox.send(session, cast.conversation, "Hello again", key="k:1", at=NOON + LATER)
    assert first.id == again.id
    assert [m.text for m in list_sent(session, cast.conversation)] == ["Hello"]
    (job,) = list_jobs(session, DELIVER_MESSAGE)
    assert job["message_id"] == first.id
    assert job["lock"] == f"outbox:{cast.conversation.id}", "one at a time, in order"


def test_revised_before_it_was_sent_only_the_last_form_is_sent(
    session: Session, cast: Cast
) -> None:
    message = outbox.send(session, cast.conversation, "One", key="k:1", at=NOON)
    outbox.revise(session, message, text="Two")
    delivery = read_delivery(session, message.id)
    assert delivery is not None
    assert (delivery.text, delivery.revision, delivery.telegram_id) == ("Two", 2, None)
    outbox.record_sent(session, message, telegram_ids=[11], revision=2, at=NOON)
    assert message.state == "sent"
    assert read_delivery(session, message.id) is None, "the second job finds nothing to do"


def test_revised_after_it_was_sent_it_is_edited_in_place(session: Session, cast: Cast) -> None:
    message = outbox.send(session, cast.conversation, "One", key="k:1", at=NOON)
    outbox.record_sent(session, message, telegram_ids=[11, 12], revision=1, at=NOON)
    outbox.revise(session, message, text="Two", buttons=[[button("Ok", "card", 1)]])
    delivery = read_delivery(session, message.id)
    assert delivery is not None
    assert (delivery.text, delivery.telegram_id, delivery.revision) == ("Two", 11, 2)
    assert message.telegram_extra_ids == [12]


def test_revised_while_it_is_being_sent_the_newer_form_follows(
    session: Session, cast: Cast
) -> None:
    message = outbox.send(session, cast.conversation, "One", key="k:1", at=NOON)
    outbox.revise(session, message, text="Two")
    outbox.record_sent(session, message, telegram_ids=[11], revision=1, at=NOON)
    delivery = read_delivery(session, message.id)
    assert delivery is not None
    assert (delivery.text, delivery.telegram_id) == ("Two", 11)


def test_the_same_form_again_is_no_edit(session: Session, cast: Cast) -> None:
    rows = [[button("Ok", "card", 1)]]
    message = outbox.send(session, cast.conversation, "One", key="k:1", at=NOON, buttons=rows)
    outbox.record_sent(session, message, telegram_ids=[11], revision=1, at=NOON)
    outbox.revise(session, message, buttons=rows)
    assert (message.revision, message.state) == (1, "sent")
    outbox.revise(session, message)
    outbox.revise(session, message)
    assert (message.revision, message.markup) == (2, None)
    assert len(list_jobs(session, DELIVER_MESSAGE)) == 2


def test_a_blocked_chat_is_shown_and_forgotten_when_the_owner_writes_again(
    session: Session, cast: Cast
) -> None:
    message = outbox.send(session, cast.conversation, "One", key="k:1", at=NOON)
    outbox.record_blocked(session, message, at=NOON)
    outbox.record_blocked(session, message, at=NOON + LATER)
    assert (message.state, cast.conversation.blocked_at) == ("blocked", NOON)
    assert read_delivery(session, message.id) is None


def test_what_was_refused_keeps_the_reason(session: Session, cast: Cast) -> None:
    message = outbox.send(session, cast.conversation, "One", key="k:1", at=NOON)
    outbox.record_failure(session, message, error="chat not found", at=NOON)
    assert (message.state, message.error) == ("failed", "chat not found")


def test_names_and_places_are_escaped_in_our_html(session: Session, cast: Cast) -> None:
    cast.mara.name = "<b>Mara</b> & Co'; drop table staff; --"
    cast.unit.number = "<i>14"
    appeal = make_appeal(session, cast)
    (card,) = list_sent(session, cast.conversation)
    assert card.is_html
    assert "&lt;b&gt;Mara&lt;/b&gt; &amp; Co'; drop table staff; --" in card.text
    assert "&lt;i&gt;14" in card.text
    assert format_card(session, appeal, at=NOON) == card.text


def test_a_note_is_never_sent(session: Session, cast: Cast) -> None:
    note = add_note(session, cast.conversation, " Call back ", staff_id=cast.mara.id, at=NOON)
    assert (note.author, note.state, note.text) == ("note", "noted", "Call back")
    assert read_delivery(session, note.id) is None
    assert list_jobs(session, DELIVER_MESSAGE) == []
    with pytest.raises(MissingText):
        add_note(session, cast.conversation, " ", staff_id=cast.mara.id, at=NOON)


def test_a_message_that_came_in_twice_is_one(session: Session, cast: Cast) -> None:
    first = make_message(session, cast.conversation, "A\x00B", telegram_message_id=5)
    again = make_message(session, cast.conversation, "other", telegram_message_id=5)
    assert first.id == again.id
    assert first.text == "AB"


def test_what_could_not_be_edited_while_the_bot_was_blocked_is_put_right_by_the_next_change(
    session: Session, cast: Cast
) -> None:
    message = outbox.send(session, cast.conversation, "One", key="k:1", at=NOON)
    outbox.record_sent(session, message, telegram_ids=[11], revision=1, at=NOON)
    outbox.revise(session, message, text="Two")
    outbox.record_blocked(session, message, at=NOON)
    outbox.revise(session, message, text="Three")
    delivery = read_delivery(session, message.id)
    assert delivery is not None
    assert (delivery.text, delivery.telegram_id) == ("Three", 11)


def test_what_never_reached_the_phone_does_not_come_late_by_losing_its_buttons(
    session: Session, cast: Cast
) -> None:
    buttons = [[button("Ok", "card", 1)]]
    message = outbox.send(
        session, cast.conversation, "Is it solved?", key="k:1", at=NOON, buttons=buttons
    )
    outbox.record_blocked(session, message, at=NOON)
    outbox.revise(session, message)
    assert read_delivery(session, message.id) is None
