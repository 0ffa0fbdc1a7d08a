"""A major appeal is closed for good once it is summed up (S11)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Notice, Summary
from ownerdesk.queries.aftercare import find_summary, find_visit, list_without_summary, read_step
from ownerdesk.rules.refusals import MissingText, WrongState
from ownerdesk.services.closure import confirm_solved, rate_appeal, reopen_appeal
from ownerdesk.services.events import Actor
from ownerdesk.services.jobs import CHECK_SUMMARY
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from ownerdesk.services.summaries import check_summary, send_summary, write_summary
from ownerdesk.services.visit_results import answer_visit
from tests.look import find_sent, list_events, list_jobs
from tests.make import LATER, NOON, Cast, make_appeal, make_cast

DAY = timedelta(hours=24)
PARTS = {
    "cause": "A worn belt",
    "learnt": "Look sooner",
    "correction": "New belt",
    "prevention": "Plan",
}


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def close(session: Session, cast: Cast, category: str = "elevator") -> Appeal:
    appeal = make_appeal(session, cast, category=category)
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    confirm_solved(session, appeal, at=NOON)
    return appeal


def sum_up(session: Session, cast: Cast, appeal: Appeal, for_owner: str = "") -> Summary:
    return write_summary(
        session, appeal, **PARTS, for_owner=for_owner, by=cast.mara, at=NOON + LATER
    )


def told(session: Session) -> list[tuple[str, int]]:
    rows = session.execute(
        select(Notice.topic, Notice.staff_id)
        .where(Notice.topic.startswith("summary."))
        .order_by(Notice.id)
    )
    return [(topic, staff_id) for topic, staff_id in rows]


def test_the_owners_yes_closes_it_and_its_record_waits_for_the_summary(
    session: Session, cast: Cast
) -> None:
    appeal = close(session, cast)
    assert appeal.state == "closed"
    assert read_step(session, appeal) == "return_visit"
    visit = find_visit(session, appeal)
    assert visit is not None
    answer_visit(session, visit, "satisfied", at=NOON)
    assert read_step(session, appeal) == "sum_up"
    assert list_without_summary(session, cast.mara) == [appeal]
    sum_up(session, cast, appeal)
    assert read_step(session, appeal) is None
    assert list_without_summary(session, cast.mara) == []
    assert list_events(session, appeal).count("summary.written") == 1


def test_a_general_appeal_needs_none_until_low_stars_make_it_major(
    session: Session, cast: Cast
) -> None:
    appeal = close(session, cast, "lighting")
    assert list_jobs(session, CHECK_SUMMARY) == []
    assert list_without_summary(session, cast.mara) == []
    rate_appeal(session, appeal, stars=1, at=NOON)
    assert list_without_summary(session, cast.mara) == [appeal]
    assert len(list_jobs(session, CHECK_SUMMARY)) == 2


def test_the_responsible_person_is_reminded_after_a_day_and_the_manager_told_after_three(
    session: Session, cast: Cast
) -> None:
    appeal = close(session, cast)
    assert [job["at"] for job in list_jobs(session, CHECK_SUMMARY)] == [NOON + DAY, NOON + 3 * DAY]
    check_summary(session, appeal, 0, at=NOON + DAY - LATER)
    assert told(session) == []
    for at in (NOON + DAY, NOON + DAY, NOON + 3 * DAY, NOON + 4 * DAY):
        check_summary(session, appeal, 0, at=at)
    assert told(session) == [("summary.remind", cast.mara.id), ("summary.late", cast.boris.id)]


def test_what_is_summed_up_or_open_again_is_not_asked_for(session: Session, cast: Cast) -> None:
    done, open_again = close(session, cast), close(session, cast, "water_supply")
    sum_up(session, cast, done)
    reopen_appeal(session, open_again, how="reopen", at=NOON + LATER)
    for appeal in (done, open_again):
        check_summary(session, appeal, 0, at=NOON + 3 * DAY)
    assert told(session) == []


def test_an_appeal_that_came_back_is_summed_up_anew(session: Session, cast: Cast) -> None:
    appeal = close(session, cast)
    sum_up(session, cast, appeal)
    reopen_appeal(session, appeal, how="reopen", at=NOON + DAY)
    by = Actor.staff(cast.mara.id)
    resolve_appeal(session, appeal, resolution="Again", by=by, at=NOON + 2 * DAY)
    confirm_solved(session, appeal, at=NOON + 2 * DAY)
    assert list_without_summary(session, cast.mara) == [appeal]
    write_summary(session, appeal, **PARTS, for_owner="", by=cast.boris, at=NOON + 3 * DAY)
    assert list_without_summary(session, cast.mara) == []
    assert session.scalars(select(Summary.appeal_id)).all() == [appeal.id]


def test_every_part_is_needed_and_nothing_is_summed_up_before_it_is_done(
    session: Session, cast: Cast
) -> None:
    fresh = make_appeal(session, cast, category="elevator")
    with pytest.raises(WrongState):
        sum_up(session, cast, fresh)
    appeal = close(session, cast, "water_supply")
    for part in PARTS:
        with pytest.raises(MissingText, match=part):
            write_summary(
                session, appeal, **{**PARTS, part: " "}, for_owner="", by=cast.mara, at=NOON
            )
    assert find_summary(session, appeal.id) is None


def test_the_owners_version_is_sent_once_and_waits_for_their_morning(
    session: Session, cast: Cast
) -> None:
    appeal = close(session, cast)
    summary = sum_up(session, cast, appeal)
    with pytest.raises(MissingText):
        send_summary(session, appeal, summary, by=cast.mara, at=NOON)
    summary = sum_up(session, cast, appeal, "The belt was worn; we look every month now.")
    night = NOON + timedelta(hours=11)
    for _ in range(2):
        send_summary(session, appeal, summary, by=cast.mara, at=night)
    (sent,) = find_sent(session, cast.conversation, "summary")
    assert "The belt was worn" in sent.text
    assert sent.text.endswith("— Mara T")
    assert sent.send_at == NOON + timedelta(hours=19)
    assert list_events(session, appeal).count("summary.sent") == 1
    sum_up(session, cast, appeal, "The belt was worn. It is new now.")
    send_summary(session, appeal, summary, by=cast.mara, at=night + LATER)
    assert len(find_sent(session, cast.conversation, "summary")) == 2
