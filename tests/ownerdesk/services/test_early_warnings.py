"""Early warnings (S18): raised once, told to the manager with the evidence, and judged by people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, EarlyWarning, Notice, Rating
from ownerdesk.queries.appeals import find_open_promise, list_promises
from ownerdesk.queries.early_warnings import find_level, list_warnings
from ownerdesk.services.appeals import attach_message
from ownerdesk.services.closure import confirm_solved, rate_appeal
from ownerdesk.services.early_warnings import judge_warning, look_for_warnings, watch_owner
from ownerdesk.services.events import Actor
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from tests.make import LATER, NOON, Cast, make_appeal, make_cast, make_message

WEEK = timedelta(weeks=1)
CATEGORIES = (
    "lighting",
    "elevator",
    "noise",
    "drainage",
    "pests",
    "parking",
    "security",
    "heating",
)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def report(session: Session, cast: Cast, count: int, *, at: object = NOON) -> list[Appeal]:
    return [
        make_appeal(session, cast, category=CATEGORIES[n % 8], at=at)  # type: ignore[arg-type]
        for n in range(count)
    ]


def warnings(session: Session) -> list[tuple[str, str]]:
    rows = session.scalars(select(EarlyWarning).order_by(EarlyWarning.id))
    return [(w.subject, w.cause) for w in rows]


def told(session: Session, cast: Cast) -> list[str]:
    return list(
        session.scalars(
            select(Notice.words).where(
                Notice.staff_id == cast.boris.id, Notice.topic == "early_warning"
            )
        )
    )


def quiet_weeks(session: Session, cast: Cast, weeks: int = 8) -> None:
    """The project is older than that, and nothing came on this weekday at this hour."""
    report(session, cast, 1, at=NOON - weeks * WEEK - timedelta(hours=1))


def test_more_than_usual_in_a_building_is_told_once_with_what_is_behind_it(
    session: Session, cast: Cast
) -> None:
    quiet_weeks(session, cast)
    appeals = report(session, cast, 3)
    look_for_warnings(session, at=NOON + LATER)
    assert warnings(session) == []
    appeals += report(session, cast, 1)
    for minutes in (1, 10, 20, 60, 70):
        look_for_warnings(session, at=NOON + timedelta(minutes=minutes))
    assert warnings(session) == [("building", "more_than_usual")], "the project is not told again"
    warning = session.scalars(select(EarlyWarning)).one()
    assert warning.evidence == [{"appeal": a.id} for a in appeals]
    (words,) = told(session, cast)
    assert "Birch House" in words
    assert "4 appeals" in words


def test_as_many_as_every_week_is_nothing_to_tell(session: Session, cast: Cast) -> None:
    for weeks in range(1, 9):
        report(session, cast, 3, at=NOON - weeks * WEEK)
    report(session, cast, 6)
    look_for_warnings(session, at=NOON + LATER)
    assert warnings(session) == []


def test_another_hour_or_weekday_says_nothing_about_this_one(session: Session, cast: Cast) -> None:
    quiet_weeks(session, cast)
    for weeks in range(1, 9):
        report(session, cast, 3, at=NOON - weeks * WEEK + timedelta(hours=1))
        report(session, cast, 3, at=NOON - weeks * WEEK + timedelta(days=1))
    report(session, cast, 4)
    look_for_warnings(session, at=NOON + LATER)
    assert warnings(session) == [("building", "more_than_usual")]


def test_a_sweep_after_the_hour_still_sees_it_and_one_long_after_tells_nothing_old(
    session: Session, cast: Cast
) -> None:
    quiet_weeks(session, cast)
    report(session, cast, 4)
    look_for_warnings(session, at=NOON + timedelta(hours=5))
    assert warnings(session) == []
    look_for_warnings(session, at=NOON + timedelta(minutes=65))
    assert warnings(session) == [("building", "more_than_usual")]


def test_what_has_no_building_counts_for_the_project_and_questions_for_nothing(
    session: Session, cast: Cast
) -> None:
    quiet_weeks(session, cast)
    for appeal in report(session, cast, 6):
        appeal.building_id = None
    session.flush()
    for _ in range(6):
        make_appeal(session, cast, nature="consultation")
    look_for_warnings(session, at=NOON + LATER)
    assert warnings(session) == [("project", "more_than_usual")]


def test_a_false_alarm_raises_the_bar_for_this_building_and_cause_only(
    session: Session, cast: Cast
) -> None:
    quiet_weeks(session, cast, weeks=10)
    report(session, cast, 4, at=NOON - WEEK)
    look_for_warnings(session, at=NOON - WEEK + LATER)
    first = session.scalars(select(EarlyWarning)).one()
    judge_warning(session, first, "false_alarm", by=cast.boris, at=NOON)
    assert find_level(session, "building", first.subject_id, "more_than_usual") == 1
    assert find_level(session, "building", first.subject_id, "repeated_asks") == 0
    report(session, cast, 5)  # with four a week before: enough, but not with the bar raised
    look_for_warnings(session, at=NOON + LATER)
    assert len(warnings(session)) == 1
    judge_warning(session, first, "right", by=cast.boris, at=NOON)
    look_for_warnings(session, at=NOON + LATER)
    assert len(warnings(session)) == 2
    assert len(list_warnings(session, cast.boris)) == 2
    assert list_warnings(session, cast.mara) == []


def test_an_owner_who_asks_again_and_again_is_seen_with_the_messages(
    session: Session, cast: Cast
) -> None:
    appeal = make_appeal(session, cast)
    asked = []
    for _ in range(4):
        message = make_message(session, cast.conversation, "any news?")
        attach_message(session, appeal, message, at=NOON + LATER)
        asked.append(message.id)
    (warning,) = session.scalars(select(EarlyWarning))
    assert (warning.subject, warning.subject_id, warning.cause) == (
        "owner", cast.alma.id, "repeated_asks",
    )  # fmt: skip
    assert warning.evidence == [{"message": message_id} for message_id in asked[:3]]
    (words,) = told(session, cast)
    assert "Alma Test" in words
    assert "asked 3 times within 7 days" in words


def test_broken_promises_are_seen_by_the_sweep_and_old_ones_forgotten(
    session: Session, cast: Cast
) -> None:
    appeals = report(session, cast, 3)
    for appeal in appeals:
        find_open_promise(session, appeal.id, "resolution").broken_at = NOON
    (old,) = (p for p in list_promises(session, appeals[0].id) if p.kind == "resolution")
    old.broken_at = NOON - timedelta(days=31)
    session.flush()
    look_for_warnings(session, at=NOON + LATER)
    look_for_warnings(session, at=NOON + 2 * LATER)
    (warning,) = session.scalars(select(EarlyWarning))
    assert warning.cause == "broken_promises"
    assert warning.evidence == [{"appeal": a.id} for a in appeals[1:]]


def test_falling_stars_are_seen_when_the_second_low_one_is_given(
    session: Session, cast: Cast
) -> None:
    for n, stars in enumerate((5, 5, 3, 2)):
        assert "falling_ratings" not in [cause for _, cause in warnings(session)]
        at = NOON + n * WEEK
        appeal = make_appeal(session, cast, category=CATEGORIES[n], at=at)
        accept_appeal(session, appeal, by=cast.mara, at=at)
        resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=at)
        confirm_solved(session, appeal, at=at)
        rate_appeal(session, appeal, stars=stars, at=at)
    assert ("owner", "falling_ratings") in warnings(session)
    assert session.scalars(select(Rating.stars)).all() == [5, 5, 3, 2]
    assert "5, 5, 3, 2" in told(session, cast)[-1]


def test_nobody_who_manages_leaves_the_warning_on_the_page(session: Session, cast: Cast) -> None:
    cast.boris.is_active = False
    quiet_weeks(session, cast)
    report(session, cast, 4)
    look_for_warnings(session, at=NOON + LATER)
    assert warnings(session) == [("building", "more_than_usual")]
    assert session.scalars(select(Notice).where(Notice.topic == "early_warning")).all() == []


def test_a_stranger_is_no_owner_to_be_warned_about(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    appeal.owner_id = None
    watch_owner(session, appeal, at=NOON)
    assert warnings(session) == []


def test_a_hundred_thousand_appeals_are_counted_by_index(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    columns = [
        c.name
        for c in Appeal.__table__.columns
        if c.name not in ("id", "number", "source_message_id", "received_at")
    ]
    listed = ", ".join(columns)
    session.execute(
        text(
            f"insert into appeals ({listed}, number, received_at)"
            f" select {listed}, 'X-' || g, received_at - g * interval '1 minute' - interval '2 hours'"
            " from appeals, generate_series(1, 100000) g where id = :id"
        ),
        {"id": appeal.id},
    )
    session.execute(text("analyze appeals"))
    for column, value in (("building_id", appeal.building_id), ("project_id", cast.project.id)):
        plan = "\n".join(
            session.scalars(
                text(
                    f"explain select count(*) from appeals where {column} = :value"
                    " and received_at >= :start and received_at < :end"
                    " and nature in ('help_seeking', 'dissatisfaction', 'emergency')"
                ),
                {"value": value, "start": NOON - WEEK, "end": NOON - WEEK + timedelta(hours=1)},
            )
        )
        assert "received_at" in plan
        assert "Seq Scan" not in plan, plan
    look_for_warnings(session, at=NOON + LATER)
