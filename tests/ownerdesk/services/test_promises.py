"""Promises (S2, S6): no promise passes in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Apology, Appeal, Notice, Promise
from ownerdesk.queries.appeals import list_open_promises as list_all_open
from ownerdesk.queries.appeals import list_promises
from ownerdesk.rules.calendars import InvalidCalendar
from ownerdesk.rules.liability import AdmitsLiability
from ownerdesk.rules.refusals import InThePast, TooLong, WrongState
from ownerdesk.services.calendars import save_calendar, save_term, set_special_day
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.events import Actor
from ownerdesk.services.handoffs import accept_handoff, reply
from ownerdesk.services.progress import (
    accept_appeal,
    arrive,
    defer_appeal,
    dispatch_appeal,
    end_deferral,
    resolve_appeal,
)
from ownerdesk.services.promises import count_slips, promise_by_hand, start_clocks, stop_clocks
from ownerdesk.services.sweep import check_promise, sweep_promises
from tests.look import count_ends, find_sent, list_events, list_keys, list_open_promises
from tests.make import LATER, NOON, Cast, make_appeal, make_cast

HALF_HOUR = timedelta(minutes=30)
WARNED, SPOKEN = NOON + timedelta(minutes=24), NOON + timedelta(minutes=28)
WEEK = ["08:00-12:30, 14:00-18:00"] * 5 + ["", ""]


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    return make_appeal(session, cast)


def only_promise(session: Session, appeal: Appeal, kind: str = "resolution") -> Promise:
    (promise,) = list_open_promises(session, appeal, kind)
    return promise


def sweep(session: Session, at: datetime) -> None:
    """Until nothing is left, and once more for good measure."""
    for _ in range(20):
        if sweep_promises(session, at=at) == 0:
            break
    assert sweep_promises(session, at=at) == 0, "each is handled once a moment"


def test_an_appeal_has_three_clocks(session: Session, appeal: Appeal) -> None:
    due = {p.kind: p.due_at for p in list_all_open(session, appeal.id)}
    assert due == {
        "first_answer": NOON + HALF_HOUR,
        "next_update": NOON + timedelta(days=1),
        "resolution": NOON + HALF_HOUR,
    }
    assert only_promise(session, appeal).look_at == WARNED


def test_maker_and_manager_are_warned_and_the_owner_is_not_told_yet(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    promise = only_promise(session, appeal)
    sweep(session, WARNED - LATER)
    assert session.scalars(select(Notice)).all() == []
    sweep(session, WARNED)
    notices = session.scalars(select(Notice).order_by(Notice.staff_id)).all()
    assert {n.staff_id for n in notices} == {cast.mara.id, cast.boris.id}
    assert all("T-1001" in n.words and "13:28" in n.words for n in notices)
    assert find_sent(session, cast.conversation, "slip") == []
    assert (promise.warned_at, promise.look_at) == (WARNED, SPOKEN)


def test_the_owner_hears_of_a_slip_before_the_time_with_apology_reason_and_new_time(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    promise = only_promise(session, appeal)
    sweep(session, WARNED)
    sweep(session, SPOKEN)
    (told,) = find_sent(session, cast.conversation, "slip")
    assert told.created_at < promise.due_at
    for part in ("T-1001", "sorry", "13:30", "nobody has been free", "14:00", "Mara T", "Boris T"):
        assert part in told.text
    assert promise.renegotiated_at == SPOKEN
    assert promise.broken_at is None
    assert only_promise(session, appeal).due_at == appeal.next_due_at == NOON + 2 * HALF_HOUR
    assert only_promise(session, appeal, "first_answer").due_at == NOON + 2 * HALF_HOUR
    assert "14:00" in find_sent(session, cast.conversation, "card")[0].text


def test_a_promise_kept_after_the_warning_needs_no_apology(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    sweep(session, WARNED)
    accept_appeal(session, appeal, by=cast.mara, at=WARNED + LATER)
    by = Actor.staff(cast.mara.id)
    resolve_appeal(session, appeal, resolution="Done", by=by, at=WARNED + LATER)
    (apology,) = session.scalars(select(Apology)).all()
    assert apology.state == "dropped"
    sweep(session, SPOKEN + HALF_HOUR)
    assert find_sent(session, cast.conversation, "slip") == []
    assert list_all_open(session, appeal.id) == []


def test_the_reason_names_whoever_has_the_job(session: Session, cast: Cast, appeal: Appeal) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    sweep(session, NOON + timedelta(minutes=29))
    assert "taking longer" in find_sent(session, cast.conversation, "slip")[-1].text
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=cast.ike, by=cast.mara, at=NOON
    )
    sweep(session, only_promise(session, appeal).due_at)
    assert "Ike T needs more time" in find_sent(session, cast.conversation, "slip")[-1].text


def test_the_second_slip_gives_the_appeal_to_the_manager_who_promises_more_cautiously(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    sweep(session, NOON + timedelta(minutes=29))
    assert appeal.responsible_id == cast.mara.id
    second = only_promise(session, appeal)
    sweep(session, second.look_at)
    assert appeal.responsible_id == cast.boris.id, "already when the draft waits for approval"
    sweep(session, second.look_at)
    assert list_events(session, appeal).count("appeal.escalated") == 1
    third = only_promise(session, appeal)
    assert third.staff_id == cast.boris.id
    assert third.due_at == second.due_at + 2 * HALF_HOUR
    assert find_sent(session, cast.conversation, "slip")[-1].text.endswith("— Boris T")
    assert count_slips(session, appeal.id) == 2


def test_after_an_hour_without_a_server_every_promise_is_handled_once_and_each_owner_told_once(
    session: Session, cast: Cast
) -> None:
    appeals = [make_appeal(session, cast, at=NOON + n * LATER) for n in range(5)]
    at = NOON + HALF_HOUR + timedelta(hours=1)
    found = [sweep_promises(session, at=at, limit=3) for _ in range(12)]
    assert found[-1] == 0
    slips = find_sent(session, cast.conversation, "slip")
    assert [message.appeal_id for message in slips] == [appeal.id for appeal in appeals], "in order"
    for appeal in appeals:
        first, *_ = list_promises(session, appeal.id)
        assert first.broken_at == first.due_at
        assert only_promise(session, appeal).due_at == at + HALF_HOUR, "never a time in the past"
        assert count_slips(session, appeal.id) == 1


def test_a_promise_that_is_due_long_ago_is_told_as_such(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    sweep(session, NOON + timedelta(hours=2))
    (told,) = find_sent(session, cast.conversation, "slip")
    assert "13:30 has passed" in told.text
    assert "I cannot keep to" not in told.text


@pytest.mark.parametrize("end", ["resolved", "cancelled", "deferred"])
def test_a_promise_that_has_ended_is_left_alone(
    session: Session, cast: Cast, appeal: Appeal, end: str
) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    promise = only_promise(session, appeal)
    by = Actor.staff(cast.mara.id)
    if end == "resolved":
        resolve_appeal(session, appeal, resolution="Done", by=by, at=NOON)
    elif end == "cancelled":
        cancel_appeal(session, appeal, at=NOON)
    else:
        until = NOON + timedelta(days=3)
        defer_appeal(session, appeal, until=until, reason="a part", by=by, at=NOON)
    check_promise(session, promise.id, at=NOON + timedelta(hours=2))
    sweep(session, NOON + timedelta(days=2))
    assert find_sent(session, cast.conversation, "slip") == []
    assert find_sent(session, cast.conversation, "update") == []


def test_every_promise_ends_in_exactly_one_way(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    at = NOON
    for _ in range(5):
        promise = only_promise(session, appeal)
        at = promise.due_at + LATER if at == NOON else promise.due_at - LATER
        sweep(session, at)
    accept_appeal(session, appeal, by=cast.mara, at=at)
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=at)
    promises = list_promises(session, appeal.id)
    assert len([p for p in promises if p.kind == "resolution"]) == 6
    assert {count_ends(promise) for promise in promises} == {1}
    texts = [message.text for message in find_sent(session, cast.conversation, "slip")]
    assert len(texts) == len(set(texts)) == 5


def test_a_first_answer_that_is_late_is_told_by_itself_while_the_solution_has_time(
    session: Session, cast: Cast
) -> None:
    appeal = make_appeal(session, cast, category="elevator")
    sweep(session, WARNED)
    sweep(session, SPOKEN)
    (told,) = find_sent(session, cast.conversation, "slip")
    assert "still waiting for an answer" in told.text
    assert "I will answer you by 14:00" in told.text
    assert only_promise(session, appeal).due_at == NOON + timedelta(hours=6)


@pytest.mark.parametrize("how", ["accept", "reply"])
def test_a_person_who_takes_it_on_or_writes_has_answered(
    session: Session, cast: Cast, how: str
) -> None:
    appeal = make_appeal(session, cast, category="elevator")
    promise = only_promise(session, appeal, "first_answer")
    at = NOON + timedelta(minutes=10)
    if how == "accept":
        accept_appeal(session, appeal, by=cast.mara, at=at)
    else:
        accept_handoff(session, cast.conversation, by=cast.mara, at=at)
        reply(session, cast.conversation, "Soon.", by=cast.mara, key="k", at=at, appeal=appeal)
    assert promise.kept_at == at
    assert only_promise(session, appeal, "next_update").due_at == at + timedelta(days=1)


def test_an_owner_who_heard_nothing_for_a_day_is_told_how_it_stands_before_it_is_over(
    session: Session, cast: Cast
) -> None:
    appeal = make_appeal(session, cast, category="elevator")
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    by = Actor.staff(cast.mara.id)
    promise_by_hand(
        session, appeal, by=cast.mara, due_at=NOON + timedelta(days=3), words="", at=NOON
    )
    day = NOON + timedelta(days=1)
    sweep(session, day - HALF_HOUR)
    assert [n.topic for n in session.scalars(select(Notice))] == ["promise.update"]
    sweep(session, day - timedelta(minutes=5))
    sweep(session, day)
    (told,) = find_sent(session, cast.conversation, "update")
    assert "Accepted" in told.text
    assert told.text.endswith("— Mara T")
    arrive_at = day + LATER
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=None, by=cast.mara, at=arrive_at
    )
    arrive(session, appeal, by=by, at=arrive_at)
    assert only_promise(session, appeal, "next_update").due_at == arrive_at + timedelta(days=1)


def test_an_update_that_falls_in_the_night_is_due_in_the_morning(
    session: Session, cast: Cast
) -> None:
    late = datetime(2026, 11, 18, 22, 30, tzinfo=UTC)  # 23:30 in Madrid
    appeal = make_appeal(session, cast, category="elevator", at=late)
    assert only_promise(session, appeal, "next_update").due_at == datetime(
        2026, 11, 20, 8, 0, tzinfo=UTC
    )


def test_a_person_promises_a_time_in_the_first_person_and_signs(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    due = NOON + timedelta(minutes=20)
    words = "I will have the electrician at your door by 13:20."
    promise_by_hand(session, appeal, by=cast.mara, due_at=due, words=words, at=NOON, kind="arrival")
    promise_by_hand(session, appeal, by=cast.mara, due_at=due, words=words, at=NOON, kind="arrival")
    (told,) = find_sent(session, cast.conversation, "promise")
    assert told.text == f"T-1001: {words} — Mara T"
    assert appeal.next_due_at == due
    assert words in find_sent(session, cast.conversation, "card")[0].text
    promise = only_promise(session, appeal, "arrival")
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=cast.ike, by=cast.mara, at=NOON
    )
    arrive(session, appeal, by=Actor.staff(cast.ike.id), at=due)
    assert promise.kept_at == due
    assert appeal.next_due_at == NOON + HALF_HOUR


def test_words_without_the_time_get_it_and_no_words_are_ours(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    due = NOON + timedelta(hours=2)
    promise_by_hand(session, appeal, by=cast.mara, due_at=due, words="I will fit a lamp.", at=NOON)
    later = due + timedelta(hours=1)
    promise_by_hand(session, appeal, by=cast.boris, due_at=later, words="", at=NOON + LATER)
    told = [message.text for message in find_sent(session, cast.conversation, "promise")]
    assert told == [
        "T-1001: I will fit a lamp. By 15:00. — Mara T",
        "T-1001: I will have this solved by 16:00. — Boris T",
    ]
    assert count_slips(session, appeal.id) == 2, "each later time is a slip of the one before"


def test_an_earlier_time_is_no_slip(session: Session, cast: Cast, appeal: Appeal) -> None:
    due = NOON + timedelta(minutes=10)
    promise_by_hand(session, appeal, by=cast.mara, due_at=due, words="", at=NOON)
    assert count_slips(session, appeal.id) == 0


def test_a_promise_by_hand_is_refused_for_what_nobody_may_promise(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    soon = NOON + HALF_HOUR

    def promise(**changed: object) -> None:
        values = {"by": cast.mara, "due_at": soon, "words": "", "at": NOON, **changed}
        promise_by_hand(session, appeal, **values)  # type: ignore[arg-type]

    for refusal, changed in (
        (InThePast, {"due_at": NOON}),
        (TooLong, {"words": "x" * 501}),
        (AdmitsLiability, {"words": "It was our fault."}),
        (WrongState, {"kind": "acceptance"}),
    ):
        with pytest.raises(refusal):
            promise(**changed)
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    with pytest.raises(WrongState):
        promise()
    assert find_sent(session, cast.conversation, "promise") == []


def test_clocks_that_stand_still_go_on_with_what_was_left(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    promise = only_promise(session, appeal)
    stopped = NOON + timedelta(minutes=10)
    for _ in range(2):
        stop_clocks(session, appeal, reason="asked_owner", at=stopped)
    sweep(session, NOON + timedelta(hours=5))
    going_on = NOON + timedelta(hours=7)
    for _ in range(2):
        start_clocks(session, appeal, at=going_on)
    assert promise.due_at == appeal.next_due_at == going_on + timedelta(minutes=20)
    assert promise.explanation["stood_still"] == 410
    assert list_keys(session, cast.conversation) == ["card"]
    stop_clocks(session, appeal, reason="deferred", at=promise.due_at)
    start_clocks(session, appeal, at=promise.due_at + LATER)
    assert promise.due_at == going_on + timedelta(minutes=36), "a quarter of an hour at least"


def test_deferral_over_a_weekend_counts_working_time_only(session: Session, cast: Cast) -> None:
    calendar = save_calendar(
        session, cast.project, name="office", week=WEEK, by=cast.boris, at=NOON
    )
    save_term(
        session, cast.project, kind="resolution", minutes=360, calendar_id=calendar.id,
        by=cast.boris, at=NOON,
    )  # fmt: skip
    friday = datetime(
        2026, 3, 27, 15, 0, tzinfo=UTC
    )  # 16:00 in Madrid; the clocks change on Sunday
    appeal = make_appeal(session, cast, at=friday)
    promise = only_promise(session, appeal)
    monday = datetime(2026, 3, 30, tzinfo=UTC)
    assert promise.due_at == monday + timedelta(hours=10), (
        "12:00 in Madrid: 2 h on Friday, 4 h on Monday"
    )
    assert [entry["day"] for entry in promise.explanation["closed"]] == ["2026-03-28", "2026-03-29"]
    accept_appeal(session, appeal, by=cast.mara, at=friday)
    by = Actor.staff(cast.mara.id)
    until = monday + timedelta(hours=12)  # 14:00
    defer_appeal(
        session, appeal, until=until, reason="a part", by=by, at=friday + timedelta(hours=1)
    )
    assert promise.minutes_left == 300
    end_deferral(session, appeal, at=until)
    assert promise.due_at == monday + timedelta(days=1, hours=7), (
        "4 h today, 1 h tomorrow from 08:00"
    )


def test_a_holiday_moves_a_due_time_and_terms_are_the_projects_own(
    session: Session, cast: Cast
) -> None:
    calendar = save_calendar(
        session, cast.project, name="office", week=WEEK, by=cast.boris, at=NOON
    )
    day = datetime(2026, 11, 19).date()  # noqa: DTZ001
    set_special_day(session, calendar, day=day, name="Founders' Day", by=cast.boris, at=NOON)
    save_term(
        session, cast.project, kind="resolution", category="lighting", minutes=300,
        calendar_id=calendar.id, by=cast.boris, at=NOON,
    )  # fmt: skip
    lamp = make_appeal(session, cast)
    assert only_promise(session, lamp).due_at == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert only_promise(session, lamp).calendar_id == calendar.id
    parking = make_appeal(session, cast, category="parking")
    assert only_promise(session, parking).due_at == NOON + HALF_HOUR
    other = make_appeal(session, make_cast(session, code="U", chat_id=7002))
    assert only_promise(session, other).due_at == NOON + HALF_HOUR


def test_a_calendar_with_no_open_time_counts_round_the_clock_and_the_manager_is_told(
    session: Session, cast: Cast
) -> None:
    with pytest.raises(InvalidCalendar):
        save_calendar(session, cast.project, name="x", week=["8 to 9"] * 7, by=cast.boris, at=NOON)
    calendar = save_calendar(
        session, cast.project, name="never", week=[""] * 7, by=cast.boris, at=NOON
    )
    save_term(
        session, cast.project, kind="resolution", minutes=60, calendar_id=calendar.id,
        by=cast.boris, at=NOON,
    )  # fmt: skip
    promise = only_promise(session, make_appeal(session, cast))
    make_appeal(session, cast)
    assert promise.due_at == NOON + timedelta(hours=1)
    assert promise.explanation["never_open"] is True
    notices = session.scalars(select(Notice)).all()
    assert [(n.staff_id, n.topic) for n in notices] == [(cast.boris.id, "calendar.never_open")]


def test_one_appeal_that_cannot_be_handled_does_not_stop_the_sweep(
    session: Session, cast: Cast, appeal: Appeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_appeal(session, cast)
    from ownerdesk.services import sweep as module

    def look(session: Session, one: Appeal, *, at: datetime) -> None:
        if one.id == appeal.id:
            raise RuntimeError("broken")
        real(session, one, at=at)

    real = module.look_at_promises
    monkeypatch.setattr(module, "look_at_promises", look)
    at = NOON + timedelta(minutes=29)
    sweep_promises(session, at=at)
    assert [m.appeal_id for m in find_sent(session, cast.conversation, "slip")] == [other.id]
    session.expire_all()
    assert only_promise(session, appeal).look_at == at + LATER, "it is tried again"
    monkeypatch.undo()
    sweep(session, at + LATER)
    assert len(find_sent(session, cast.conversation, "slip")) == 2
