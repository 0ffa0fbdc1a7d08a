"""Asking the owner: clocks stand still until they write, a day at most; and what waits for the morning."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Notice, SpecialDay
from ownerdesk.rules.refusals import MissingText, OldButton, WrongState
from ownerdesk.services import outbox
from ownerdesk.services.asking import ask_owner, end_asking
from ownerdesk.services.calendars import (
    InvalidAddress,
    keep_feed,
    keep_feed_failure,
    list_feeds_to_read,
    save_calendar,
)
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.events import Actor
from ownerdesk.services.jobs import DELIVER_MESSAGE, END_ASKING
from ownerdesk.services.owners import choose_quiet_hours
from ownerdesk.services.progress import accept_appeal, defer_appeal, resolve_appeal
from ownerdesk.services.promises import promise_by_hand
from ownerdesk.services.sweep import sweep_promises
from tests.look import find_sent, list_events, list_jobs, list_open_promises
from tests.make import LATER, NOON, Cast, make_appeal, make_cast, make_message
from tests.ownerdesk.rules.test_feeds import FEED

DAY = timedelta(days=1)
NIGHT = datetime(2026, 11, 18, 22, 30, tzinfo=UTC)  # 23:30 in Madrid
MORNING = datetime(2026, 11, 19, 7, 0, tzinfo=UTC)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    appeal = make_appeal(session, cast)
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    return appeal


def ask(session: Session, cast: Cast, appeal: Appeal, at: datetime = NOON) -> None:
    ask_owner(session, appeal, "Which lamp is it?", by=cast.mara, key="form", at=at)


def test_a_question_stops_the_clocks_and_the_next_message_lets_them_go_on(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    at = NOON + timedelta(minutes=10)
    for _ in range(2):
        ask(session, cast, appeal, at=at)
    (told,) = find_sent(session, cast.conversation, "ask")
    assert "Which lamp is it?" in told.text
    assert "stands still" in told.text
    assert told.text.endswith("— Mara T")
    (promise,) = list_open_promises(session, appeal)
    assert (promise.stopped_at, promise.minutes_left) == (at, 20)
    assert appeal.next_due_at == at + DAY
    assert "waiting for your answer" in find_sent(session, cast.conversation, "card")[0].text
    sweep_promises(session, at=NOON + timedelta(hours=5))
    assert find_sent(session, cast.conversation, "slip") == []
    answered = NOON + timedelta(hours=6)
    make_message(session, cast.conversation, "The one at the lift.", at=answered)
    assert promise.due_at == appeal.next_due_at == answered + timedelta(minutes=20)
    assert appeal.asked_owner_at is None
    end_asking(session, appeal, at.isoformat(), at=at + DAY)
    assert find_sent(session, cast.conversation, "unanswered") == []


def test_a_day_without_an_answer_lets_the_clocks_go_on_and_both_are_told(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    ask(session, cast, appeal)
    (job,) = list_jobs(session, END_ASKING)
    assert job["at"] == NOON + DAY
    end_asking(session, appeal, job["asked_at"], at=NOON + DAY - LATER)
    assert appeal.asked_owner_at == NOON, "a job that comes early does nothing"
    for _ in range(2):
        end_asking(session, appeal, job["asked_at"], at=NOON + DAY)
    (told,) = find_sent(session, cast.conversation, "unanswered")
    assert "13:30" in told.text
    assert [n.topic for n in session.scalars(select(Notice))] == ["owner.silent"]
    (promise,) = list_open_promises(session, appeal)
    assert promise.due_at == NOON + DAY + timedelta(minutes=30)
    assert list_events(session, appeal).count("owner.silent") == 1


def test_a_question_is_refused_without_words_and_where_no_work_goes_on(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    with pytest.raises(MissingText):
        ask_owner(session, appeal, " ", by=cast.mara, key="k", at=NOON)
    by = Actor.staff(cast.mara.id)
    defer_appeal(session, appeal, until=NOON + DAY, reason="a part", by=by, at=NOON)
    with pytest.raises(WrongState):
        ask(session, cast, appeal)
    assert find_sent(session, cast.conversation, "ask") == []


def test_an_emergency_waits_for_no_answer_before_somebody_has_accepted_it(
    session: Session, cast: Cast
) -> None:
    smoke = make_message(session, cast.conversation, "Smoke!")
    emergency = raise_emergency(
        session, cast.conversation, smoke, kind="fire", found_by="owner", at=NOON
    )
    ask(session, cast, emergency)
    (acceptance,) = list_open_promises(session, emergency, "acceptance")
    assert acceptance.stopped_at is None
    assert emergency.next_due_at == acceptance.due_at


def test_what_is_not_urgent_waits_for_the_morning_and_what_is_urgent_does_not(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    by = Actor.staff(cast.mara.id)
    resolve_appeal(session, appeal, resolution="Done", by=by, at=NIGHT)
    (question,) = find_sent(session, cast.conversation, "solved?")
    assert question.send_at == MORNING
    waiting = [
        job for job in list_jobs(session, DELIVER_MESSAGE) if job["message_id"] == question.id
    ]
    assert [job["at"] for job in waiting] == [MORNING]
    late = make_appeal(session, cast, at=NIGHT)
    sweep_promises(session, at=NIGHT + timedelta(minutes=29))
    (slip,) = find_sent(session, cast.conversation, "slip")
    assert (slip.appeal_id, slip.send_at) == (late.id, None), "a time at night is told at night"


def test_an_owner_who_has_just_written_is_awake(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast, at=NIGHT)
    accept_appeal(session, appeal, by=cast.mara, at=NIGHT)
    by = Actor.staff(cast.mara.id)
    resolve_appeal(session, appeal, resolution="Done", by=by, at=NIGHT + LATER)
    (question,) = find_sent(session, cast.conversation, "solved?")
    assert question.send_at is None


def test_owners_choose_their_own_quiet_hours(session: Session, cast: Cast) -> None:
    def morning() -> datetime | None:
        return outbox.morning_of(session, cast.conversation, at=NIGHT)

    assert morning() == MORNING
    choose_quiet_hours(session, cast.conversation, "23-09")
    assert morning() == MORNING + timedelta(hours=1)
    choose_quiet_hours(session, cast.conversation, "none")
    assert morning() is None
    choose_quiet_hours(session, cast.conversation, "usual")
    assert cast.alma.quiet_from is None
    assert outbox.quiet_hours_of(session, cast.conversation) == (time(22), time(8))
    with pytest.raises(OldButton):
        choose_quiet_hours(session, cast.conversation, "always")


def test_a_feed_closes_its_days_and_one_that_breaks_leaves_them(
    session: Session, cast: Cast
) -> None:
    url = "https://holidays.example.com/all.ics"
    with pytest.raises(InvalidAddress):
        save_calendar(
            session, cast.project, name="o", week=[""] * 7, feed_url="file:///etc/x", by=cast.boris,
            at=NOON,
        )  # fmt: skip
    calendar = save_calendar(
        session, cast.project, name="o", week=["08:00-18:00"] * 7, feed_url=url, by=cast.boris,
        at=NOON,
    )  # fmt: skip
    assert list_feeds_to_read(session, at=NOON) == [(calendar.id, url)]
    keep_feed(session, calendar.id, FEED.encode(), at=NOON)
    days = select(SpecialDay.day).where(SpecialDay.calendar_id == calendar.id)
    assert len(session.scalars(days).all()) == 4
    assert list_feeds_to_read(session, at=NOON + timedelta(hours=11)) == []
    at = NOON + timedelta(hours=12)
    assert list_feeds_to_read(session, at=at) == [(calendar.id, url)]
    keep_feed(session, calendar.id, b"<html>", at=at)
    keep_feed_failure(session, calendar.id, "ConnectError", at=at + DAY)
    assert len(session.scalars(days).all()) == 4
    assert calendar.feed_error == "ConnectError"
    notices = session.scalars(select(Notice)).all()
    assert [(n.staff_id, n.topic) for n in notices] == [(cast.boris.id, "calendar.feed")]
    keep_feed(session, calendar.id, FEED.encode(), at=at + 2 * DAY)
    assert calendar.feed_error is None


def test_a_time_promised_while_the_owner_is_asked_something_stands_on_the_card(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    ask(session, cast, appeal)
    due_at = NOON + timedelta(hours=6)
    promise_by_hand(session, appeal, by=cast.mara, due_at=due_at, words="", at=NOON + LATER)
    (card,) = find_sent(session, cast.conversation, "card")
    assert "waiting for your answer" in card.text
    assert "19:00" in card.text
