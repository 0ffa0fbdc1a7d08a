"""Communication that turns into dissatisfaction (S9): the owner gets a person, the manager hears why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealEvent, DutyShift, Message, Notice, StaffRole
from ownerdesk.queries.appeals import find_open_promise
from ownerdesk.services.appeals import add_detail, attach_message
from ownerdesk.services.closure import confirm_solved, rate_appeal
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.events import Actor
from ownerdesk.services.handoffs import accept_handoff, reply
from ownerdesk.services.intake import clarify, take_in_text
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from ownerdesk.services.statuses import tell_status
from ownerdesk.services.sweep import check_promise
from tests.look import find_sent, list_events, list_handoffs
from tests.make import LATER, NOON, Cast, make_appeal, make_cast, make_message, make_reading


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    return make_appeal(session, cast)


def write(session: Session, appeal: Appeal, text: str, **reading: object) -> Message:
    """A message that joins the appeal, as it was read."""
    message = make_message(session, appeal.conversation, text)
    message.reading = dict(reading) or None
    attach_message(session, appeal, message, at=NOON + LATER)
    return message


def ask_status(
    session: Session, appeal: Appeal, text: str = "How is it going with the lamp"
) -> None:
    message = make_message(session, appeal.conversation, text)
    message.reading = {"intent": "ask_status", "nature": "other"}
    tell_status(session, appeal.conversation, message, at=NOON + LATER)


def reasons(session: Session, appeal: Appeal, name: str = "appeal.turned") -> list[list[str]]:
    events = session.scalars(
        select(AppealEvent)
        .where(AppealEvent.appeal_id == appeal.id, AppealEvent.name == name)
        .order_by(AppealEvent.id)
    )
    return [event.data["reasons"] for event in events]


def notices(session: Session, staff_id: int) -> list[str]:
    return list(
        session.scalars(
            select(Notice.words)
            .where(Notice.staff_id == staff_id, Notice.topic == "appeal.turned")
            .order_by(Notice.id)
        )
    )


def test_a_sharp_word_raises_class_severity_and_responsible_and_gives_the_owner_a_person(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    due_at = appeal.next_due_at
    message = write(session, appeal, "This is unacceptable.")
    assert message.mood == "sharp"
    assert (appeal.nature, appeal.severity, appeal.responsible_id) == (
        "dissatisfaction", "major", cast.boris.id,
    )  # fmt: skip
    assert reasons(session, appeal) == [["sharp_word"]]
    (handoff,) = list_handoffs(session, cast.conversation)
    assert (handoff.reason, handoff.appeal_id, handoff.message_id) == (
        "turned", appeal.id, message.id,
    )  # fmt: skip
    assert cast.conversation.state == "waiting"
    (told,) = find_sent(session, cast.conversation, "turned")
    for part in ("T-1001", "Boris T", "13:11"):
        assert part in told.text
    assert "You are responsible" in notices(session, cast.boris.id)[0]
    assert "Boris T" in notices(session, cast.mara.id)[0]
    promise = find_open_promise(session, appeal.id, "resolution")
    assert promise is not None
    assert (promise.due_at, promise.staff_id) == (due_at, cast.boris.id), "nobody waits longer"


def test_it_turns_once_and_a_worse_sign_is_only_told(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    write(session, appeal, "This is unacceptable.")
    write(session, appeal, "You are all useless")
    assert len(notices(session, cast.boris.id)) == 1, "the same sign again is no news"
    write(session, appeal, "Still nothing?")
    assert reasons(session, appeal) == [["sharp_word"]]
    assert reasons(session, appeal, "appeal.worsened") == [["repeated_asking"]]
    assert len(notices(session, cast.boris.id)) == 2
    assert len(find_sent(session, cast.conversation, "turned")) == 1
    assert len(list_handoffs(session, cast.conversation)) == 1


def test_the_third_ask_without_news_turns_it(session: Session, cast: Cast, appeal: Appeal) -> None:
    ask_status(session, appeal)
    write(session, appeal, "any news?")
    assert appeal.nature == "help_seeking"
    ask_status(session, appeal)
    assert appeal.nature == "dissatisfaction"
    assert reasons(session, appeal) == [["repeated_asking"]]


def test_news_in_between_begins_the_count_anew(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    ask_status(session, appeal)
    ask_status(session, appeal)
    accept_appeal(session, appeal, by=cast.mara, at=NOON + LATER)
    ask_status(session, appeal)
    ask_status(session, appeal)
    assert appeal.nature == "help_seeking"
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON + LATER)
    reply(
        session,
        cast.conversation,
        "At five.",
        by=cast.mara,
        key="a",
        at=NOON + LATER,
        appeal=appeal,
    )
    write(session, appeal, "still waiting")
    assert appeal.nature == "help_seeking"


def test_details_and_thanks_are_no_asks(session: Session, cast: Cast, appeal: Appeal) -> None:
    for text in ("It is the left lamp.", "Thank you!!!", "The door is open.", "No hurry.", ""):
        write(session, appeal, text, intent="add_detail", nature="other")
    assert appeal.nature == "help_seeking"
    assert "owner.asked" not in list_events(session, appeal)


def test_a_look_at_the_list_by_command_is_no_ask(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    for _ in range(4):
        ask_status(session, appeal, "/status")
    assert "owner.asked" not in list_events(session, appeal)


def test_one_message_that_comes_twice_is_one_ask(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    message = make_message(session, cast.conversation, "any news?")
    for _ in range(4):
        add_detail(session, appeal, message, at=NOON)
        message.answered_at = None
    assert list_events(session, appeal).count("owner.asked") == 1
    assert appeal.nature == "help_seeking"


def test_after_a_promise_was_moved_the_second_ask_turns_it_and_after_a_broken_one_the_first(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    promise = find_open_promise(session, appeal.id, "resolution")
    assert promise is not None
    check_promise(session, promise.id, at=promise.due_at - LATER)
    ask_status(session, appeal)
    assert appeal.nature == "help_seeking"
    ask_status(session, appeal)
    assert reasons(session, appeal) == [["repeated_asking"]]

    other = make_appeal(session, cast, category="elevator")
    promise = find_open_promise(session, other.id, "resolution")
    assert promise is not None
    check_promise(session, promise.id, at=promise.due_at + LATER)
    assert other.nature == "help_seeking", "a broken promise alone is the clocks' matter"
    ask_status(session, other)
    assert reasons(session, other) == [["missed_promise"]]


def test_a_complaint_that_joins_a_request_turns_it_only_when_the_reader_is_sure(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    write(session, appeal, "Hm.", nature="dissatisfaction", nature_confidence=0.4)
    assert appeal.nature == "help_seeking"
    write(session, appeal, "Hm.", nature="dissatisfaction", nature_confidence=0.8)
    assert reasons(session, appeal) == [["dissatisfaction"]]


def test_whoever_has_had_enough_is_not_asked_what_it_is_about(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    reading = make_reading("nlu_fallback", decision="clarify")
    calm = make_message(session, cast.conversation, "The thing with the landing.")
    clarify(session, cast.conversation, calm, reading, at=NOON + LATER)
    assert calm.answered_how == "clarified"
    sharp = make_message(session, cast.conversation, "This is unacceptable!")
    clarify(session, cast.conversation, sharp, reading, at=NOON + LATER)
    assert (sharp.answered_how, sharp.appeal_id) == ("joined", appeal.id)
    assert reasons(session, appeal) == [["sharp_word"]]


def test_a_low_rating_turns_a_closed_appeal_and_keeps_it_closed(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    confirm_solved(session, appeal, at=NOON)
    rate_appeal(session, appeal, stars=3, at=NOON)
    assert appeal.nature == "help_seeking"
    rate_appeal(session, appeal, stars=2, at=NOON)
    rate_appeal(session, appeal, stars=1, at=NOON)
    assert (appeal.state, appeal.nature, appeal.severity) == ("closed", "dissatisfaction", "major")
    assert reasons(session, appeal) == [["low_rating"]]
    assert "not content" in find_sent(session, cast.conversation, "turned")[0].text
    assert len(notices(session, cast.boris.id)) == 1


def test_the_word_that_goes_with_low_stars_is_kept_although_a_person_comes(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    confirm_solved(session, appeal, at=NOON)
    rate_appeal(session, appeal, stars=1, at=NOON)
    message = make_message(session, cast.conversation, "It took four visits.")
    assert take_in_text(session, cast.conversation, message, at=NOON + LATER) is None
    assert "rating.commented" in list_events(session, appeal)
    later = make_message(session, cast.conversation, "And one more thing.")
    take_in_text(session, cast.conversation, later, at=NOON + LATER)
    assert list_events(session, appeal).count("rating.commented") == 1


def test_an_emergency_keeps_its_class_and_its_people_and_the_manager_is_told(
    session: Session, cast: Cast
) -> None:
    smoke = make_message(session, cast.conversation, "Smoke in the hall!")
    appeal = raise_emergency(
        session, cast.conversation, smoke, kind="fire", found_by="rule", at=NOON
    )
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    write(session, appeal, "You idiots, where are you")
    assert (appeal.nature, appeal.severity, appeal.kind) == ("emergency", "emergency", "fire")
    assert appeal.responsible_id == cast.mara.id
    assert reasons(session, appeal, "appeal.worsened") == [["sharp_word"]]
    assert len(notices(session, cast.boris.id)) == 1


def test_an_order_stays_an_order_and_gets_a_manager(session: Session, cast: Cast) -> None:
    order = make_appeal(session, cast, nature="paid_service", category="home_cleaning")
    write(session, order, "I am fed up with waiting")
    assert (order.nature, order.severity, order.responsible_id) == (
        "paid_service", "major", cast.boris.id,
    )  # fmt: skip


def test_while_a_person_holds_the_conversation_the_bot_stays_silent(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    write(session, appeal, "This is unacceptable.")
    assert find_sent(session, cast.conversation, "turned") == []
    assert len(list_handoffs(session, cast.conversation)) == 1
    assert appeal.responsible_id == cast.boris.id
    assert notices(session, cast.boris.id)


def test_without_anybody_who_supervises_it_is_recorded_and_the_receivers_are_told(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    session.execute(delete(StaffRole).where(StaffRole.staff_id == cast.boris.id))
    session.execute(delete(DutyShift))
    write(session, appeal, "This is unacceptable.")
    assert (appeal.nature, appeal.responsible_id) == ("dissatisfaction", cast.mara.id)
    assert notices(session, cast.mara.id)
    assert find_sent(session, cast.conversation, "turned")


def test_a_manager_who_has_it_keeps_it(session: Session, cast: Cast, appeal: Appeal) -> None:
    accept_appeal(session, appeal, by=cast.boris, at=NOON)
    write(session, appeal, "This is unacceptable.")
    assert appeal.responsible_id == cast.boris.id
    assert len(notices(session, cast.boris.id)) == 1


def test_what_is_written_about_a_closed_appeal_turns_nothing(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    confirm_solved(session, appeal, at=NOON)
    message = write(session, appeal, "This was unacceptable.")
    assert message.mood == "sharp"
    assert appeal.nature == "help_seeking"


def test_an_ask_about_several_appeals_counts_for_the_one_whose_promise_was_broken(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    promise = find_open_promise(session, appeal.id, "resolution")
    assert promise is not None
    check_promise(session, promise.id, at=NOON + timedelta(hours=2))
    newer = make_appeal(session, cast, category="elevator", at=NOON + timedelta(hours=2))
    ask_status(session, newer)
    assert "owner.asked" not in list_events(session, newer)
    assert appeal.nature == "dissatisfaction"
