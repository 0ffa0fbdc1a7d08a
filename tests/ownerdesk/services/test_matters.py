"""A message that holds two matters: the second is noticed, asked about and never lost; danger in it waits for nobody."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealEvent, Message, Residency, Unit
from ownerdesk.model.labels import SECOND
from ownerdesk.queries.appeals import find_appeal_of_message
from ownerdesk.rules.natures import Nature
from ownerdesk.rules.readings import Entity, Reading, SecondMatter
from ownerdesk.services.appeals import register_appeal, split_off
from ownerdesk.services.emergencies import drop_alarm, raise_emergency, say_no_danger
from ownerdesk.services.handoffs import accept_handoff, request_handoff
from ownerdesk.services.intake import clarify, finish_turn, keep_reading
from ownerdesk.services.matters import (
    keep_together,
    notice_second_matter,
    open_second_matter,
    raise_second_matter,
)
from ownerdesk.services.paid_services import offer_service
from tests.look import (
    find_sent,
    labels,
    list_events,
    list_handoffs,
    list_jobs,
    list_keys,
    list_open_promises,
)
from tests.make import NOON, Cast, make_cast, make_conversation, make_message, make_reading

LAMP = SecondMatter("could you fit me a lamp in the hall", Nature.PAID_SERVICE, "home_lighting")
BILL = SecondMatter("my water bill is wrong again", Nature.DISSATISFACTION, "utility_bill")
WATER = SecondMatter("it is pouring into my bedroom", Nature.EMERGENCY, "drainage")


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def write(
    session: Session, cast: Cast, second: SecondMatter = BILL, **fields: Any
) -> tuple[Message, Reading]:
    """A fault of the lighting, and something else in the same message."""
    message = make_message(session, cast.conversation, f"The landing is dark. Also, {second.text}.")
    reading = make_reading(second_matter=second, **fields)
    keep_reading(session, message, reading)
    return message, reading


def register(session: Session, cast: Cast, message: Message, **fields: Any) -> Appeal:
    return register_appeal(
        session, cast.conversation, message,
        **{"nature": "help_seeking", "category": "lighting", "at": NOON, "may_join": False, **fields},
    )  # fmt: skip


def report(
    session: Session, cast: Cast, second: SecondMatter = BILL, **fields: Any
) -> tuple[Message, Appeal]:
    """The whole turn."""
    message, reading = write(session, cast, second, **fields)
    appeal = register(session, cast, message)
    finish_turn(session, message.id, reading, (), at=NOON)
    return message, appeal


def list_appeals(session: Session) -> list[Appeal]:
    return list(session.scalars(select(Appeal).order_by(Appeal.id)))


def test_the_words_of_the_second_matter_are_kept_until_they_are_asked_about() -> None:
    record = make_reading(second_matter=LAMP).as_record()
    assert SecondMatter.of(record) == LAMP
    assert SecondMatter.of(make_reading().as_record()) is None
    assert SecondMatter.of({"second_nature": "emergency", "second_category": "gas"}) is None
    assert SecondMatter.of(None) is None


def test_the_owner_is_asked_once_after_the_card_and_staff_see_it(
    session: Session, cast: Cast
) -> None:
    message, appeal = report(session, cast)
    finish_turn(session, message.id, make_reading(second_matter=BILL), (), at=NOON)
    assert list_keys(session, cast.conversation) == ["card", "second"]
    (question,) = find_sent(session, cast.conversation, "second")
    assert f"“{BILL.text}”" in question.text
    assert (labels(question), question.appeal_id) == (["second", "nosecond"], appeal.id)
    assert list_events(session, appeal).count("matter.noticed") == 1
    event = session.scalars(select(AppealEvent).where(AppealEvent.name == "matter.noticed")).one()
    assert event.data == {
        "message_id": message.id, "text": BILL.text, "nature": "dissatisfaction",
        "category": "utility_bill",
    }  # fmt: skip


def test_a_message_that_holds_one_matter_is_asked_nothing(session: Session, cast: Cast) -> None:
    message = make_message(session, cast.conversation)
    keep_reading(session, message, make_reading())
    appeal = register(session, cast, message)
    finish_turn(session, message.id, make_reading(), (), at=NOON)
    assert list_keys(session, cast.conversation) == ["card"]
    assert "matter.noticed" not in list_events(session, appeal)


def test_yes_opens_one_appeal_with_all_that_belongs_to_it(session: Session, cast: Cast) -> None:
    message, first = report(session, cast)
    second = open_second_matter(session, cast.conversation, message, BILL, at=NOON)
    again = open_second_matter(session, cast.conversation, message, BILL, at=NOON)
    assert again.id == second.id != first.id
    assert [a.source_part for a in list_appeals(session)] == [0, 1]
    assert (second.nature, second.category, second.summary) == (
        "dissatisfaction", "utility_bill", BILL.text,
    )  # fmt: skip
    assert (second.unit_id, second.department_id) == (cast.unit.id, cast.accounts.id)
    assert second.responsible_id == cast.mara.id
    assert len(list_open_promises(session, second)) == 1
    assert list_keys(session, cast.conversation) == ["card", "second", "card"]
    assert message.appeal_id == first.id, "the message stays with what it was about first"
    assert list_events(session, first).count("matter.opened") == 1
    assert find_appeal_of_message(session, message.id) == first
    assert find_appeal_of_message(session, message.id, part=SECOND) == second


def test_a_home_that_is_not_the_owners_is_asked_about_for_the_second_too(
    session: Session, cast: Cast
) -> None:
    own = Unit(building_id=cast.unit.building_id, number="20")
    session.add(own)
    session.flush()
    session.add(Residency(owner_id=cast.alma.id, unit_id=own.id))
    message, first = report(session, cast, entities=[Entity("unit", "20", 0, 1)])
    assert open_second_matter(session, cast.conversation, message, BILL, at=NOON).unit_id == own.id
    message, first = report(session, cast, entities=[Entity("unit", "99", 0, 1)])
    second = open_second_matter(session, cast.conversation, message, BILL, at=NOON)
    asked = [q.appeal_id for q in find_sent(session, cast.conversation, "where")]
    assert asked == [first.id, second.id]


def test_no_is_noted_once_and_opens_nothing(session: Session, cast: Cast) -> None:
    message, appeal = report(session, cast)
    keep_together(session, message, at=NOON)
    keep_together(session, message, at=NOON)
    assert list_events(session, appeal).count("matter.kept") == 1
    assert len(list_appeals(session)) == 1
    open_second_matter(session, cast.conversation, message, BILL, at=NOON)  # thought over
    assert len(list_appeals(session)) == 2


def test_no_after_yes_changes_nothing(session: Session, cast: Cast) -> None:
    message, appeal = report(session, cast)
    open_second_matter(session, cast.conversation, message, BILL, at=NOON)
    keep_together(session, message, at=NOON)
    assert "matter.kept" not in list_events(session, appeal)


def test_a_message_that_joined_may_be_split_off_and_keeps_its_second_matter(
    session: Session, cast: Cast
) -> None:
    running = register(session, cast, make_message(session, cast.conversation))
    message, reading = write(session, cast)
    register(session, cast, message, may_join=True)
    finish_turn(session, message.id, reading, (), at=NOON)
    assert message.appeal_id == running.id
    assert list_keys(session, cast.conversation) == ["card", "joined", "second"]
    second = open_second_matter(session, cast.conversation, message, BILL, at=NOON)
    split = split_off(session, cast.conversation, message, at=NOON)
    assert len({running.id, second.id, split.id}) == 3
    assert (split.category, split.source_part) == ("lighting", 0)


def test_beside_an_offer_it_is_asked_and_noted_once_there_is_an_appeal(
    session: Session, cast: Cast
) -> None:
    message = make_message(session, cast.conversation, "please trim the hedge on my terrace")
    reading = make_reading("paid_service", category="home_garden", second_matter=BILL)
    keep_reading(session, message, reading)
    offer_service(session, cast.conversation, message, category="home_garden", at=NOON)
    finish_turn(session, message.id, reading, (), at=NOON)
    assert list_keys(session, cast.conversation) == ["offer", "second"]
    second = open_second_matter(session, cast.conversation, message, BILL, at=NOON)
    assert message.appeal_id is None
    first = register(session, cast, message, nature="paid_service", category="home_garden")
    notice_second_matter(session, cast.conversation, message, at=NOON)
    assert first.id != second.id
    assert "matter.noticed" in list_events(session, first)
    assert list_keys(session, cast.conversation).count("second") == 1


def test_a_conversation_that_people_have_is_not_asked_into(session: Session, cast: Cast) -> None:
    message, reading = write(session, cast)
    appeal = register(session, cast, message)
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    finish_turn(session, message.id, reading, (), at=NOON)
    assert find_sent(session, cast.conversation, "second") == []
    assert "matter.noticed" in list_events(session, appeal)


def test_what_was_handed_over_is_asked_nothing_and_keeps_its_words(
    session: Session, cast: Cast
) -> None:
    message, reading = write(session, cast)
    request_handoff(session, cast.conversation, reason="asked", message=message, at=NOON)
    finish_turn(session, message.id, reading, (), at=NOON)
    assert list_keys(session, cast.conversation) == ["handoff"]
    assert SecondMatter.of(message.reading) == BILL
    (handoff,) = list_handoffs(session, cast.conversation)
    assert handoff.message_id == message.id


def test_somebody_unknown_is_not_asked(session: Session, cast: Cast) -> None:
    stranger = make_conversation(session, chat_id=7900)
    message = make_message(session, stranger)
    keep_reading(session, message, make_reading(second_matter=BILL))
    raise_emergency(session, stranger, message, kind="fire", found_by="reader", at=NOON)
    notice_second_matter(session, stranger, message, at=NOON)
    assert find_sent(session, stranger, "second") == []


def test_after_an_emergency_something_ordinary_is_asked_about_last(
    session: Session, cast: Cast
) -> None:
    message, reading = write(session, cast)
    raise_emergency(session, cast.conversation, message, kind="fire", found_by="reader", at=NOON)
    finish_turn(session, message.id, reading, (), at=NOON)
    assert list_keys(session, cast.conversation) == ["instructions", "card", "second"]


def test_both_matters_may_be_emergencies_and_each_is_raised_with_its_instructions(
    session: Session, cast: Cast
) -> None:
    message, reading = write(session, cast, WATER)
    fire = raise_emergency(
        session, cast.conversation, message, kind="fire", found_by="reader", at=NOON
    )
    for _ in range(2):
        finish_turn(session, message.id, reading, (), at=NOON)
    water = find_appeal_of_message(session, message.id, part=SECOND)
    assert water is not None
    assert (water.nature, water.kind, water.category) == ("emergency", "flooding", "drainage")
    assert water.summary == WATER.text
    assert list_keys(session, cast.conversation) == ["instructions", "card"] * 2
    assert len(list_open_promises(session, water, "acceptance")) == 1
    assert [job["appeal_id"] for job in list_jobs(session, "check_alarm")] == [fire.id, water.id]
    assert len(list_handoffs(session, cast.conversation)) == 1


def test_the_same_emergency_told_twice_in_a_message_is_one(session: Session, cast: Cast) -> None:
    message, reading = write(session, cast, WATER)
    raise_emergency(
        session, cast.conversation, message, kind="flooding", found_by="reader", at=NOON
    )
    finish_turn(session, message.id, reading, (), at=NOON)
    assert len(list_appeals(session)) == 1


def test_danger_beside_something_milder_is_asked_about_at_once_and_people_look(
    session: Session, cast: Cast
) -> None:
    _, appeal = report(session, cast, WATER)
    assert list_keys(session, cast.conversation) == ["card", "danger?"]
    (question,) = find_sent(session, cast.conversation, "danger?")
    assert labels(question) == ["seconddanger", "nodanger"]
    assert "flooding" in str(question.markup)
    (handoff,) = list_handoffs(session, cast.conversation)
    assert (handoff.reason, handoff.appeal_id) == ("emergency", appeal.id)
    assert "matter.noticed" in list_events(session, appeal)


def test_a_denied_danger_is_a_matter_like_any_other(session: Session, cast: Cast) -> None:
    message, first = report(session, cast, WATER)
    say_no_danger(session, cast.conversation, message, at=NOON)
    notice_second_matter(session, cast.conversation, message, at=NOON)
    assert list_keys(session, cast.conversation)[-2:] == ["nodanger", "second"]
    second = open_second_matter(session, cast.conversation, message, WATER, at=NOON)
    assert (second.nature, second.category) == ("help_seeking", "drainage")
    assert first.nature == "help_seeking"


def test_a_danger_nobody_denied_is_raised_by_whatever_press(session: Session, cast: Cast) -> None:
    message, first = report(session, cast, WATER)
    for _ in range(2):
        second = open_second_matter(session, cast.conversation, message, WATER, at=NOON)
    assert (second.nature, second.kind) == ("emergency", "flooding")
    assert first.nature == "help_seeking"
    assert len(list_appeals(session)) == 2
    assert "instructions" in list_keys(session, cast.conversation)


def test_danger_that_goes_on_with_a_running_emergency_joins_it_once(
    session: Session, cast: Cast
) -> None:
    before = make_message(session, cast.conversation, "Water everywhere!")
    running = raise_emergency(
        session, cast.conversation, before, kind="flooding", found_by="rule", at=NOON
    )
    message, first = report(session, cast, WATER)
    for _ in range(2):
        raised = raise_second_matter(
            session, cast.conversation, message, WATER, found_by="owner", at=NOON
        )
    assert raised.id == running.id
    assert message.appeal_id == first.id
    assert list_keys(session, cast.conversation).count("alarmed") == 1
    assert list_events(session, running).count("message.added") == 1
    assert list_events(session, first).count("matter.opened") == 1


def test_an_unsure_message_is_asked_one_question_which_is_about_its_danger_too(
    session: Session, cast: Cast
) -> None:
    message, reading = write(session, cast, WATER, intent="nlu_fallback", decision="clarify")
    clarify(session, cast.conversation, message, reading, at=NOON)
    finish_turn(session, message.id, reading, (), at=NOON)
    (question,) = find_sent(session, cast.conversation, "clarify")
    assert labels(question)[0] == "danger"
    assert list_keys(session, cast.conversation) == ["clarify"]
    assert cast.conversation.state == "waiting"
    drop_alarm(session, cast.conversation, message, at=NOON)
    assert cast.conversation.state == "bot"
