"""What happens to words before and after the reader."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealEvent, Conversation
from ownerdesk.queries.appeals import find_rating
from ownerdesk.services.appeals import register_appeal
from ownerdesk.services.awaiting import PATIENCE, await_text
from ownerdesk.services.closure import confirm_solved, rate_appeal, reopen_appeal
from ownerdesk.services.conversations import choose_language, edit_message
from ownerdesk.services.emergencies import drop_alarm
from ownerdesk.services.events import Actor
from ownerdesk.services.handoffs import accept_handoff, request_handoff
from ownerdesk.services.intake import (
    answer_without_reader,
    ask_to_register,
    clarify,
    finish_turn,
    is_stranger,
    join_latest,
    list_unread,
    take_in_edit,
    take_in_text,
)
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from tests.look import find_sent, labels, list_events, list_handoffs, list_keys
from tests.make import (
    LATER,
    NOON,
    Cast,
    make_appeal,
    make_cast,
    make_conversation,
    make_message,
    make_reading,
)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def resolve(session: Session, cast: Cast) -> Appeal:
    appeal = make_appeal(session, cast)
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    return appeal


def register(session: Session, conversation: Conversation, text: str, *, may_join: bool) -> Appeal:
    message = make_message(session, conversation, text)
    return register_appeal(
        session, conversation, message, nature="help_seeking", category="lighting", at=NOON,
        may_join=may_join,
    )  # fmt: skip


def test_words_go_to_the_reader_once(session: Session, cast: Cast) -> None:
    message = make_message(session, cast.conversation, "The light is out")
    question = take_in_text(session, cast.conversation, message, at=NOON)
    assert question is not None
    assert (question.message_id, question.text, question.may_join) == (
        message.id, "The light is out", True,
    )  # fmt: skip
    assert question.language is None, "the text shows its language unless the owner chose one"
    choose_language(session, cast.conversation, "es")
    again = take_in_text(session, cast.conversation, message, at=NOON)
    assert again is not None
    assert again.language == "es"
    message.answered_at = NOON
    assert take_in_text(session, cast.conversation, message, at=NOON) is None


def test_after_new_the_next_message_does_not_join(session: Session, cast: Cast) -> None:
    first = make_appeal(session, cast)
    await_text(cast.conversation, "new_appeal", at=NOON)
    message = make_message(session, cast.conversation, "Another light is out")
    for _ in range(2):  # the process may die between the two halves
        question = take_in_text(session, cast.conversation, message, at=NOON)
        assert question is not None
        assert question.may_join is False
    second = register_appeal(
        session, cast.conversation, message, nature="help_seeking", category="lighting", at=NOON,
        may_join=question.may_join,
    )  # fmt: skip
    assert second.id != first.id
    later = make_message(session, cast.conversation, "It flickers, too")
    question = take_in_text(session, cast.conversation, later, at=NOON)
    assert question is not None
    assert question.may_join is True


def test_after_half_an_hour_nothing_is_expected_any_more(session: Session, cast: Cast) -> None:
    appeal = resolve(session, cast)
    reopen_appeal(session, appeal, how="notyet", at=NOON)
    message = make_message(session, cast.conversation, "When is the pool open?")
    late = NOON + PATIENCE + LATER
    assert take_in_text(session, cast.conversation, message, at=late) is not None
    assert message.appeal_id is None


def test_the_reason_for_reopening_goes_to_the_appeal_and_can_be_split_off(
    session: Session, cast: Cast
) -> None:
    appeal = resolve(session, cast)
    reopen_appeal(session, appeal, how="notyet", at=NOON)
    message = make_message(session, cast.conversation, "It went out again")
    assert take_in_text(session, cast.conversation, message, at=NOON) is None
    assert message.appeal_id == appeal.id
    assert message.answered_how == "reopen_reason"
    (reply,) = find_sent(session, cast.conversation, "reply")
    assert labels(reply) == ["split"], "it may have been a new matter"
    following = make_message(session, cast.conversation, "And the lift squeaks")
    assert take_in_text(session, cast.conversation, following, at=NOON) is not None


def test_a_word_after_the_stars_is_kept_with_the_rating(session: Session, cast: Cast) -> None:
    appeal = resolve(session, cast)
    confirm_solved(session, appeal, at=NOON)
    rate_appeal(session, appeal, stars=4, at=NOON)
    message = make_message(session, cast.conversation, "Quick and kind")
    assert take_in_text(session, cast.conversation, message, at=NOON) is None
    rating = find_rating(session, appeal.id)
    assert rating is not None
    assert rating.comment == "Quick and kind"


def test_danger_is_no_rating_comment(session: Session, cast: Cast) -> None:
    appeal = resolve(session, cast)
    confirm_solved(session, appeal, at=NOON)
    rate_appeal(session, appeal, stars=4, at=NOON)
    message = make_message(session, cast.conversation, "There is a fire in my kitchen!")
    take_in_text(session, cast.conversation, message, at=NOON)
    assert message.answered_how == "emergency"


def test_while_it_waits_for_a_person_each_message_is_acknowledged_once(
    session: Session, cast: Cast
) -> None:
    request_handoff(session, cast.conversation, reason="asked", at=NOON)
    message = make_message(session, cast.conversation, "It is about my bill")
    for _ in range(2):
        assert take_in_text(session, cast.conversation, message, at=NOON) is None
    assert list_keys(session, cast.conversation) == ["handoff", "waiting"]


def test_while_a_person_is_there_the_bot_is_silent(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    request_handoff(session, cast.conversation, reason="asked", appeal=appeal, at=NOON)
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    told = list_keys(session, cast.conversation)
    message = make_message(session, cast.conversation, "Thanks for looking")
    for _ in range(2):
        assert take_in_text(session, cast.conversation, message, at=NOON) is None
    assert list_keys(session, cast.conversation) == told
    assert message.appeal_id == appeal.id
    assert list_events(session, appeal).count("message.added") == 1
    assert message.answered_at is None, "the person answers it"


def test_unsure_readings_get_one_short_question_and_after_two_misses_a_person(
    session: Session, cast: Cast
) -> None:
    reading = make_reading(
        "nlu_fallback", ranking={"help_seeking": 0.4, "consultation": 0.35, "thanks": 0.25}
    )
    first = make_message(session, cast.conversation, "hm the thing")
    for _ in range(2):
        clarify(session, cast.conversation, first, reading, at=NOON)
    (question,) = find_sent(session, cast.conversation, "clarify")
    assert labels(question) == ["read", "read", "human"]
    assert cast.conversation.misses == 1
    second = make_message(session, cast.conversation, "you know, the thing")
    clarify(session, cast.conversation, second, reading, at=NOON)
    (handoff,) = list_handoffs(session, cast.conversation)
    assert handoff.reason == "two_misses"
    assert second.answered_how == "handed_over"
    assert cast.conversation.misses == 0


def test_an_unsure_reading_with_a_sign_of_danger_gets_one_question_for_both(
    session: Session, cast: Cast
) -> None:
    reading = make_reading(
        "nlu_fallback", ranking={"help_seeking": 0.5, "emergency": 0.4}, alarm=True, kind="flooding"
    )
    message = make_message(session, cast.conversation, "hm the thing")
    clarify(session, cast.conversation, message, reading, at=NOON)
    finish_turn(session, message.id, reading, [], at=NOON)
    (question,) = find_sent(session, cast.conversation, "clarify")
    assert labels(question) == ["danger", "read", "human"]
    assert find_sent(session, cast.conversation, "danger?") == []
    assert list_handoffs(session, cast.conversation)[0].reason == "emergency", "a person looks"
    drop_alarm(session, cast.conversation, message, at=NOON)
    assert cast.conversation.state == "bot", "something ordinary needs no person"


def test_a_photo_with_few_words_goes_with_what_was_just_reported(
    session: Session, cast: Cast
) -> None:
    appeal = make_appeal(session, cast)
    photo = make_message(session, cast.conversation, "look", kind="photo")
    clarify(session, cast.conversation, photo, make_reading("nlu_fallback"), at=NOON)
    assert photo.appeal_id == appeal.id
    assert labels(find_sent(session, cast.conversation, "joined")[0]) == ["split"]
    assert cast.conversation.misses == 0


def test_an_appeal_in_between_forgives_the_first_miss(session: Session, cast: Cast) -> None:
    reading = make_reading("nlu_fallback")
    clarify(session, cast.conversation, make_message(session, cast.conversation), reading, at=NOON)
    make_appeal(session, cast)
    clarify(session, cast.conversation, make_message(session, cast.conversation), reading, at=NOON)
    assert list_handoffs(session, cast.conversation) == []


def test_a_question_without_any_likely_reading_still_offers_some(
    session: Session, cast: Cast
) -> None:
    message = make_message(session, cast.conversation, "asdf")
    clarify(session, cast.conversation, message, make_reading("nlu_fallback", ranking={}), at=NOON)
    offered = labels(find_sent(session, cast.conversation, "clarify")[0])
    assert offered.count("read") >= 2
    assert offered[-1] == "human"


def test_a_chosen_reading_of_a_message_that_was_asked_about_is_not_lost_by_joining(
    session: Session, cast: Cast
) -> None:
    appeal = make_appeal(session, cast)
    message = make_message(session, cast.conversation, "hm and the other one")
    clarify(session, cast.conversation, message, make_reading("nlu_fallback"), at=NOON)
    for _ in range(2):
        joined = register_appeal(
            session, cast.conversation, message, nature="help_seeking", category="lighting", at=NOON
        )
        assert joined.id == appeal.id
    assert message.appeal_id == appeal.id
    assert len(find_sent(session, cast.conversation, "joined")) == 1


@pytest.mark.parametrize(
    ("nature", "category", "minutes", "joins"),
    [
        ("help_seeking", "lighting", 29, True),
        ("dissatisfaction", "lighting", 29, True),
        ("help_seeking", "elevator", 29, False),
        ("consultation", "lighting", 29, False),
        ("paid_service", "lighting", 29, False),
        ("help_seeking", "lighting", 31, False),
    ],
)
def test_messages_join_only_about_the_same_thing_and_soon(
    session: Session, cast: Cast, nature: str, category: str, minutes: int, joins: bool
) -> None:
    appeal = make_appeal(session, cast)
    at = NOON + timedelta(minutes=minutes)
    message = make_message(session, cast.conversation, "And more", at=at)
    registered = register_appeal(
        session, cast.conversation, message, nature=nature, category=category, at=at
    )
    assert (registered.id == appeal.id) is joins


def test_nothing_joins_an_appeal_that_waits_for_the_owners_word(
    session: Session, cast: Cast
) -> None:
    done = resolve(session, cast)
    assert register(session, cast.conversation, "The light again", may_join=True).id != done.id


def test_a_detail_goes_to_the_appeal_last_added_to(session: Session, cast: Cast) -> None:
    make_appeal(session, cast)
    latest = make_appeal(session, cast, category="elevator", at=NOON + LATER)
    message = make_message(session, cast.conversation, "It is on the 4th floor")
    join_latest(session, cast.conversation, message, make_reading("add_detail"), at=NOON + LATER)
    assert message.appeal_id == latest.id
    (told,) = find_sent(session, cast.conversation, "joined")
    assert latest.number in told.text
    assert labels(told) == ["split"]


def test_a_detail_without_an_appeal_is_asked_about(session: Session, cast: Cast) -> None:
    message = make_message(session, cast.conversation, "It is on the 4th floor")
    join_latest(session, cast.conversation, message, make_reading("add_detail"), at=NOON)
    assert message.answered_how == "clarified"


def test_rasas_own_words_are_sent_once(session: Session, cast: Cast) -> None:
    message = make_message(session, cast.conversation, "thanks!")
    responses = [{"text": "You are welcome."}, {"text": "  "}, {"image": "x"}]
    for _ in range(2):
        finish_turn(session, message.id, make_reading("thanks"), responses, at=NOON)
    assert list_keys(session, cast.conversation) == ["reply"]
    assert message.answered_how == "replied"
    assert message.reading is not None
    assert "thanks!" not in str(message.reading)


def test_a_turn_that_answered_nothing_goes_to_a_person(session: Session, cast: Cast) -> None:
    message = make_message(session, cast.conversation, "???")
    finish_turn(session, message.id, make_reading("nlu_fallback"), [], at=NOON)
    assert list_handoffs(session, cast.conversation)[0].reason == "not_understood"
    assert message.answered_how == "handed_over"


def test_without_a_reader_a_person_gets_it_unless_a_late_turn_answered(
    session: Session, cast: Cast
) -> None:
    message = make_message(session, cast.conversation, "The light is out")
    late = make_message(session, cast.conversation, "And the lift")
    late.answered_at = NOON
    answer_without_reader(session, late.id, reason="reader_down", at=NOON)
    assert list_handoffs(session, cast.conversation) == []
    answer_without_reader(session, message.id, reason="reader_down", at=NOON)
    answer_without_reader(session, message.id, reason="reader_down", at=NOON)
    assert list_handoffs(session, cast.conversation)[0].reason == "reader_down"
    assert list_keys(session, cast.conversation) == ["handoff"]


def test_the_language_of_the_message_is_followed_until_the_owner_chooses(
    session: Session, cast: Cast
) -> None:
    message = make_message(session, cast.conversation, "gracias")
    finish_turn(session, message.id, make_reading("thanks", language="es"), [], at=NOON)
    assert cast.conversation.language == "es"
    choose_language(session, cast.conversation, "en")
    message = make_message(session, cast.conversation, "gracias otra vez")
    finish_turn(session, message.id, make_reading("thanks", language="es"), [], at=NOON)
    assert cast.conversation.language == "en"
    assert message.language == "es"


def test_an_unknown_language_is_answered_in_english(session: Session) -> None:
    conversation = make_conversation(session, language="fi-FI")
    assert conversation.language == "en"


def test_a_stranger_is_asked_once_and_what_they_wrote_is_found_until_it_is_answered(
    session: Session, cast: Cast
) -> None:
    stranger = make_conversation(session, chat_id=7999)
    assert is_stranger(stranger)
    first = make_message(session, stranger, "The light is out")
    second = make_message(session, stranger, "Also the lift squeaks")
    for message in (first, second, second):
        ask_to_register(session, stranger, message, at=NOON)
    assert list_keys(session, stranger) == ["register", "register"]
    for _ in range(2):
        assert [m.id for m in list_unread(session, stranger, at=NOON)] == [first.id, second.id]
    assert first.answered_at is None
    next_week = NOON + timedelta(days=7)
    assert len(list_unread(session, stranger, at=next_week)) == 2, "an invitation may take its time"


def test_what_a_person_has_read_since_is_not_taken_up_when_a_stranger_registers(
    session: Session, cast: Cast
) -> None:
    stranger = make_conversation(session, chat_id=7999)
    ask_to_register(session, stranger, make_message(session, stranger), at=NOON)
    request_handoff(session, stranger, reason="asked", at=NOON + LATER)
    accept_handoff(session, stranger, by=cast.mara, at=NOON + LATER)
    later = make_message(session, stranger, "And the lift squeaks", at=NOON + 2 * LATER)
    ask_to_register(session, stranger, later, at=NOON + 2 * LATER)
    assert list_unread(session, stranger, at=NOON + 3 * LATER) == [later]


def test_an_edit_is_noted_once_and_the_earlier_words_are_kept(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    message = make_message(session, cast.conversation, "Floor 3", telegram_message_id=900)
    message.appeal_id = appeal.id
    at = NOON + LATER
    assert edit_message(session, cast.conversation, 900, "Floor 4\x00", at=at) is message
    assert (message.text, message.edited_at) == ("Floor 4", at)
    assert edit_message(session, cast.conversation, 901, "x", at=at) is None
    take_in_edit(session, cast.conversation, message, earlier="Floor 3", at=at)
    assert list_keys(session, cast.conversation)[-1] == "edited"
    event = session.scalars(select(AppealEvent).where(AppealEvent.name == "message.edited")).one()
    assert event.data["before"] == "Floor 3"


def test_odd_texts_are_taken_in(session: Session, cast: Cast) -> None:
    for text in ("", "x" * 4096, "🙂" * 2000, "\u202eright to left\u202c", "<b>&amp;</b>",
                 "'; drop table appeals; --"):  # fmt: skip
        appeal = register(session, cast.conversation, text, may_join=False)
        assert len(appeal.summary) <= 300
    assert session.scalar(select(func.count()).select_from(Appeal)) == 6
