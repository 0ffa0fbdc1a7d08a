"""Finding incidents: enough homes of one place that report the same within the window, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Building, Conversation, IncidentFollower, Notice
from ownerdesk.services.appeals import correct_appeal
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.events import BOT
from ownerdesk.services.incident_search import look_for_incident
from ownerdesk.services.incidents import confirm_incident, dismiss_incident
from ownerdesk.services.jobs import LOOK_FOR_INCIDENT
from tests.look import find_sent, list_events, list_jobs, list_open_promises
from tests.make import LATER, NOON, Cast, make_cast
from tests.neighbours import (
    LIGHT,
    WATER,
    all_incidents,
    encode,
    make_neighbours,
    only_incident,
    report,
)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def chats(session: Session, cast: Cast) -> list[Conversation]:
    return make_neighbours(session, cast, 6)


def report_by(session: Session, chats: list[Conversation], **how: object) -> list[Appeal]:
    return [report(session, chat, **how) for chat in chats]  # type: ignore[arg-type]


def test_every_new_appeal_asks_for_a_look_and_keeps_its_vector(
    session: Session, chats: list[Conversation]
) -> None:
    appeal = report(session, chats[0], look=False)
    assert [job["appeal_id"] for job in list_jobs(session, LOOK_FOR_INCIDENT)] == [appeal.id]
    look_for_incident(session, appeal.id, encode, at=NOON)
    session.refresh(appeal, ["vector"])
    assert list(appeal.vector) == list(encode(WATER))


def test_the_third_home_makes_a_proposal_and_the_responsible_person_is_asked(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    report_by(session, chats[:2])
    assert all_incidents(session) == []
    third = report(session, chats[2])
    incident = only_incident(session)
    assert (incident.state, incident.kind, incident.category) == (
        "proposed", "fault", "water_supply",
    )  # fmt: skip
    assert incident.responsible_id == cast.mara.id
    assert third.incident_id == incident.id
    (notice,) = session.query(Notice).filter_by(topic="incident.proposed")
    assert (notice.staff_id, "Birch House" in notice.words) == (cast.mara.id, True)
    for chat in chats[:3]:
        assert find_sent(session, chat, "incident") == [], "a proposal is not told to owners"


@pytest.mark.parametrize(("minutes", "found"), [(180, 1), (181, 0)])
def test_only_reports_within_the_window_count(
    session: Session, chats: list[Conversation], minutes: int, found: int
) -> None:
    report_by(session, chats[:2], at=NOON)
    report(session, chats[2], at=NOON + timedelta(minutes=minutes))
    assert len(all_incidents(session)) == found


def test_a_project_has_its_own_window_and_its_own_number_of_reporters(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    cast.project.settings = {"incident_window_minutes": 30, "incident_reporters": 2}
    report(session, chats[0])
    report(session, chats[1], at=NOON + timedelta(minutes=31))
    assert all_incidents(session) == []
    report(session, chats[2], at=NOON + timedelta(minutes=32))
    assert only_incident(session).state == "proposed"


def test_words_that_are_not_alike_make_no_incident(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    report_by(session, chats[:2])
    report(session, chats[2], "The tap is loose", category="water_supply")
    assert all_incidents(session) == []
    cast.project.settings = {"incident_likeness_percent": 80}
    report(session, chats[3], "brown water")  # 0.71 alike
    assert all_incidents(session) == []
    cast.project.settings = {"incident_likeness_percent": 70}
    report(session, chats[4], "brown water")
    assert only_incident(session).state == "proposed"


def test_a_near_category_joins_and_another_does_not(
    session: Session, chats: list[Conversation]
) -> None:
    report_by(session, chats[:2])
    report(session, chats[2], WATER, category="telecom")
    assert all_incidents(session) == []
    report(session, chats[3], WATER, category="drainage")
    assert only_incident(session).state == "proposed"


def test_another_building_and_another_entrance_with_its_own_lamps_are_other_places(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    report_by(session, chats[:2], text=LIGHT, category="lighting")
    (other_entrance,) = make_neighbours(session, cast, 1, entrance="3")
    report(session, other_entrance, LIGHT, category="lighting")
    elsewhere = report(session, chats[2], LIGHT, category="lighting", look=False)
    building = Building(project_id=cast.project.id, name="Ash House")
    session.add(building)
    session.flush()
    elsewhere.building_id = building.id
    session.flush()
    look_for_incident(session, elsewhere.id, encode, at=NOON)
    assert all_incidents(session) == []
    report(session, chats[3], LIGHT, category="lighting")
    assert only_incident(session).entrance == "2"


def test_water_is_the_whole_buildings(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    report_by(session, chats[:2])
    (other_entrance,) = make_neighbours(session, cast, 1, entrance="3")
    report(session, other_entrance)
    assert only_incident(session).entrance == ""


def test_one_owners_three_messages_are_not_an_incident(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    for _ in range(3):
        report(session, cast.conversation)
    report(session, chats[0])
    assert all_incidents(session) == []


def test_withdrawn_appeals_do_not_count(session: Session, chats: list[Conversation]) -> None:
    first, _ = report_by(session, chats[:2])
    cancel_appeal(session, first, at=NOON)
    report(session, chats[2])
    assert all_incidents(session) == []


def test_before_it_is_confirmed_more_reports_join_the_proposal_without_a_word(
    session: Session, chats: list[Conversation]
) -> None:
    report_by(session, chats[:3])
    fourth = report(session, chats[3], at=NOON + LATER)
    assert fourth.incident_id == only_incident(session).id
    assert find_sent(session, chats[3], "known") == []


def test_a_job_delivered_twice_or_late_changes_nothing(
    session: Session, chats: list[Conversation]
) -> None:
    appeals = report_by(session, chats[:3])
    for appeal in appeals * 2:
        look_for_incident(session, appeal.id, encode, at=NOON + timedelta(hours=5))
    incident = only_incident(session)
    assert session.query(IncidentFollower).filter_by(incident_id=incident.id).count() == 3
    assert [list_events(session, a).count("incident.linked") for a in appeals] == [1, 1, 1]


def test_what_was_dismissed_is_not_proposed_again_with_the_same_reports(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    appeals = report_by(session, chats[:3])
    dismiss_incident(session, only_incident(session), by=cast.mara, at=NOON)
    for appeal in appeals:
        look_for_incident(session, appeal.id, encode, at=NOON)
        assert appeal.incident_id is None
    report_by(session, chats[3:5])
    assert len(all_incidents(session)) == 1
    report(session, chats[5])
    assert [i.state for i in all_incidents(session)] == ["dismissed", "proposed"]


def test_a_later_reporter_is_told_at_once_what_is_known_and_until_when(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    report_by(session, chats[:3])
    incident = only_incident(session)
    due_at = NOON + timedelta(hours=5)
    confirm_incident(session, incident, by=cast.mara, at=NOON, due_at=due_at)
    late = NOON + timedelta(hours=4)
    fourth = report(session, chats[3], at=late)
    (known,) = find_sent(session, chats[3], "known")
    for part in (fourth.number, "we know", "3.", "18:00", "Mara T", "Shall I write"):
        assert part in known.text
    assert [b["data"].split(":")[1] for row in (known.markup or {})["inline"] for b in row] == [
        "follow", "notthis",
    ]  # fmt: skip
    assert fourth.state == "accepted"
    (promise,) = list_open_promises(session, fourth)
    assert (promise.due_at, promise.incident_id, promise.staff_id) == (
        due_at, incident.id, cast.mara.id,
    )  # fmt: skip


def test_a_corrected_category_takes_the_appeal_out_and_it_may_join_what_it_is_about(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    appeals = report_by(session, chats[:3])
    confirm_incident(session, only_incident(session), by=cast.mara, at=NOON)
    correct_appeal(session, appeals[0], actor=BOT, at=NOON + LATER, category="telecom")
    look_for_incident(session, appeals[0].id, encode, at=NOON + LATER)
    assert appeals[0].incident_id is None
    (promise,) = list_open_promises(session, appeals[0])
    assert promise.incident_id is None
    correct_appeal(session, appeals[0], actor=BOT, at=NOON + LATER, category="water_supply")
    look_for_incident(session, appeals[0].id, encode, at=NOON + LATER)
    assert appeals[0].incident_id == only_incident(session).id


def test_two_homes_with_one_kind_of_emergency_are_confirmed_by_the_desk_and_still_alarm(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    first = report(session, chats[0], "water everywhere", nature="emergency")
    second = report(session, chats[1], "the stairs are a river", nature="emergency")
    incident = only_incident(session)
    assert (incident.state, incident.emergency_kind) == ("confirmed", "flooding")
    assert incident.confirmed_by_id is None
    for appeal, chat in ((first, chats[0]), (second, chats[1])):
        assert appeal.state == "received", "a person has to accept each"
        (promise,) = list_open_promises(session, appeal, "acceptance")
        assert appeal.next_due_at == promise.due_at
        (told,) = find_sent(session, chat, "incident")
        assert "several neighbours" in told.text
    topics = {n.staff_id for n in session.query(Notice).filter_by(topic="incident.proposed")}
    assert topics == {cast.mara.id, cast.boris.id}


def test_emergencies_of_a_personal_kind_are_never_put_together(
    session: Session, chats: list[Conversation]
) -> None:
    for chat in chats[:3]:
        report(session, chat, "she has fallen", nature="emergency", kind="medical")
    assert all_incidents(session) == []
