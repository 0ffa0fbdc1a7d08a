"""The work on an appeal: who may send whom, what the owner hears, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal
from ownerdesk.rules.refusals import InThePast, MissingText, StaffNotFound, TooLong, WrongState
from ownerdesk.services.events import Actor
from ownerdesk.services.jobs import CLOSE_IN_SILENCE, END_DEFERRAL, REMIND_TO_CONFIRM
from ownerdesk.services.progress import (
    MAX_REASON,
    MAX_RESOLUTION,
    accept_appeal,
    arrive,
    defer_appeal,
    dispatch_appeal,
    end_deferral,
    resolve_appeal,
    set_out,
)
from tests.look import find_sent, labels, list_events, list_jobs, list_keys, list_open_promises
from tests.make import LATER, NOON, Cast, make_appeal, make_cast, make_department, make_staff

TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    return make_appeal(session, cast)


def dispatch(session: Session, cast: Cast, appeal: Appeal) -> None:
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=cast.ike, by=cast.mara, at=NOON
    )


def test_whoever_accepts_is_responsible_and_the_card_says_so(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_appeal(session, appeal, by=cast.boris, at=NOON + LATER)
    assert appeal.state == "accepted"
    assert appeal.responsible_id == cast.boris.id
    assert appeal.accepted_at == NOON + LATER
    (card,) = find_sent(session, cast.conversation, "card")
    assert "Boris T" in card.text
    assert "Mara T" not in card.text, "the promise is signed by whoever took it on"
    assert list_keys(session, cast.conversation) == ["card"], "a quiet step edits the card only"


def test_the_second_to_accept_is_told_and_the_first_stays_responsible(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    with pytest.raises(WrongState):
        accept_appeal(session, appeal, by=cast.boris, at=NOON)
    assert appeal.responsible_id == cast.mara.id
    assert list_events(session, appeal).count("appeal.accepted") == 1


def test_dispatching_a_new_appeal_accepts_it_and_the_centre_stays_responsible(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=cast.ike, by=cast.boris, at=NOON
    )
    assert (appeal.state, appeal.operator_id) == ("dispatched", cast.ike.id)
    assert appeal.responsible_id == cast.boris.id
    assert appeal.accepted_at == NOON
    (card,) = find_sent(session, cast.conversation, "card")
    assert "Ike T has the job" in card.text


def test_a_department_of_another_project_and_an_operator_of_another_department_are_refused(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    elsewhere = make_cast(session, code="U", chat_id=7002)
    for department, operator in (
        (elsewhere.maintenance, None),
        (elsewhere.maintenance, elsewhere.ike),
        (cast.accounts, cast.ike),
        (cast.maintenance, elsewhere.ike),
        (cast.maintenance, cast.mara),
    ):
        with pytest.raises(StaffNotFound):
            dispatch_appeal(
                session, appeal, department=department, operator=operator, by=cast.mara, at=NOON
            )
    assert (appeal.state, appeal.operator_id) == ("received", None)


def test_a_job_can_be_given_to_somebody_else_and_begins_again(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    dispatch(session, cast, appeal)
    set_out(session, appeal, by=Actor.staff(cast.ike.id), at=NOON)
    arrive(session, appeal, by=Actor.staff(cast.ike.id), at=NOON)
    plumbing = make_department(session, cast.project, "plumbing", [])
    nora = make_staff(session, cast.project, "Nora T", "operator", department=plumbing)
    dispatch_appeal(session, appeal, department=plumbing, operator=nora, by=cast.mara, at=NOON)
    assert (appeal.state, appeal.operator_id) == ("dispatched", nora.id)
    assert (appeal.on_the_way_at, appeal.arrived_at) == (None, None)
    assert appeal.responsible_id == cast.mara.id


def test_on_the_way_is_told_once_with_a_name(session: Session, cast: Cast, appeal: Appeal) -> None:
    dispatch(session, cast, appeal)
    set_out(session, appeal, by=Actor.staff(cast.ike.id), at=NOON)
    set_out(session, appeal, by=Actor.staff(cast.ike.id), at=NOON + LATER)
    (push,) = find_sent(session, cast.conversation, "coming")
    assert push.text == "T-1001: Ike T is on the way to you."
    assert appeal.on_the_way_at == NOON
    assert list_events(session, appeal).count("operator.set_out") == 1


def test_arriving_is_told_and_cannot_be_repeated(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    dispatch(session, cast, appeal)
    arrive(session, appeal, by=Actor.staff(cast.ike.id), at=NOON)
    assert appeal.state == "in_progress"
    with pytest.raises(WrongState):
        arrive(session, appeal, by=Actor.staff(cast.ike.id), at=NOON + LATER)
    (push,) = find_sent(session, cast.conversation, "coming")
    assert push.text == "T-1001: Ike T has arrived and is starting."
    (card,) = find_sent(session, cast.conversation, "card")
    assert "Ike T is working on it" in card.text


def test_arriving_edits_what_told_that_somebody_is_on_the_way(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    dispatch(session, cast, appeal)
    set_out(session, appeal, by=Actor.staff(cast.ike.id), at=NOON)
    arrive(session, appeal, by=Actor.staff(cast.ike.id), at=NOON + LATER)
    (push,) = find_sent(session, cast.conversation, "coming")
    assert push.text == "T-1001: Ike T set out at 13:00, arrived at 13:01 and is starting."
    assert push.revision == 2


@pytest.mark.parametrize(("minutes", "messages"), [(29, 1), (30, 2)])
def test_who_turns_back_and_sets_out_again_is_news_after_half_an_hour(
    session: Session, cast: Cast, appeal: Appeal, minutes: int, messages: int
) -> None:
    dispatch(session, cast, appeal)
    set_out(session, appeal, by=Actor.staff(cast.ike.id), at=NOON)
    dispatch(session, cast, appeal)
    again = NOON + timedelta(minutes=minutes)
    set_out(session, appeal, by=Actor.staff(cast.ike.id), at=again)
    assert len(find_sent(session, cast.conversation, "coming")) == messages
    arrive(session, appeal, by=Actor.staff(cast.ike.id), at=again)
    last = find_sent(session, cast.conversation, "coming")[-1]
    assert f"set out at 13:{minutes}" in last.text


def test_who_was_there_and_comes_again_is_news_however_soon(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    for at in (NOON, NOON + 4 * LATER):
        dispatch(session, cast, appeal)
        set_out(session, appeal, by=Actor.staff(cast.ike.id), at=at)
        arrive(session, appeal, by=Actor.staff(cast.ike.id), at=at + LATER)
    texts = [m.text for m in find_sent(session, cast.conversation, "coming")]
    assert ["13:00" in texts[0], "13:04" in texts[1]] == [True, True]


def test_somebody_else_who_comes_is_told_with_a_message_of_their_own(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    dispatch(session, cast, appeal)
    set_out(session, appeal, by=Actor.staff(cast.ike.id), at=NOON)
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=None, by=cast.mara, at=NOON
    )
    set_out(session, appeal, by=Actor.staff(cast.mara.id), at=NOON + LATER)
    texts = [m.text for m in find_sent(session, cast.conversation, "coming")]
    assert ["Ike T" in texts[0], "Maintenance" in texts[1]] == [True, True]


def test_without_an_operator_the_department_comes(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=None, by=cast.mara, at=NOON
    )
    set_out(session, appeal, by=Actor.staff(cast.mara.id), at=NOON)
    (push,) = find_sent(session, cast.conversation, "coming")
    assert "Maintenance is on the way" in push.text


def test_an_owner_who_wants_fewer_messages_sees_the_steps_on_the_card_only(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    cast.conversation.progress_pushes = False
    dispatch(session, cast, appeal)
    set_out(session, appeal, by=Actor.staff(cast.ike.id), at=NOON)
    assert list_keys(session, cast.conversation) == ["card"]
    (card,) = find_sent(session, cast.conversation, "card")
    assert "on the way" in card.text
    resolve_appeal(session, appeal, resolution="Lamp", by=Actor.staff(cast.ike.id), at=NOON)
    assert "solved?" in list_keys(session, cast.conversation), "the question is no mere step"


def test_putting_off_needs_a_reason_and_a_date_to_come(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    by = Actor.staff(cast.mara.id)
    for until, reason, refusal in (
        (NOON, "a part is ordered", InThePast),
        (NOON - LATER, "a part is ordered", InThePast),
        (TOMORROW, "  ", MissingText),
        (TOMORROW, "x" * (MAX_REASON + 1), TooLong),
    ):
        with pytest.raises(refusal):
            defer_appeal(session, appeal, until=until, reason=reason, by=by, at=NOON)
    assert appeal.state == "accepted"
    defer_appeal(session, appeal, until=TOMORROW, reason=" a part is ordered ", by=by, at=NOON)
    assert (appeal.state, appeal.next_due_at) == ("deferred", TOMORROW)
    (promise,) = list_open_promises(session, appeal)
    assert (promise.stopped_at, promise.minutes_left) == (NOON, 30), "its clock stands still"
    (push,) = find_sent(session, cast.conversation, "deferred")
    assert push.text == "T-1001 is postponed until Thu 19 Nov, 13:00: a part is ordered"
    (job,) = list_jobs(session, END_DEFERRAL)
    assert job["at"] == TOMORROW


def test_on_the_return_date_it_goes_on_with_the_time_that_was_left_by_the_same_person(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_appeal(session, appeal, by=cast.boris, at=NOON)
    by = Actor.staff(cast.boris.id)
    defer_appeal(session, appeal, until=TOMORROW, reason="a part", by=by, at=NOON)
    end_deferral(session, appeal, at=TOMORROW)
    end_deferral(session, appeal, at=TOMORROW + LATER)
    assert (appeal.state, appeal.responsible_id) == ("accepted", cast.boris.id)
    assert (appeal.deferred_until, appeal.deferred_reason) == (None, None)
    (promise,) = list_open_promises(session, appeal)
    assert promise.due_at == appeal.next_due_at == TOMORROW + timedelta(minutes=30)
    assert len(find_sent(session, cast.conversation, "resumed")) == 1


def test_the_clock_of_an_earlier_return_date_is_ignored(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    by = Actor.staff(cast.mara.id)
    defer_appeal(session, appeal, until=TOMORROW, reason="a part", by=by, at=NOON)
    later = TOMORROW + timedelta(days=2)
    defer_appeal(session, appeal, until=later, reason="no part", by=by, at=NOON + LATER)
    end_deferral(session, appeal, at=TOMORROW)
    assert (appeal.state, appeal.deferred_until) == ("deferred", later)
    assert len(find_sent(session, cast.conversation, "deferred")) == 2


def test_dispatching_a_deferred_appeal_takes_it_up_before_its_date(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    by = Actor.staff(cast.mara.id)
    defer_appeal(session, appeal, until=TOMORROW, reason="a part", by=by, at=NOON)
    dispatch(session, cast, appeal)
    assert (appeal.state, appeal.deferred_until, appeal.deferred_reason) == (
        "dispatched", None, None,
    )  # fmt: skip
    assert len(list_open_promises(session, appeal)) == 1
    end_deferral(session, appeal, at=TOMORROW)
    assert appeal.state == "dispatched"


def test_resolving_says_what_was_done_and_asks_the_owner(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    by = Actor.staff(cast.mara.id)
    for resolution, refusal in (("", MissingText), (" \n", MissingText),
                                ("x" * (MAX_RESOLUTION + 1), TooLong)):  # fmt: skip
        with pytest.raises(refusal):
            resolve_appeal(session, appeal, resolution=resolution, by=by, at=NOON)
    assert appeal.state == "accepted"
    resolve_appeal(session, appeal, resolution="A new <bulb>", by=by, at=NOON)
    assert appeal.state == "resolved"
    (question,) = find_sent(session, cast.conversation, "solved?")
    assert "A new <bulb>" in question.text
    assert not question.is_html, "plain text needs no escaping"
    assert labels(question) == ["solved", "half", "notyet"]
    assert appeal.next_due_at == NOON + timedelta(hours=24)
    assert [job["at"] for job in list_jobs(session, REMIND_TO_CONFIRM)] == [
        NOON + timedelta(hours=24)
    ]
    assert [job["at"] for job in list_jobs(session, CLOSE_IN_SILENCE)] == [
        NOON + timedelta(hours=72)
    ]


def test_the_times_of_the_silence_rule_are_the_projects_own(session: Session) -> None:
    cast = make_cast(session)
    cast.project.settings = {"reminder_hours": 2, "silence_hours": 5}
    appeal = make_appeal(session, cast)
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    assert list_jobs(session, REMIND_TO_CONFIRM)[0]["at"] == NOON + timedelta(hours=2)
    assert list_jobs(session, CLOSE_IN_SILENCE)[0]["at"] == NOON + timedelta(hours=5)


def test_an_appeal_resolved_in_time_keeps_its_promise_and_one_resolved_late_breaks_it(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    (promise,) = list_open_promises(session, appeal)
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    assert (promise.kept_at, promise.broken_at) == (NOON, None)

    other = make_appeal(session, cast, category="elevator")
    accept_appeal(session, other, by=cast.mara, at=NOON)
    (late,) = list_open_promises(session, other)
    at = late.due_at + LATER
    resolve_appeal(session, other, resolution="Done", by=Actor.staff(cast.mara.id), at=at)
    assert (late.kept_at, late.broken_at) == (None, late.due_at)


def test_somebody_who_dispatches_an_emergency_has_taken_it_on_and_the_owner_hears_it(
    session: Session, cast: Cast
) -> None:
    appeal = make_appeal(session, cast, nature="emergency", category="elevator")
    dispatch(session, cast, appeal)
    (push,) = find_sent(session, cast.conversation, "accepted")
    assert push.text == "Mara T has taken on your emergency T-1001."
