"""Planned works: announced, reminded of, changed, called off and over, by the clock of the place."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import Building, Conversation, Incident
from ownerdesk.rules.refusals import (
    IncidentNotFound,
    IncidentOver,
    InThePast,
    MissingText,
    WrongPeriod,
)
from ownerdesk.services.incidents import dismiss_incident, end_incident
from ownerdesk.services.jobs import ANNOUNCE_WORKS, END_WORKS, REMIND_OF_WORKS
from ownerdesk.services.planned_works import (
    announce_works,
    cancel_works,
    change_works,
    end_works,
    plan_works,
    remind_of_works,
)
from tests.look import find_sent, labels, list_jobs, list_open_promises
from tests.make import LATER, NOON, Cast, make_cast
from tests.neighbours import make_neighbours, report

MADRID = ZoneInfo("Europe/Madrid")
STARTS = datetime(2026, 11, 24, 9, tzinfo=MADRID)
ENDS = datetime(2026, 11, 24, 14, tzinfo=MADRID)
RUN = {ANNOUNCE_WORKS: announce_works, REMIND_OF_WORKS: remind_of_works, END_WORKS: end_works}


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def chats(session: Session, cast: Cast) -> list[Conversation]:
    return make_neighbours(session, cast, 2, languages=("en", "es"))


def plan(session: Session, cast: Cast, **changes: object) -> Incident:
    values: dict[str, object] = {
        "category": "water_supply",
        "titles": {"en": "Water off", "es": "Corte de agua"},
        "starts_at": STARTS,
        "ends_at": ENDS,
        "by": cast.mara,
        "at": NOON,
        **changes,
    }
    building = values.pop("building", session.get(Building, cast.unit.building_id))
    return plan_works(session, cast.project, building, **values)  # type: ignore[arg-type]


def run_until(session: Session, until: datetime, *, times: int = 2) -> None:
    """Every job of works that is due by then, at its time, more than once."""
    jobs = [(j["at"], RUN[t], j["incident_id"]) for t in RUN for j in list_jobs(session, t)]
    for at, work, incident_id in sorted(jobs, key=lambda job: job[0]):
        if at <= until:
            for _ in range(times):
                work(session, incident_id, at=at)


def told(session: Session, chat: Conversation, works: Incident) -> list[str]:
    return [m.text for m in find_sent(session, chat, f"incident:{works.id}")]


def test_announced_at_once_to_those_it_concerns_in_their_language(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    (elsewhere,) = make_neighbours(session, cast, 1, entrance="3")
    works = plan(session, cast, entrance="2")
    assert works.announced_at == NOON
    by_language = {chat.language: told(session, chat, works) for chat in chats}
    (english,), (spanish,) = by_language["en"], by_language["es"]
    for part in ("Water off", "Birch House, entrance 2", "Tue 24 Nov, 09:00–14:00", "Mara T"):
        assert part in english
    assert "Corte de agua" in spanish
    assert told(session, elsewhere, works) == []
    assert len(told(session, cast.conversation, works)) == 1


def test_announced_some_days_before_and_reminded_of_the_evening_before(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    works = plan(session, cast, days_before=3)
    assert told(session, chats[0], works) == []
    (announcement,) = list_jobs(session, ANNOUNCE_WORKS)
    assert announcement["at"] == datetime(2026, 11, 21, 10, tzinfo=MADRID)
    run_until(session, STARTS)
    first, second = told(session, chats[1], works)
    assert works.announced_at == announcement["at"]
    sent = find_sent(session, chats[1], f"incident:{works.id}:reminder")
    assert [m.created_at for m in sent] == [datetime(2026, 11, 23, 18, tzinfo=MADRID)]
    assert first != second


def test_announced_the_evening_before_there_is_no_reminder_as_well(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    works = plan(session, cast, at=datetime(2026, 11, 23, 18, tzinfo=MADRID))
    run_until(session, STARTS)
    assert len(told(session, chats[0], works)) == 1


def test_who_moves_in_after_the_announcement_gets_it_with_the_reminder(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    works = plan(session, cast)
    (new,) = make_neighbours(session, cast, 1, first=30)
    run_until(session, STARTS)
    assert ["Planned works" in text for text in told(session, new, works)] == [True]
    assert len(told(session, chats[0], works)) == 2


def test_an_announcement_job_that_comes_after_the_works_tells_nothing(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    works = plan(session, cast, days_before=3)
    announce_works(session, works.id, at=ENDS)
    remind_of_works(session, works.id, at=STARTS)
    end_works(session, works.id, at=ENDS + timedelta(hours=9))
    assert told(session, chats[0], works) == [], "nobody was told, so nobody hears that it is over"
    assert works.state == "resolved"


def test_who_reports_the_matter_during_the_works_is_told_until_when_and_asked_afterwards(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    works = plan(session, cast)
    during = STARTS + timedelta(hours=1)
    appeal = report(session, chats[0], "completely other words", at=during)
    assert appeal.incident_id == works.id
    (known,) = find_sent(session, chats[0], "known")
    assert "14:00" in known.text
    assert labels(known) == ["follow", "notthis"]
    (promise,) = list_open_promises(session, appeal)
    assert promise.due_at == ENDS
    assert appeal.state == "accepted"
    other = report(session, chats[1], "no light", category="lighting", at=during)
    before = report(session, cast.conversation, at=STARTS - LATER)
    danger = report(session, chats[1], "flood", nature="emergency", at=during)
    assert (other.incident_id, before.incident_id, danger.incident_id) == (None, None, None)
    run_until(session, ENDS)
    assert appeal.state == "resolved"
    assert len(find_sent(session, chats[0], "solved?")) == 1
    assert find_sent(session, chats[0], f"incident:{works.id}:over") == [], "asked once, not twice"


def test_over_everybody_who_was_told_hears_it_and_may_say_not_yet(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    works = plan(session, cast)
    run_until(session, ENDS)
    for chat in (*chats, cast.conversation):
        (over,) = find_sent(session, chat, f"incident:{works.id}:over")
        assert labels(over) == ["incok", "incnot"]
    assert works.state == "resolved"
    end_incident(session, works.id, at=ENDS + timedelta(hours=72))
    assert works.state == "closed"


def test_moved_everybody_hears_the_new_times_and_the_old_clocks_say_nothing(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    works = plan(session, cast)
    day = timedelta(days=1)
    for _ in range(2):
        change_works(
            session, works, starts_at=STARTS + day, ends_at=ENDS + day, by=cast.mara, at=NOON
        )
    (moved,) = find_sent(session, chats[1], f"incident:{works.id}:moved")
    assert moved.text.count("25") >= 1
    run_until(session, ENDS)
    assert works.state == "confirmed", "the clock of the old end"
    run_until(session, ENDS + day)
    assert works.state == "resolved"
    (reminder,) = find_sent(session, chats[0], f"incident:{works.id}:reminder")
    assert reminder.created_at == datetime(2026, 11, 24, 18, tzinfo=MADRID)


def test_prolonged_while_they_go_on_the_promise_of_who_waits_moves_too(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    works = plan(session, cast)
    during = STARTS + timedelta(hours=1)
    appeal = report(session, chats[0], at=during)
    later = ENDS + timedelta(hours=2)
    change_works(session, works, starts_at=STARTS, ends_at=later, by=cast.mara, at=during)
    (promise,) = list_open_promises(session, appeal)
    assert promise.due_at == later


def test_called_off_everybody_hears_it_once_and_appeals_go_their_own_way(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    works = plan(session, cast)
    appeal = report(session, chats[0], at=STARTS + LATER)
    for _ in range(2):
        cancel_works(session, works, by=cast.mara, at=STARTS + 2 * LATER)
    for chat in chats:
        assert len(find_sent(session, chat, f"incident:{works.id}:cancelled")) == 1
    assert appeal.incident_id is None
    assert len(list_open_promises(session, appeal)) == 1
    run_until(session, ENDS)
    assert find_sent(session, chats[0], f"incident:{works.id}:over") == []
    with pytest.raises(IncidentOver):
        change_works(session, works, starts_at=STARTS, ends_at=ENDS, by=cast.mara, at=NOON)


def test_called_off_before_it_was_announced_nobody_hears_anything(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    works = plan(session, cast, days_before=3)
    cancel_works(session, works, by=cast.mara, at=NOON)
    run_until(session, ENDS)
    assert told(session, chats[0], works) == []


def test_an_announcement_at_night_waits_for_the_morning(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    works = plan(session, cast, at=datetime(2026, 11, 19, 23, tzinfo=MADRID))
    (message,) = find_sent(session, chats[0], f"incident:{works.id}")
    assert message.send_at == datetime(2026, 11, 20, 8, tzinfo=MADRID)


@pytest.mark.parametrize(
    ("starts", "ends", "period", "hours"),
    [
        # The night the clocks go back has an hour twice, the one they go forward has one less.
        ((2026, 10, 24, 23), (2026, 10, 25, 6), "23:00", 8),
        ((2027, 3, 27, 23), (2027, 3, 28, 6), "23:00", 6),
    ],
)
def test_over_daylight_saving_times_stay_what_the_clock_of_the_place_says(
    session: Session,
    cast: Cast,
    chats: list[Conversation],
    starts: tuple[int, ...],
    ends: tuple[int, ...],
    period: str,
    hours: int,
) -> None:
    starts_at = datetime(*starts, tzinfo=MADRID)  # type: ignore[misc,arg-type]
    ends_at = datetime(*ends, tzinfo=MADRID)  # type: ignore[misc,arg-type]
    at = starts_at - timedelta(days=10)
    works = plan(session, cast, starts_at=starts_at, ends_at=ends_at, at=at)
    session.flush()
    session.refresh(works)
    assert works.starts_at is not None
    assert works.ends_at is not None
    assert works.ends_at - works.starts_at == timedelta(hours=hours)
    (text,) = told(session, chats[1], works)
    assert period in text
    assert "06:00" in text
    run_until(session, ends_at)
    (reminder,) = find_sent(session, chats[1], f"incident:{works.id}:reminder")
    assert reminder.created_at.astimezone(MADRID).hour == 18
    assert works.state == "resolved"


def test_the_whole_project_and_refusals(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    works = plan(session, cast, building=None, entrance="2", at=NOON)
    assert (works.building_id, works.entrance) == (None, "")
    assert "Test Court" in told(session, chats[0], works)[0]
    other = make_cast(session, code="U", chat_id=7999)
    for changes, refusal in [
        ({"titles": {"en": " "}}, MissingText),
        ({"ends_at": STARTS}, WrongPeriod),
        ({"starts_at": NOON - 2 * LATER, "ends_at": NOON - LATER}, InThePast),
        ({"building": session.get(Building, other.unit.building_id)}, IncidentNotFound),
    ]:
        with pytest.raises(refusal):
            plan(session, cast, **changes)  # type: ignore[arg-type]
    with pytest.raises(IncidentOver):
        dismiss_incident(session, works, by=cast.mara, at=NOON)
