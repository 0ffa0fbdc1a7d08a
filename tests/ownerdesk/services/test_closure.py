"""Closing belongs to the owner (S6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealEvent, Rating
from ownerdesk.queries.appeals import find_rating
from ownerdesk.rules.refusals import WrongState
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.closure import (
    close_in_silence,
    comment_rating,
    confirm_solved,
    rate_appeal,
    remind_to_confirm,
    reopen_appeal,
)
from ownerdesk.services.events import Actor
from ownerdesk.services.jobs import CLOSE_IN_SILENCE
from ownerdesk.services.progress import dispatch_appeal, resolve_appeal
from tests.look import find_sent, labels, list_events, list_jobs, list_keys, list_open_promises
from tests.make import LATER, NOON, Cast, make_appeal, make_cast, make_message

DAY = timedelta(hours=24)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def resolve(session: Session, cast: Cast, appeal: Appeal) -> int:
    """Resolve it, and say which event started the clocks."""
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    return session.scalars(
        select(AppealEvent.id)
        .where(AppealEvent.appeal_id == appeal.id, AppealEvent.name == "appeal.resolved")
        .order_by(AppealEvent.id.desc())
    ).first() or pytest.fail("no clock was started")


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    appeal = make_appeal(session, cast)
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=cast.ike, by=cast.boris, at=NOON
    )
    return appeal


def test_yes_closes_takes_the_buttons_away_and_asks_for_stars(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    resolve(session, cast, appeal)
    confirm_solved(session, appeal, at=NOON)
    confirm_solved(session, appeal, at=NOON + LATER)
    assert (appeal.state, appeal.closed_by, appeal.closed_at) == ("closed", "owner", NOON)
    assert appeal.next_due_at is None
    (question,) = find_sent(session, cast.conversation, "solved?")
    assert labels(question) == ["stars"] * 5, (
        "the next question takes the place of the one answered"
    )
    assert question.text.endswith("\n\nThank you, T-1001 is closed. How was it?")
    assert question.text.startswith("T-1001 is done: "), "what was done stays"
    assert find_sent(session, cast.conversation, "stars?") == []
    assert list_events(session, appeal).count("appeal.closed") == 1


def test_nobody_can_close_what_is_not_resolved(session: Session, appeal: Appeal) -> None:
    with pytest.raises(WrongState):
        confirm_solved(session, appeal, at=NOON)
    assert appeal.state == "dispatched"


@pytest.mark.parametrize("how", ["half", "notyet"])
def test_half_done_and_not_yet_reopen_to_the_same_person_with_a_new_promise(
    session: Session, cast: Cast, appeal: Appeal, how: str
) -> None:
    resolve(session, cast, appeal)
    reopen_appeal(session, appeal, how=how, at=NOON + DAY)
    reopen_appeal(session, appeal, how=how, at=NOON + DAY)
    assert (appeal.state, appeal.responsible_id, appeal.reopened) == ("accepted", cast.boris.id, 1)
    assert (appeal.operator_id, appeal.resolved_at) == (None, None)
    (promise,) = list_open_promises(session, appeal)
    assert promise.due_at == appeal.next_due_at == NOON + DAY + timedelta(minutes=30)
    assert find_sent(session, cast.conversation, "solved?")[0].markup is None
    (answer,) = find_sent(session, cast.conversation, "reopened")
    assert "Boris T" in answer.text
    assert "you need not" in answer.text
    assert (cast.conversation.awaiting or {})["kind"] == "reopen_reason"


def test_a_closed_appeal_is_reopened_to_the_same_person(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    resolve(session, cast, appeal)
    confirm_solved(session, appeal, at=NOON)
    reopen_appeal(session, appeal, how="reopen", at=NOON + DAY)
    assert (appeal.state, appeal.responsible_id) == ("accepted", cast.boris.id)
    assert (appeal.closed_at, appeal.closed_by) == (None, None)
    assert appeal.next_due_at is not None


def test_resolved_a_second_time_the_owner_is_asked_again(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    resolve(session, cast, appeal)
    reopen_appeal(session, appeal, how="notyet", at=NOON)
    resolve(session, cast, appeal)
    assert len(find_sent(session, cast.conversation, "solved?")) == 2
    confirm_solved(session, appeal, at=NOON)
    first, second = find_sent(session, cast.conversation, "solved?")
    assert (labels(first), labels(second)) == ([], ["stars"] * 5)


def test_who_says_yes_in_words_is_asked_for_stars_below_them(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    resolve(session, cast, appeal)
    make_message(session, cast.conversation, "Yes, it works")
    confirm_solved(session, appeal, at=NOON)
    (question,) = find_sent(session, cast.conversation, "solved?")
    assert labels(question) == []
    (stars,) = find_sent(session, cast.conversation, "stars?")
    assert labels(stars) == ["stars"] * 5
    rate_appeal(session, appeal, stars=4, at=NOON)
    assert (
        stars.text == "Thank you for ⭐⭐⭐⭐. If you like, add a word; or just leave it at that."
    )
    assert (labels(stars), find_sent(session, cast.conversation, "rated")) == ([], [])


def test_a_question_that_waits_for_the_morning_is_not_where_an_answer_is_seen(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    night = NOON + timedelta(hours=11)
    resolve_appeal(session, appeal, resolution="Lamp", by=Actor.staff(cast.ike.id), at=night)
    confirm_solved(session, appeal, at=night)  # on the card
    (stars,) = find_sent(session, cast.conversation, "stars?")
    assert stars.send_at is None


def test_what_was_withdrawn_or_is_new_cannot_be_reopened(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    fresh = make_appeal(session, cast, category="elevator")
    with pytest.raises(WrongState):
        reopen_appeal(session, fresh, how="notyet", at=NOON)
    resolve(session, cast, appeal)
    reopen_appeal(session, appeal, how="notyet", at=NOON)
    cancel_appeal(session, appeal, at=NOON)
    with pytest.raises(WrongState):
        reopen_appeal(session, appeal, how="reopen", at=NOON)


def test_silence_reminds_once_and_then_closes_and_says_how_to_reopen(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    event = resolve(session, cast, appeal)
    remind_to_confirm(session, appeal, event, at=NOON + DAY)
    remind_to_confirm(session, appeal, event, at=NOON + DAY)
    (reminder,) = find_sent(session, cast.conversation, "reminder")
    assert "Sat 21 Nov, 13:00" in reminder.text, "it says when silence closes"
    assert labels(reminder) == ["solved", "half", "notyet"]
    assert list_events(session, appeal).count("owner.reminded") == 1
    assert appeal.next_due_at == NOON + 3 * DAY
    close_in_silence(session, appeal, event, at=NOON + 3 * DAY)
    close_in_silence(session, appeal, event, at=NOON + 3 * DAY)
    assert (appeal.state, appeal.closed_by, appeal.next_due_at) == ("closed", "silence", None)
    (lapsed,) = find_sent(session, cast.conversation, "lapsed")
    assert labels(lapsed) == ["reopen"]
    assert find_sent(session, cast.conversation, "reminder")[0].markup is None
    reopen_appeal(session, appeal, how="reopen", at=NOON + 4 * DAY)
    assert appeal.state == "accepted"


def test_both_clocks_leave_an_answered_appeal_alone(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    event = resolve(session, cast, appeal)
    confirm_solved(session, appeal, at=NOON)
    told = list_keys(session, cast.conversation)
    remind_to_confirm(session, appeal, event, at=NOON + DAY)
    close_in_silence(session, appeal, event, at=NOON + 3 * DAY)
    assert (appeal.closed_by, list_keys(session, cast.conversation)) == ("owner", told)


def test_the_clocks_of_an_earlier_resolution_do_not_close_a_later_one(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    first = resolve(session, cast, appeal)
    reopen_appeal(session, appeal, how="notyet", at=NOON)
    close_in_silence(session, appeal, first, at=NOON + 3 * DAY)
    assert appeal.state == "accepted"
    second = resolve(session, cast, appeal)
    remind_to_confirm(session, appeal, first, at=NOON + DAY)
    close_in_silence(session, appeal, first, at=NOON + 3 * DAY)
    assert appeal.state == "resolved"
    assert find_sent(session, cast.conversation, "reminder") == []
    close_in_silence(session, appeal, second, at=NOON + 3 * DAY)
    assert appeal.state == "closed"


def test_a_second_press_changes_the_stars_and_thanks_once(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    resolve(session, cast, appeal)
    with pytest.raises(WrongState):
        rate_appeal(session, appeal, stars=5, at=NOON)
    confirm_solved(session, appeal, at=NOON)
    rate_appeal(session, appeal, stars=5, at=NOON)
    rate_appeal(session, appeal, stars=2, at=NOON + LATER)
    rating = find_rating(session, appeal.id)
    assert rating is not None
    assert rating.stars == 2
    assert appeal.stars == 2, "the list looks for it there"
    assert session.scalar(select(func.count()).select_from(Rating)) == 1
    (question,) = find_sent(session, cast.conversation, "solved?")
    assert "Thank you for ⭐⭐⭐⭐⭐" in question.text
    assert find_sent(session, cast.conversation, "rated") == []
    comment_rating(session, appeal, "Quick and kind", at=NOON)
    assert rating.comment == "Quick and kind"


@pytest.mark.parametrize(("silence_hours", "closes_on"), [(120, 5), (48, 2)])
def test_silence_closes_when_the_owner_was_told_whatever_the_rule_was_before(
    session: Session, cast: Cast, appeal: Appeal, silence_hours: int, closes_on: int
) -> None:
    event = resolve(session, cast, appeal)
    appeal.project.settings = {"silence_hours": silence_hours}
    remind_to_confirm(session, appeal, event, at=NOON + DAY)
    due = sorted(job["at"] for job in list_jobs(session, CLOSE_IN_SILENCE))
    assert NOON + closes_on * DAY in due
    for moment in due:
        close_in_silence(session, appeal, event, at=moment)
    assert (appeal.state, appeal.closed_at) == ("closed", NOON + closes_on * DAY)


def test_after_an_outage_the_owner_has_as_long_to_answer_as_after_any_reminder(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    event = resolve(session, cast, appeal)
    late = NOON + 4 * DAY
    remind_to_confirm(session, appeal, event, at=late)
    close_in_silence(session, appeal, event, at=late)
    assert appeal.state == "resolved"
    remind_to_confirm(session, appeal, event, at=late + LATER)
    assert appeal.next_due_at == late + 2 * DAY
    assert len(find_sent(session, cast.conversation, "reminder")) == 1
    close_in_silence(session, appeal, event, at=late + 2 * DAY)
    assert appeal.state == "closed"
