"""Incidents: one promise and one update for all, each follower told once, closed by each of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Incident, Notice
from ownerdesk.queries.appeals import list_promises
from ownerdesk.queries.incidents import find_follower
from ownerdesk.rules.refusals import (
    IncidentNotFound,
    IncidentOver,
    InThePast,
    MissingText,
    TooLong,
)
from ownerdesk.services.closure import close_in_silence, confirm_solved, reopen_appeal
from ownerdesk.services.events import Actor
from ownerdesk.services.follower_answers import say_not_yet, say_solved
from ownerdesk.services.incidents import (
    check_incident,
    confirm_incident,
    dismiss_incident,
    end_incident,
    follow,
    promise_for_all,
    resolve_incident,
    say_something_else,
    update_all,
)
from ownerdesk.services.jobs import CHECK_INCIDENT, CLOSE_IN_SILENCE, END_INCIDENT
from ownerdesk.services.progress import accept_appeal, defer_appeal
from ownerdesk.services.sweep import check_promise
from tests.look import count_ends, find_sent, labels, list_events, list_jobs, list_open_promises
from tests.make import LATER, NOON, Cast, make_cast
from tests.neighbours import make_neighbours, only_incident, report

HOUR = timedelta(hours=1)
DUE = NOON + 4 * HOUR


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def chats(session: Session, cast: Cast) -> list[Conversation]:
    return make_neighbours(session, cast, 5)


@pytest.fixture
def appeals(session: Session, chats: list[Conversation]) -> list[Appeal]:
    return [report(session, chat) for chat in chats[:3]]


@pytest.fixture
def incident(session: Session, cast: Cast, appeals: list[Appeal]) -> Incident:
    """Confirmed by Mara, promised for 17:00 by the clock of the place."""
    incident = only_incident(session)
    confirm_incident(session, incident, by=cast.mara, at=NOON, due_at=DUE)
    return incident


def told(session: Session, chat: Conversation, incident: Incident) -> list[str]:
    return [m.text for m in find_sent(session, chat, f"incident:{incident.id}")]


def due_of(session: Session, appeal: Appeal) -> object:
    (promise,) = list_open_promises(session, appeal)
    return promise.due_at


def test_whoever_confirms_answers_for_all_of_it(
    session: Session, cast: Cast, chats: list[Conversation], appeals: list[Appeal],
    incident: Incident,
) -> None:  # fmt: skip
    assert (incident.state, incident.responsible_id) == ("confirmed", cast.mara.id)
    for appeal, chat in zip(appeals, chats, strict=False):
        assert (appeal.state, appeal.responsible_id) == ("accepted", cast.mara.id)
        assert due_of(session, appeal) == DUE == appeal.next_due_at
        (text,) = told(session, chat, incident)
        for part in ("Water supply (Birch House)", "(3)", "17:00", "Mara T"):
            assert part in text


def test_confirmed_without_a_time_the_earliest_promise_serves_all(
    session: Session, cast: Cast, appeals: list[Appeal]
) -> None:
    first_due = due_of(session, appeals[0])
    confirm_incident(session, only_incident(session), by=cast.mara, at=NOON + HOUR)
    assert [due_of(session, appeal) for appeal in appeals] == [first_due] * 3
    for appeal in appeals:
        earlier = [p for p in list_promises(session, appeal.id) if p.kind == "resolution"]
        assert not any(p.renegotiated_at for p in earlier), "sooner is no slip"


def test_confirming_twice_tells_once_and_another_person_is_refused(
    session: Session, cast: Cast, chats: list[Conversation], incident: Incident
) -> None:
    confirm_incident(session, incident, by=cast.mara, at=NOON + LATER)
    with pytest.raises(IncidentOver):
        confirm_incident(session, incident, by=cast.boris, at=NOON + LATER)
    assert len(told(session, chats[0], incident)) == 1


def test_a_time_in_the_past_confirms_nothing(
    session: Session, cast: Cast, appeals: list[Appeal]
) -> None:
    incident = only_incident(session)
    with pytest.raises(InThePast):
        confirm_incident(session, incident, by=cast.mara, at=NOON, due_at=NOON)
    assert incident.state == "proposed"


def test_a_title_is_read_in_the_owners_language_and_never_translated(
    session: Session, cast: Cast
) -> None:
    chats = make_neighbours(session, cast, 3, first=20, languages=("es", "en", "zh"))
    for chat in chats:
        report(session, chat)
    incident = only_incident(session)
    titles = {"en": "Water main burst", "es": "Rotura de la tubería", "zh": "  "}
    confirm_incident(session, incident, by=cast.mara, at=NOON, titles=titles)
    assert incident.titles == {"en": "Water main burst", "es": "Rotura de la tubería"}
    by_language = {chat.language: told(session, chat, incident)[0] for chat in chats}
    assert "Rotura" in by_language["es"]
    assert "Water main burst" in by_language["en"]
    assert "Water main burst" in by_language["zh"], (
        "the project's language where nobody typed theirs"
    )


def test_one_time_serves_all_and_each_hears_it_once(
    session: Session, cast: Cast, chats: list[Conversation], appeals: list[Appeal],
    incident: Incident,
) -> None:  # fmt: skip
    new = DUE + HOUR
    for _ in range(2):
        promise_for_all(
            session, incident, due_at=new, by=cast.mara, at=NOON + LATER, reason="a part"
        )
    for appeal, chat in zip(appeals, chats, strict=False):
        assert due_of(session, appeal) == new
        texts = told(session, chat, incident)
        assert len(texts) == 2
        assert "18:00" in texts[1]
        assert "a part" in texts[1]
        assert texts[1].endswith("— Mara T")
        ends = [count_ends(p) for p in list_promises(session, appeal.id) if p.kind == "resolution"]
        assert ends == [1, 1, 0]
    with pytest.raises(InThePast):
        promise_for_all(session, incident, due_at=NOON, by=cast.mara, at=NOON + LATER)


def test_an_appeal_that_is_put_off_keeps_its_own_date(
    session: Session, cast: Cast, appeals: list[Appeal], incident: Incident
) -> None:
    until = NOON + 24 * HOUR
    defer_appeal(
        session, appeals[0], until=until, reason="away", by=Actor.staff(cast.mara.id), at=NOON
    )
    promise_for_all(session, incident, due_at=DUE + HOUR, by=cast.mara, at=NOON + LATER)
    (standing,) = list_open_promises(session, appeals[0])
    assert (standing.stopped_at, standing.due_at) == (NOON, due_of(session, appeals[0]))
    assert standing.due_at != DUE + HOUR
    assert appeals[0].next_due_at == until
    resolve_incident(session, incident, resolution="Mended", by=cast.mara, at=NOON + HOUR)
    assert appeals[0].state == "resolved", "what is done for all is done for this one"


def test_an_update_goes_to_every_follower_once_and_waits_for_the_morning(
    session: Session, cast: Cast, chats: list[Conversation], incident: Incident
) -> None:
    night = NOON + 11 * HOUR  # midnight in Madrid
    for _ in range(2):
        update_all(session, incident, "The pump is here.", by=cast.mara, key="n1", at=night)
    for chat in chats[:3]:
        message = find_sent(session, chat, f"incident:{incident.id}:update")
        assert len(message) == 1
        assert message[0].send_at == NOON + 19 * HOUR
        assert message[0].text.endswith("The pump is here. — Mara T")
    assert told(session, chats[3], incident) == []
    with pytest.raises(MissingText):
        update_all(session, incident, "  ", by=cast.mara, key="n2", at=night)
    with pytest.raises(TooLong):
        update_all(session, incident, "x" * 2001, by=cast.mara, key="n3", at=night)


def test_an_emergency_does_not_wait_for_the_morning(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    night = NOON + 11 * HOUR
    for chat in chats[:2]:
        report(session, chat, "water everywhere", nature="emergency", at=night)
    incident = only_incident(session)
    update_all(session, incident, "Stay out.", by=cast.mara, key="n", at=night)
    (message,) = find_sent(session, chats[0], f"incident:{incident.id}:update")
    assert message.send_at is None


def test_an_emergency_the_desk_confirmed_is_taken_on_whole_by_a_person(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    appeals = [report(session, chat, "water everywhere", nature="emergency") for chat in chats[:2]]
    incident = only_incident(session)
    confirm_incident(session, incident, by=cast.mara, at=NOON + LATER)
    for appeal, chat in zip(appeals, chats, strict=False):
        assert (appeal.state, appeal.responsible_id) == ("accepted", cast.mara.id)
        assert list_open_promises(session, appeal, "acceptance") == []
        assert len(list_open_promises(session, appeal)) == 1
        assert len(told(session, chat, incident)) == 1, "the accepting is told by each appeal"
    third = report(session, chats[2], "a flood", nature="emergency", at=NOON + 2 * LATER)
    assert third.state == "received", "another one alarms until a person accepts it"
    assert third.incident_id == incident.id
    (known,) = find_sent(session, chats[2], "known")
    assert known.created_at == NOON + 2 * LATER


def test_before_the_time_passes_staff_are_warned_and_then_everybody_is_told_once(
    session: Session, cast: Cast, chats: list[Conversation], appeals: list[Appeal],
    incident: Incident,
) -> None:  # fmt: skip
    jobs = [j for j in list_jobs(session, CHECK_INCIDENT) if j["due_at"] == DUE.isoformat()]
    assert [(j["at"], j["slips"]) for j in jobs] == [
        (DUE - timedelta(minutes=30), False), (DUE - timedelta(minutes=12), True),
    ]  # fmt: skip
    for job in jobs:
        for _ in range(2):
            check_incident(session, incident.id, due_at=DUE, slips=job["slips"], at=job["at"])
    warned = session.query(Notice).filter_by(topic="incident.warning")
    assert {n.staff_id for n in warned} == {cast.mara.id, cast.boris.id}
    new = DUE + 6 * HOUR
    assert incident.expected_at == new
    for appeal, chat in zip(appeals, chats, strict=False):
        (slip,) = find_sent(session, chat, f"incident:{incident.id}:slip")
        assert slip.created_at < DUE
        for part in ("I am sorry", "17:00", "23:00", "Mara T"):
            assert part in slip.text
        assert due_of(session, appeal) == new
    # Each appeal's own clock comes after it and finds nothing to say.
    for appeal in appeals:
        for promise in list_promises(session, appeal.id):
            if count_ends(promise):
                check_promise(session, promise.id, at=DUE - timedelta(minutes=10))
        assert find_sent(session, appeal.conversation, "slip") == []


def test_a_clock_of_an_older_time_says_nothing(
    session: Session, cast: Cast, chats: list[Conversation], incident: Incident
) -> None:
    promise_for_all(session, incident, due_at=DUE + HOUR, by=cast.mara, at=NOON + LATER)
    check_incident(session, incident.id, due_at=DUE, slips=True, at=DUE)
    assert incident.expected_at == DUE + HOUR
    assert find_sent(session, chats[0], f"incident:{incident.id}:slip") == []


def test_after_hours_without_a_server_the_slip_is_told_once_with_a_time_to_come(
    session: Session, chats: list[Conversation], incident: Incident
) -> None:
    late = DUE + 10 * HOUR
    for _ in range(2):
        check_incident(session, incident.id, due_at=DUE, slips=True, at=late)
    assert incident.expected_at == late + 6 * HOUR
    assert len(find_sent(session, chats[0], f"incident:{incident.id}:slip")) == 1


def test_resolved_once_every_owner_is_asked_and_so_is_who_only_followed(
    session: Session, cast: Cast, chats: list[Conversation], appeals: list[Appeal],
    incident: Incident,
) -> None:  # fmt: skip
    fourth = report(session, chats[3], at=NOON + LATER)
    say_something_else(session, fourth, at=NOON + LATER)
    follow(session, chats[3], incident.id)
    for _ in range(2):
        resolve_incident(session, incident, resolution="Pump changed", by=cast.mara, at=NOON + HOUR)
    for appeal, chat in zip(appeals, chats, strict=False):
        assert appeal.state == "resolved"
        assert len(find_sent(session, chat, "solved?")) == 1
    assert fourth.state == "accepted", "it was something else"
    (asked,) = find_sent(session, chats[3], f"incident:{incident.id}:resolved")
    assert "Pump changed" in asked.text
    assert labels(asked) == ["incok", "incnot"]
    with pytest.raises(IncidentOver):
        update_all(session, incident, "more", by=cast.mara, key="k", at=NOON + HOUR)


def test_it_is_closed_when_all_have_said_yes(
    session: Session, cast: Cast, appeals: list[Appeal], incident: Incident
) -> None:
    resolve_incident(session, incident, resolution="Done", by=cast.mara, at=NOON + HOUR)
    for appeal in appeals[:2]:
        confirm_solved(session, appeal, at=NOON + HOUR)
    end_incident(session, incident.id, at=NOON + HOUR)
    assert incident.state == "resolved"
    confirm_solved(session, appeals[2], at=NOON + 2 * HOUR)
    for _ in range(2):
        end_incident(session, incident.id, at=NOON + 2 * HOUR)
    assert (incident.state, incident.ended_at) == ("closed", NOON + 2 * HOUR)


def test_silence_closes_it_with_its_appeals(
    session: Session, cast: Cast, appeals: list[Appeal], incident: Incident
) -> None:
    resolve_incident(session, incident, resolution="Done", by=cast.mara, at=NOON)
    for job in list_jobs(session, CLOSE_IN_SILENCE):
        appeal = session.get_one(Appeal, job["appeal_id"])
        close_in_silence(session, appeal, job["event_id"], at=job["at"])
    (job,) = [j for j in list_jobs(session, END_INCIDENT) if j["at"]]
    end_incident(session, incident.id, at=job["at"] - LATER)
    assert incident.state == "resolved"
    end_incident(session, incident.id, at=job["at"])
    assert incident.state == "closed"
    assert {appeal.closed_by for appeal in appeals} == {"silence"}


def test_one_who_says_not_yet_gets_their_own_appeal_back_and_the_others_stay_done(
    session: Session, cast: Cast, appeals: list[Appeal], incident: Incident
) -> None:
    resolve_incident(session, incident, resolution="Done", by=cast.mara, at=NOON)
    reopen_appeal(session, appeals[0], how="notyet", at=NOON + LATER)
    end_incident(session, incident.id, at=NOON + LATER)
    assert incident.state == "resolved"
    assert [appeal.state for appeal in appeals] == ["accepted", "resolved", "resolved"]
    assert len(list_open_promises(session, appeals[0])) == 1
    assert session.query(Notice).filter_by(topic="incident.not_yet").count() == 1


def test_not_yet_from_as_many_as_make_an_incident_opens_it_again(
    session: Session, cast: Cast, chats: list[Conversation], appeals: list[Appeal],
    incident: Incident,
) -> None:  # fmt: skip
    resolve_incident(session, incident, resolution="Done", by=cast.mara, at=NOON)
    for appeal in appeals:
        reopen_appeal(session, appeal, how="notyet", at=NOON + LATER)
    end_incident(session, incident.id, at=NOON + LATER)
    assert incident.state == "confirmed"
    promise_for_all(session, incident, due_at=DUE, by=cast.mara, at=NOON + 2 * LATER)
    resolve_incident(session, incident, resolution="Now", by=cast.mara, at=NOON + HOUR)
    for appeal, chat in zip(appeals, chats, strict=False):
        assert appeal.state == "resolved"
        assert len(find_sent(session, chat, "solved?")) == 2, "asked anew for the new resolution"


def test_not_yet_from_somebody_without_an_appeal_makes_one_of_their_own_once(
    session: Session, cast: Cast, chats: list[Conversation], incident: Incident
) -> None:
    fourth = report(session, chats[3], at=NOON + LATER)
    say_something_else(session, fourth, at=NOON + LATER)
    follow(session, chats[3], incident.id)
    resolve_incident(session, incident, resolution="Done", by=cast.mara, at=NOON + HOUR)
    follower = find_follower(session, incident.id, chats[3].id)
    assert follower is not None
    follower.appeal_id = None
    made = {say_not_yet(session, chats[3], incident.id, at=NOON + HOUR).id for _ in range(2)}
    (appeal_id,) = made
    appeal = session.get_one(Appeal, appeal_id)
    assert (appeal.category, appeal.unit_id) == ("water_supply", chats[3].unit_id)
    assert appeal.incident_id is None
    assert appeal.responsible_id is not None
    assert len(list_open_promises(session, appeal)) == 1
    assert len(find_sent(session, chats[3], "card")) == 2
    assert "incident.not_over" in list_events(session, appeal)


def test_solved_from_a_follower_is_thanked_once(
    session: Session, cast: Cast, chats: list[Conversation], incident: Incident
) -> None:
    resolve_incident(session, incident, resolution="Done", by=cast.mara, at=NOON + HOUR)
    for _ in range(2):
        say_solved(session, chats[0], incident.id, at=NOON + HOUR)
    assert len(find_sent(session, chats[0], "incident.solved")) == 1


def test_who_was_never_told_can_neither_follow_nor_answer(
    session: Session, chats: list[Conversation], incident: Incident
) -> None:
    for refused in (
        lambda: follow(session, chats[4], incident.id),
        lambda: say_solved(session, chats[4], incident.id, at=NOON),
        lambda: say_not_yet(session, chats[4], incident.id, at=NOON),
    ):
        with pytest.raises(IncidentNotFound):
            refused()  # type: ignore[no-untyped-call]


def test_something_else_goes_its_own_way_with_its_own_promise_and_is_not_taken_in_again(
    session: Session, chats: list[Conversation], incident: Incident
) -> None:
    fourth = report(session, chats[3], at=NOON + LATER)
    assert due_of(session, fourth) == DUE
    at = NOON + 2 * LATER
    assert say_something_else(session, fourth, at=at)
    assert not say_something_else(session, fourth, at=at)
    assert fourth.incident_id is None
    assert due_of(session, fourth) == DUE, "what was promised stands"
    assert list_events(session, fourth).count("incident.unlinked") == 1


def test_who_has_switched_progress_off_hears_of_it_only_after_pressing_follow(
    session: Session, cast: Cast, chats: list[Conversation], incident: Incident
) -> None:
    chats[3].progress_pushes = False
    session.flush()
    report(session, chats[3], at=NOON + LATER)
    update_all(session, incident, "One.", by=cast.mara, key="a", at=NOON + LATER)
    assert told(session, chats[3], incident) == []
    follow(session, chats[3], incident.id)
    update_all(session, incident, "Two.", by=cast.mara, key="b", at=NOON + LATER)
    assert len(told(session, chats[3], incident)) == 1


def test_whoever_switched_progress_off_still_hears_that_a_promise_is_moved(
    session: Session, cast: Cast, chats: list[Conversation], incident: Incident
) -> None:
    for chat in chats[3:]:
        chat.progress_pushes = False
    session.flush()
    report(session, chats[3], at=NOON + LATER)
    promise_for_all(session, incident, due_at=DUE - HOUR, by=cast.mara, at=NOON + LATER)
    assert told(session, chats[3], incident) == [], (
        "sooner than promised is news that they want not"
    )
    for _ in range(2):
        promise_for_all(
            session,
            incident,
            due_at=DUE + HOUR,
            by=cast.mara,
            at=NOON + 2 * LATER,
            reason="a part is late.",
        )
    (text,) = told(session, chats[3], incident)
    for part in ("I am sorry, I cannot keep to 16:00: a part is late. I will", "18:00", "Mara T"):
        assert part in text
    check_incident(session, incident.id, due_at=DUE + HOUR, slips=True, at=DUE + HOUR - LATER)
    assert "18:00" in told(session, chats[3], incident)[1], "the slip as well"
    assert told(session, chats[4], incident) == [], "who has reported nothing is promised nothing"


@pytest.mark.parametrize(("old_hour", "waits"), [(12, False), (21, True)])
def test_a_moved_promise_wakes_only_whoever_would_hear_of_it_too_late(
    session: Session, cast: Cast, chats: list[Conversation], incident: Incident,
    old_hour: int, waits: bool,
) -> None:  # fmt: skip
    old, night = (
        NOON + old_hour * HOUR,
        NOON + 11 * HOUR,
    )  # quiet hours end at 8, 19 hours after noon
    promise_for_all(session, incident, due_at=old, by=cast.mara, at=NOON + LATER)
    promise_for_all(session, incident, due_at=old + 9 * HOUR, by=cast.mara, at=night)
    message = find_sent(session, chats[0], f"incident:{incident.id}:time")[-1]
    assert message.send_at == (NOON + 19 * HOUR if waits else None)


def test_confirmed_with_a_later_time_than_an_owner_was_promised_they_hear_it_with_an_apology(
    session: Session, cast: Cast, chats: list[Conversation], appeals: list[Appeal]
) -> None:
    chats[1].progress_pushes = False
    session.flush()
    incident = only_incident(session)
    confirm_incident(session, incident, by=cast.mara, at=NOON + LATER, due_at=NOON + 9 * HOUR)
    for chat in chats[:3]:
        (text,) = told(session, chat, incident)
        assert "I am sorry, I cannot keep to 19:00" in text
        assert "22:00" in text


def test_a_person_who_names_another_time_after_the_desk_tells_everybody_once(
    session: Session, cast: Cast, chats: list[Conversation]
) -> None:
    appeals = [report(session, chat, "water everywhere", nature="emergency") for chat in chats[:2]]
    accept_appeal(session, appeals[0], by=cast.mara, at=NOON + LATER)
    incident = only_incident(session)
    (first,) = list_open_promises(session, appeals[0])
    confirm_incident(
        session, incident, by=cast.mara, at=NOON + 2 * LATER, due_at=first.due_at + HOUR
    )
    later, new = (told(session, chat, incident)[1:] for chat in chats[:2])
    assert ["I am sorry" in text for text in (*later, *new)] == [True, False]
    confirm_incident(
        session, incident, by=cast.mara, at=NOON + 3 * LATER, due_at=first.due_at + 2 * HOUR
    )
    assert len(told(session, chats[0], incident)) == 2, (
        "confirmed again by the same: nothing happens"
    )


def test_taken_out_an_appeal_is_never_promised_a_later_time(
    session: Session, cast: Cast, chats: list[Conversation], incident: Incident
) -> None:
    promise_for_all(session, incident, due_at=NOON + 30 * HOUR, by=cast.mara, at=NOON + LATER)
    fourth = report(session, chats[3], at=NOON + LATER)
    at = NOON + 2 * LATER
    assert say_something_else(session, fourth, at=at)
    assert due_of(session, fourth) == at + 6 * HOUR, "sooner than the others"


def test_dismissed_after_it_was_told_everybody_hears_that_too(
    session: Session, cast: Cast, chats: list[Conversation], appeals: list[Appeal],
    incident: Incident,
) -> None:  # fmt: skip
    for _ in range(2):
        dismiss_incident(session, incident, by=cast.mara, at=NOON + LATER)
    for appeal, chat in zip(appeals, chats, strict=False):
        assert "different matters" in told(session, chat, incident)[-1]
        assert len(told(session, chat, incident)) == 2
        assert appeal.incident_id is None
        (promise,) = list_open_promises(session, appeal)
        assert promise.incident_id is None
    with pytest.raises(IncidentOver):
        resolve_incident(session, incident, resolution="x", by=cast.mara, at=NOON + LATER)


def test_a_proposal_that_is_dismissed_changes_no_promise(
    session: Session, cast: Cast, chats: list[Conversation], appeals: list[Appeal]
) -> None:
    before = [due_of(session, appeal) for appeal in appeals]
    dismiss_incident(session, only_incident(session), by=cast.mara, at=NOON + LATER)
    assert [due_of(session, appeal) for appeal in appeals] == before
    assert find_sent(session, chats[0], "incident") == []


def test_an_appeal_staff_have_taken_on_before_stays_with_them(
    session: Session, cast: Cast, appeals: list[Appeal]
) -> None:
    accept_appeal(session, appeals[0], by=cast.boris, at=NOON)
    confirm_incident(session, only_incident(session), by=cast.mara, at=NOON)
    assert [a.responsible_id for a in appeals] == [cast.boris.id, cast.mara.id, cast.mara.id]
