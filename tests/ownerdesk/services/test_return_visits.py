"""Return visits: by another person, one to three days after a closure, at daytime; "it came back" reopens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, DutyShift, Notice, ReturnVisit, StaffRole
from ownerdesk.queries.aftercare import find_visit, list_open_visits, read_step
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import MissingText, OwnWork, VisitEnded, VisitNotFound
from ownerdesk.services.closure import confirm_solved, rate_appeal, reopen_appeal
from ownerdesk.services.events import Actor
from ownerdesk.services.jobs import CHECK_RETURN_VISIT
from ownerdesk.services.progress import accept_appeal, dispatch_appeal, resolve_appeal
from ownerdesk.services.return_visits import check_return_visit
from ownerdesk.services.visit_results import (
    answer_visit,
    get_own_visit,
    get_visit_for_staff,
    record_visit,
    wish_call,
)
from tests.look import find_sent, labels, list_events, list_jobs
from tests.make import LATER, NOON, Cast, make_appeal, make_cast, make_staff

DAY = timedelta(hours=24)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def close(
    session: Session, cast: Cast, *, category: str = "elevator", at: datetime = NOON
) -> Appeal:
    """An appeal that Ike did, Mara answers for, and its owner closed."""
    appeal = make_appeal(session, cast, category=category, at=at)
    accept_appeal(session, appeal, by=cast.mara, at=at)
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=cast.ike, by=cast.mara, at=at
    )
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.ike.id), at=at)
    confirm_solved(session, appeal, at=at)
    return appeal


def visit_of(session: Session, appeal: Appeal) -> ReturnVisit:
    return find_visit(session, appeal) or pytest.fail("no return visit was planned")


def told(session: Session, staff_id: int) -> list[str]:
    """The topics of somebody's notices about visits."""
    return list(
        session.scalars(
            select(Notice.topic)
            .where(Notice.staff_id == staff_id, Notice.topic.startswith("visit."))
            .order_by(Notice.id)
        )
    )


def test_a_major_closure_is_visited_by_somebody_who_had_no_part_in_it(
    session: Session, cast: Cast
) -> None:
    nora = make_staff(session, cast.project, "Nora T", "agent")
    for weekday in range(7):
        shift = session.scalars(select(DutyShift).where(DutyShift.weekday == weekday)).first()
        assert shift is not None
        session.add(
            DutyShift(
                project_id=cast.project.id, staff_id=nora.id, weekday=weekday,
                starts=shift.starts, ends=shift.ends,
            )
        )  # fmt: skip
    visit = visit_of(session, close(session, cast))
    assert (visit.reason, visit.staff_id) == ("major", nora.id)
    assert (visit.from_at, visit.due_at) == (NOON + DAY, NOON + 3 * DAY)
    assert [job["at"] for job in list_jobs(session, CHECK_RETURN_VISIT)] == [
        NOON + DAY, NOON + 2 * DAY, NOON + 3 * DAY,
    ]  # fmt: skip


def test_a_small_matter_is_not_visited_unless_its_stars_are_low(
    session: Session, cast: Cast
) -> None:
    appeal = close(session, cast, category="lighting")
    assert find_visit(session, appeal) is None
    assert read_step(session, appeal) is None
    rate_appeal(session, appeal, stars=3, at=NOON)
    assert find_visit(session, appeal) is None
    rate_appeal(session, appeal, stars=2, at=NOON + 5 * DAY)
    visit = visit_of(session, appeal)
    assert (visit.reason, visit.from_at) == ("low_rating", NOON + 6 * DAY)


def test_a_repeat_is_visited(session: Session, cast: Cast) -> None:
    assert find_visit(session, close(session, cast, category="lighting")) is None
    again = close(session, cast, category="lighting", at=NOON + 10 * DAY)
    assert visit_of(session, again).reason == "repeat"


def test_the_owner_is_asked_at_daytime_also_over_daylight_saving(
    session: Session, cast: Cast
) -> None:
    cases = (
        (datetime(2026, 11, 18, 23, tzinfo=UTC), datetime(2026, 11, 20, 7, tzinfo=UTC)),
        # 25 October: summer time ends in the night after the closure.
        (datetime(2026, 10, 24, 1, tzinfo=UTC), datetime(2026, 10, 25, 7, tzinfo=UTC)),
        (datetime(2027, 3, 27, 2, tzinfo=UTC), datetime(2027, 3, 28, 6, tzinfo=UTC)),
    )
    for number, (closed_at, from_at) in enumerate(cases):
        appeal = close(
            session, make_cast(session, code=f"D{number}", chat_id=7100 + number), at=closed_at
        )
        visit = visit_of(session, appeal)
        assert visit.from_at == from_at, "eight in the morning in Madrid"
        assert visit.due_at == closed_at + 3 * DAY


def test_the_visit_is_asked_reminded_and_escalated_each_once(session: Session, cast: Cast) -> None:
    appeal = close(session, cast)
    visit = visit_of(session, appeal)
    assert visit.staff_id == cast.boris.id, "nobody else is there"
    check_return_visit(session, visit.id, at=visit.from_at - LATER)
    assert find_sent(session, cast.conversation, "visit?") == []
    for at in (visit.from_at, visit.from_at, visit.from_at + DAY, visit.from_at + DAY):
        check_return_visit(session, visit.id, at=at)
    (question,) = find_sent(session, cast.conversation, "visit?")
    assert labels(question) == ["visitgood", "visitback", "visitcall"]
    assert "Boris T" in question.text
    assert told(session, cast.boris.id) == ["visit.due", "visit.due"]
    for _ in range(2):
        check_return_visit(session, visit.id, at=visit.due_at)
    assert told(session, cast.boris.id) == ["visit.due", "visit.due", "visit.overdue"]
    assert [v.id for v in list_open_visits(session, cast.mara)] == [visit.id]
    assert read_step(session, appeal) == "return_visit"


def test_after_days_without_a_server_everything_owed_is_done_once_and_without_a_flood(
    session: Session, cast: Cast
) -> None:
    visit = visit_of(session, close(session, cast))
    for _ in range(3):
        check_return_visit(session, visit.id, at=visit.due_at + 2 * DAY)
    assert len(find_sent(session, cast.conversation, "visit?")) == 1
    assert told(session, cast.boris.id) == ["visit.due", "visit.overdue"]


def test_all_good_ends_it_and_a_second_press_changes_nothing(session: Session, cast: Cast) -> None:
    appeal = close(session, cast)
    visit = visit_of(session, appeal)
    check_return_visit(session, visit.id, at=visit.from_at)
    for _ in range(2):
        answer_visit(session, visit, "satisfied", at=visit.from_at + LATER)
    assert (visit.result, visit.ended_at, visit.ended_by_id) == (
        "satisfied", visit.from_at + LATER, None,
    )  # fmt: skip
    assert appeal.state == "closed"
    [asked] = find_sent(session, cast.conversation, "visit?")
    assert asked.markup is None
    assert asked.text.endswith("I am glad to hear that. Thank you for telling me.")
    assert list_events(session, appeal).count("visit.ended") == 1
    with pytest.raises(VisitEnded):
        answer_visit(session, visit, "came_back", at=visit.due_at)
    with pytest.raises(VisitEnded):
        wish_call(session, visit, at=visit.due_at)
    check_return_visit(session, visit.id, at=visit.due_at)
    assert "visit.overdue" not in told(session, cast.boris.id)
    assert read_step(session, appeal) == "sum_up"


def test_it_came_back_reopens_once_to_the_same_person(session: Session, cast: Cast) -> None:
    appeal = close(session, cast)
    visit = visit_of(session, appeal)
    check_return_visit(session, visit.id, at=visit.from_at)
    for _ in range(2):
        answer_visit(session, visit, "came_back", at=visit.from_at)
    assert (appeal.state, appeal.reopened, appeal.responsible_id) == ("accepted", 1, cast.mara.id)
    assert visit.result == "came_back"
    assert appeal.next_due_at is not None
    assert told(session, cast.boris.id) == ["visit.due", "visit.ended"]
    resolve_appeal(
        session, appeal, resolution="Again", by=Actor.staff(cast.mara.id), at=NOON + 2 * DAY
    )
    confirm_solved(session, appeal, at=NOON + 2 * DAY)
    assert visit_of(session, appeal).closure == 1, "the next closure has a visit of its own"


def test_call_me_is_told_once_and_a_late_wish_has_a_time_of_its_own(
    session: Session, cast: Cast
) -> None:
    visit = visit_of(session, close(session, cast))
    check_return_visit(session, visit.id, at=visit.from_at)
    for _ in range(2):
        wish_call(session, visit, at=visit.from_at + LATER)
    assert told(session, cast.boris.id) == ["visit.due", "visit.call"]
    (answer,) = find_sent(session, cast.conversation, "visit.call")
    assert "Boris T will call you by Sat 21 Nov, 13:00" in answer.text
    assert visit.ended_at is None

    late = visit_of(session, close(session, cast, category="water_supply"))
    at = late.due_at + DAY
    check_return_visit(session, late.id, at=at)
    wish_call(session, late, at=at)
    assert late.due_at == at + DAY
    check_return_visit(session, late.id, at=late.due_at)
    assert told(session, cast.boris.id).count("visit.overdue") == 2


def test_an_appeal_that_was_reopened_before_is_not_asked_after(
    session: Session, cast: Cast
) -> None:
    appeal = close(session, cast)
    visit = visit_of(session, appeal)
    reopen_appeal(session, appeal, how="reopen", at=NOON + LATER)
    assert (visit.ended_at, visit.result) == (NOON + LATER, None)
    check_return_visit(session, visit.id, at=visit.from_at)
    assert find_sent(session, cast.conversation, "visit?") == []
    assert list_open_visits(session, cast.mara) == []


def test_staff_record_what_they_heard_but_not_about_their_own_work(
    session: Session, cast: Cast
) -> None:
    appeal = close(session, cast)
    visit = visit_of(session, appeal)
    for worker in (cast.mara, cast.ike):
        with pytest.raises(OwnWork):
            record_visit(session, visit, result="satisfied", answer="", by=worker, at=NOON + DAY)
    with pytest.raises(MissingText):
        record_visit(
            session, visit, result="not_satisfied", answer=" ", by=cast.boris, at=NOON + DAY
        )
    assert visit.ended_at is None
    for _ in range(2):
        record_visit(
            session, visit, result="not_satisfied", answer="Noisy still", by=cast.boris,
            at=NOON + DAY,
        )  # fmt: skip
    assert (visit.result, visit.answer, visit.ended_by_id) == (
        "not_satisfied", "Noisy still", cast.boris.id,
    )  # fmt: skip
    assert appeal.state == "closed"
    with pytest.raises(VisitEnded):
        record_visit(session, visit, result="satisfied", answer="", by=cast.boris, at=NOON + DAY)


def test_it_came_back_by_phone_reopens_too(session: Session, cast: Cast) -> None:
    appeal = close(session, cast)
    record_visit(
        session, visit_of(session, appeal), result="came_back", answer="It hums", by=cast.boris,
        at=NOON + DAY,
    )  # fmt: skip
    assert (appeal.state, appeal.reopened) == ("accepted", 1)


def test_where_everybody_took_part_the_manager_has_to_find_somebody(
    session: Session, cast: Cast
) -> None:
    appeal = make_appeal(session, cast, category="elevator")
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=cast.ike, by=cast.boris, at=NOON
    )
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    confirm_solved(session, appeal, at=NOON)
    visit = visit_of(session, appeal)
    assert visit.staff_id is None
    check_return_visit(session, visit.id, at=visit.from_at)
    words = session.scalars(select(Notice.words).where(Notice.topic == "visit.due")).all()
    assert len(words) == 1
    assert "find somebody" in words[0]


def test_whoever_left_meanwhile_is_replaced(session: Session, cast: Cast) -> None:
    visit = visit_of(session, close(session, cast))
    assert visit.staff_id == cast.boris.id
    cast.boris.is_active = False
    nora = make_staff(session, cast.project, "Nora T", "manager")
    check_return_visit(session, visit.id, at=visit.from_at)
    assert visit.staff_id == nora.id
    assert told(session, nora.id) == ["visit.due"]


def test_with_nobody_on_duty_and_nobody_who_supervises_the_responsible_hears_it(
    session: Session, cast: Cast
) -> None:
    session.execute(delete(DutyShift))
    session.execute(delete(StaffRole).where(StaffRole.staff_id == cast.boris.id))
    visit = visit_of(session, close(session, cast))
    assert visit.staff_id is None
    check_return_visit(session, visit.id, at=visit.from_at)
    check_return_visit(session, visit.id, at=visit.due_at)
    assert told(session, cast.mara.id) == ["visit.due", "visit.overdue"]


def test_nobody_elses_visit_can_be_answered(session: Session, cast: Cast) -> None:
    visit = visit_of(session, close(session, cast))
    other = make_cast(session, code="U", chat_id=7002)
    with pytest.raises(VisitNotFound):
        get_own_visit(session, other.conversation, visit.id)
    with pytest.raises(VisitNotFound):
        get_own_visit(session, cast.conversation, visit.id + 1)
    with pytest.raises(VisitNotFound):
        get_visit_for_staff(session, other.boris, visit.id, Right.WORK_APPEALS)
    assert get_own_visit(session, cast.conversation, visit.id) is visit
