"""Emergencies (S12): instructions first, then people, until one accepts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, EmergencyInstruction, Message, ReturnVisit
from ownerdesk.model.labels import KINDS
from ownerdesk.services.appeals import correct_appeal
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.closure import confirm_solved
from ownerdesk.services.emergencies import (
    answer_alarm,
    check_alarm,
    find_instruction,
    raise_emergency,
    say_no_danger,
)
from ownerdesk.services.events import Actor
from ownerdesk.services.handoffs import accept_handoff, request_handoff
from ownerdesk.services.intake import (
    answer_without_reader,
    finish_turn,
    take_in_edit,
    take_in_text,
)
from ownerdesk.services.jobs import CHECK_ALARM
from ownerdesk.services.notices import find_staff_chat
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from tests.look import (
    count_ends,
    find_sent,
    labels,
    list_events,
    list_handoffs,
    list_jobs,
    list_keys,
    list_open_promises,
)
from tests.make import (
    LATER,
    NOON,
    Cast,
    make_appeal,
    make_cast,
    make_conversation,
    make_message,
    make_reading,
    make_staff,
    make_staff_chat,
)

STUCK = "We are stuck in the lift and the alarm button does nothing!"
WEAK = "There is a strange smell in the stairwell, a bit like gas maybe"


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def raise_it(session: Session, cast: Cast, text: str = STUCK, kind: str = "entrapment") -> Appeal:
    message = make_message(session, cast.conversation, text)
    return raise_emergency(session, cast.conversation, message, kind=kind, found_by="rule", at=NOON)


def test_the_owner_is_told_what_to_do_before_anything_else(session: Session, cast: Cast) -> None:
    appeal = raise_it(session, cast)
    assert list_keys(session, cast.conversation) == ["instructions", "card"]
    assert (appeal.nature, appeal.severity, appeal.kind) == ("emergency", "emergency", "entrapment")
    assert appeal.category == "elevator"
    assert appeal.responsible_id == cast.mara.id
    (promise,) = list_open_promises(session, appeal, "acceptance")
    assert promise.due_at == appeal.next_due_at == NOON + timedelta(minutes=5)
    assert list_open_promises(session, appeal, "resolution") == []
    assert "13:05" in find_sent(session, cast.conversation, "card")[0].text
    (handoff,) = list_handoffs(session, cast.conversation)
    assert (handoff.reason, handoff.appeal_id) == ("emergency", appeal.id)
    (job,) = list_jobs(session, CHECK_ALARM)
    assert job["at"] == NOON + timedelta(minutes=1)


def test_the_same_message_raises_one_alarm(session: Session, cast: Cast) -> None:
    message = make_message(session, cast.conversation, STUCK)
    first, second = (
        raise_emergency(
            session, cast.conversation, message, kind="entrapment", found_by=found_by, at=NOON
        )
        for found_by in ("rule", "reader")
    )
    assert first.id == second.id
    assert list_events(session, first).count("alarm.raised") == 1
    assert len(list_jobs(session, CHECK_ALARM)) == 1


def test_a_second_message_joins_without_the_instructions_again(
    session: Session, cast: Cast
) -> None:
    appeal = raise_it(session, cast)
    more = make_message(session, cast.conversation, "Please hurry, we are stuck in the lift!")
    for _ in range(2):
        joined = raise_emergency(
            session, cast.conversation, more, kind="entrapment", found_by="rule", at=NOON
        )
        assert joined.id == appeal.id
    assert more.appeal_id == appeal.id
    assert list_keys(session, cast.conversation) == ["instructions", "card", "alarmed"]


def test_danger_of_another_kind_is_an_emergency_of_its_own(session: Session, cast: Cast) -> None:
    first = raise_it(session, cast)
    second = raise_it(session, cast, "And now there is smoke!", "fire")
    assert first.id != second.id
    assert list_keys(session, cast.conversation).count("instructions") == 2
    assert len(list_handoffs(session, cast.conversation)) == 1


def test_people_are_alarmed_every_minute_and_the_next_in_line_after_five(
    session: Session, cast: Cast
) -> None:
    pia = make_staff(session, cast.project, "Pia T", "project_manager")
    appeal = raise_it(session, cast)
    for minute in (1, 2, 3, 4):
        check_alarm(session, appeal, at=NOON + timedelta(minutes=minute))
    assert list_events(session, appeal).count("alarm.repeated") == 4
    assert find_sent(session, cast.conversation, "alarm.late") == []
    check_alarm(session, appeal, at=NOON + timedelta(minutes=5))
    assert appeal.responsible_id == cast.boris.id
    (late,) = find_sent(session, cast.conversation, "alarm.late")
    assert "112" in late.text
    assert "13:10" in late.text
    check_alarm(session, appeal, at=NOON + timedelta(minutes=10))
    assert appeal.responsible_id == pia.id
    check_alarm(session, appeal, at=NOON + timedelta(minutes=15))
    assert appeal.responsible_id == cast.boris.id, "round again until somebody answers"
    assert len(list_jobs(session, CHECK_ALARM)) == 8
    assert len(list_open_promises(session, appeal, "acceptance")) == 1


def test_once_a_person_accepts_the_alarm_is_over_and_the_owner_hears_who(
    session: Session, cast: Cast
) -> None:
    appeal = raise_it(session, cast)
    (promise,) = list_open_promises(session, appeal, "acceptance")
    accept_appeal(session, appeal, by=cast.boris, at=NOON + LATER)
    jobs = len(list_jobs(session, CHECK_ALARM))
    check_alarm(session, appeal, at=NOON + timedelta(minutes=30))
    assert len(list_jobs(session, CHECK_ALARM)) == jobs
    assert promise.kept_at == NOON + LATER
    assert len(list_open_promises(session, appeal, "resolution")) == 1
    (told,) = find_sent(session, cast.conversation, "accepted")
    assert "Boris T" in told.text
    assert find_sent(session, cast.conversation, "alarm.late") == []


def test_whoever_takes_on_an_emergency_has_its_owner_too_if_they_may_answer(
    session: Session, cast: Cast
) -> None:
    appeal = raise_it(session, cast)
    answer_alarm(session, appeal, by=cast.ike, at=NOON)
    assert cast.conversation.state == "waiting", "an operator does not write to owners"
    for _ in range(2):
        answer_alarm(session, appeal, by=cast.mara, at=NOON)
    assert (cast.conversation.state, cast.conversation.assignee_id) == ("person", cast.mara.id)
    assert list_keys(session, cast.conversation).count("handoff.accepted") == 1


def test_a_withdrawn_emergency_alarms_nobody(session: Session, cast: Cast) -> None:
    appeal = raise_it(session, cast)
    cancel_appeal(session, appeal, at=NOON)
    check_alarm(session, appeal, at=NOON + timedelta(minutes=5))
    assert "appeal.escalated" not in list_events(session, appeal)
    assert list_open_promises(session, appeal, "acceptance") == []


def test_rules_that_are_certain_raise_it_while_a_person_holds_the_chat(
    session: Session, cast: Cast
) -> None:
    accept_handoff(session, cast.conversation, by=cast.mara, at=NOON)
    message = make_message(session, cast.conversation, STUCK)
    assert take_in_text(session, cast.conversation, message, at=NOON) is None
    assert message.answered_how == "emergency"
    assert "instructions" in list_keys(session, cast.conversation)
    assert cast.conversation.state == "person"
    assert len(list_handoffs(session, cast.conversation)) == 1


def test_somebody_unknown_is_helped_too(session: Session, cast: Cast) -> None:
    stranger = make_conversation(session, chat_id=7999)
    message = make_message(session, stranger, STUCK)
    assert take_in_text(session, stranger, message, at=NOON) is None
    appeal = session.scalars(select(Appeal).where(Appeal.conversation_id == stranger.id)).one()
    assert (appeal.owner_id, appeal.unit_id, appeal.place) == (None, None, "")
    assert appeal.responsible_id is not None
    assert list_keys(session, stranger) == ["instructions", "card"]
    assert "Birch House" not in find_sent(session, stranger, "card")[0].text


def test_a_weak_sign_alarms_a_person_and_asks_the_owner(session: Session, cast: Cast) -> None:
    message = make_message(session, cast.conversation, WEAK)
    appeal = make_appeal(session, cast)
    message.appeal_id, message.answered_at, message.answered_how = appeal.id, NOON, "joined"
    reading = make_reading("help_seeking", alarm=True, kind="gas_leak")
    finish_turn(session, message.id, reading, [], at=NOON)
    finish_turn(session, message.id, reading, [], at=NOON)
    (question,) = find_sent(session, cast.conversation, "danger?")
    assert labels(question) == ["danger", "nodanger"]
    assert cast.conversation.state == "waiting"
    say_no_danger(session, cast.conversation, message, at=NOON + LATER)
    assert cast.conversation.state == "bot"
    assert list_handoffs(session, cast.conversation)[0].returned_at is not None
    assert "danger.denied" in list_events(session, appeal)


def test_no_danger_does_not_lose_a_message_that_only_the_person_has(
    session: Session, cast: Cast
) -> None:
    message = make_message(session, cast.conversation, WEAK)
    answer_without_reader(session, message.id, reason="reader_down", at=NOON)
    assert find_sent(session, cast.conversation, "danger?") != []
    say_no_danger(session, cast.conversation, message, at=NOON)
    assert cast.conversation.state == "waiting", "somebody will read it"
    assert list_handoffs(session, cast.conversation)[0].returned_at is None


def test_no_danger_about_one_message_leaves_the_alarm_about_another(
    session: Session, cast: Cast
) -> None:
    raise_it(session, cast)
    message = make_message(session, cast.conversation, WEAK)
    message.answered_at, message.answered_how = NOON, "joined"
    say_no_danger(session, cast.conversation, message, at=NOON)
    assert cast.conversation.state == "waiting"
    assert list_handoffs(session, cast.conversation)[0].returned_at is None


@pytest.mark.parametrize("life", ["received", "accepted", "resolved", "cancelled"])
def test_what_turns_out_to_be_an_emergency_is_alarmed_anew_whatever_became_of_it(
    session: Session, cast: Cast, life: str
) -> None:
    appeal = make_appeal(session, cast)
    if life in ("accepted", "resolved"):
        accept_appeal(session, appeal, by=cast.mara, at=NOON)
    if life == "resolved":
        resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    if life == "cancelled":
        cancel_appeal(session, appeal, at=NOON)
    assert appeal.state == life
    message = session.get_one(Message, appeal.source_message_id)
    raised = raise_emergency(
        session, cast.conversation, message, kind="fire", found_by="owner", at=NOON + LATER
    )
    assert raised.id == appeal.id
    assert (appeal.state, appeal.severity, appeal.kind) == ("received", "emergency", "fire")
    assert (appeal.closed_at, appeal.resolved_at) == (None, None)
    assert list_open_promises(session, appeal, "resolution") == []
    check_alarm(session, appeal, at=appeal.next_due_at or NOON)
    assert "appeal.escalated" in list_events(session, appeal)
    assert list_keys(session, cast.conversation).count("instructions") == 1


def test_corrected_to_something_milder_the_alarm_ends_and_a_time_is_promised(
    session: Session, cast: Cast
) -> None:
    appeal = raise_it(session, cast)
    (acceptance,) = list_open_promises(session, appeal, "acceptance")
    correct_appeal(session, appeal, nature="help_seeking", actor=Actor.staff(cast.mara.id), at=NOON)
    assert (appeal.severity, appeal.kind) == ("major", None)
    assert count_ends(acceptance) == 1
    (promise,) = list_open_promises(session, appeal)
    assert promise.due_at == appeal.next_due_at == NOON + timedelta(hours=6)
    check_alarm(session, appeal, at=NOON + timedelta(minutes=5))
    assert "appeal.escalated" not in list_events(session, appeal)


def test_a_message_edited_into_an_emergency_raises_the_alarm(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    message = session.get_one(Message, appeal.source_message_id)
    earlier, message.text = message.text, STUCK
    take_in_edit(session, cast.conversation, message, earlier=earlier, at=NOON + LATER)
    assert (appeal.nature, appeal.state) == ("emergency", "received")
    assert "instructions" in list_keys(session, cast.conversation)


@pytest.mark.parametrize("language", ["en", "es", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_instructions_without_gaps_in_every_language(
    session: Session, cast: Cast, kind: str, language: str
) -> None:
    text = find_instruction(session, cast.project, kind, language)
    assert "{" not in text
    assert len(text) <= 1000
    if language != "en":
        assert text != find_instruction(session, cast.project, kind, "en")


def test_a_projects_own_instructions_come_before_the_common_ones(
    session: Session, cast: Cast
) -> None:
    session.add(
        EmergencyInstruction(
            project_id=cast.project.id, kind="fire", language="en", body="Use stair B. {phone}"
        )
    )
    session.flush()
    assert find_instruction(session, cast.project, "fire", "en") == "Use stair B. +34 600 000 000"
    spanish = find_instruction(session, cast.project, "fire", "es")
    assert "stair B" not in spanish, "the owner's language before the project's own"


def test_an_emergency_that_was_resolved_before_is_asked_about_again_when_it_is_done(
    session: Session, cast: Cast
) -> None:
    appeal = make_appeal(session, cast)
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    by = Actor.staff(cast.mara.id)
    resolve_appeal(session, appeal, resolution="A new lamp", by=by, at=NOON)
    message = session.get_one(Message, appeal.source_message_id)
    raise_emergency(
        session, cast.conversation, message, kind="fire", found_by="owner", at=NOON + LATER
    )
    accept_appeal(session, appeal, by=cast.mara, at=NOON + LATER)
    resolve_appeal(session, appeal, resolution="It is out", by=by, at=NOON + 2 * LATER)
    asked = find_sent(session, cast.conversation, "solved?")
    assert ["A new lamp" in asked[0].text, "It is out" in asked[-1].text] == [True, True]
    assert len(asked) == 2


def test_the_return_visit_of_a_closure_ends_where_it_turns_out_to_be_an_emergency(
    session: Session, cast: Cast
) -> None:
    appeal = make_appeal(session, cast, category="water_supply")
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    resolve_appeal(session, appeal, resolution="Dry", by=Actor.staff(cast.mara.id), at=NOON)
    confirm_solved(session, appeal, at=NOON)
    (visit,) = session.scalars(select(ReturnVisit))
    message = session.get_one(Message, appeal.source_message_id)
    raise_emergency(
        session, cast.conversation, message, kind="flooding", found_by="owner", at=NOON + LATER
    )
    assert visit.ended_at == NOON + LATER


def test_a_corrected_emergency_is_noted_and_those_who_are_rung_read_the_new_words(
    session: Session, cast: Cast
) -> None:
    make_staff_chat(session, cast.mara)
    appeal = raise_it(session, cast, "Smoke in the stairwell of entrance 2!", "fire")
    message = session.get_one(Message, appeal.source_message_id)
    earlier, message.text = message.text, "Smoke in the stairwell of entrance 3!"
    take_in_edit(session, cast.conversation, message, earlier=earlier, at=NOON + LATER)
    assert list_keys(session, cast.conversation)[-1] == "edited"
    assert "message.edited" in list_events(session, appeal)
    assert list_events(session, appeal).count("alarm.raised") == 1
    check_alarm(session, appeal, at=NOON + 2 * LATER)
    chat = find_staff_chat(session, cast.mara.id)
    assert chat is not None
    assert "entrance 3" in find_sent(session, chat, "alarm")[-1].text


def test_what_else_was_written_while_a_person_was_waited_for_is_not_lost_with_no_danger(
    session: Session, cast: Cast
) -> None:
    weak = make_message(session, cast.conversation, WEAK)
    weak.answered_at, weak.answered_how = NOON, "clarified"
    reading = make_reading("help_seeking", alarm=True, kind="gas_leak")
    finish_turn(session, weak.id, reading, [], at=NOON)
    other = make_message(session, cast.conversation, "And my letter box has no key")
    assert take_in_text(session, cast.conversation, other, at=NOON) is None
    assert "sees it all" in find_sent(session, cast.conversation, "waiting")[0].text
    say_no_danger(session, cast.conversation, weak, at=NOON + LATER)
    assert cast.conversation.state == "waiting", "somebody will read it"
    assert "A person will read" in find_sent(session, cast.conversation, "nodanger")[0].text


def test_a_weak_sign_while_nobody_has_come_yet_is_looked_at_at_once(
    session: Session, cast: Cast
) -> None:
    request_handoff(session, cast.conversation, reason="asked", at=NOON)
    weak = make_message(session, cast.conversation, WEAK)
    assert take_in_text(session, cast.conversation, weak, at=NOON) is None
    (question,) = find_sent(session, cast.conversation, "danger?")
    assert labels(question) == ["danger", "nodanger"]
    say_no_danger(session, cast.conversation, weak, at=NOON + LATER)
    assert cast.conversation.state == "waiting", "a person was asked for before"
