"""Alarms (S12), minute by minute: who is rung when, how often, and what happens when nobody can be."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Alarm,
    Appeal,
    AppealEvent,
    Conversation,
    DutyShift,
    EmergencyPlan,
    Message,
    Notice,
    StaffMember,
)
from ownerdesk.rules.refusals import AlreadyTaken, WrongState
from ownerdesk.services.appeals import correct_appeal
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.emergencies import check_alarm, raise_emergency, take_on
from ownerdesk.services.events import Actor
from ownerdesk.services.jobs import CHECK_ALARM
from ownerdesk.services.progress import accept_appeal, dispatch_appeal, resolve_appeal
from tests.look import find_sent, labels, list_events, list_jobs, list_keys
from tests.make import (
    NOON,
    Cast,
    make_appeal,
    make_cast,
    make_message,
    make_staff,
    make_staff_chat,
)

STUCK = "We are stuck in the lift and the alarm button does nothing!"


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def minute(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


def plan(session: Session, cast: Cast, *steps: tuple[int, str], **values: Any) -> EmergencyPlan:
    """A plan of the project's own."""
    row = EmergencyPlan(
        project_id=cast.project.id,
        kind="entrapment",
        **{"steps": [{"after_minutes": m, "who": w} for m, w in steps], **values},
    )
    session.add(row)
    session.flush()
    return row


def raise_it(
    session: Session, cast: Cast, *, at: datetime = NOON, kind: str = "entrapment"
) -> Appeal:
    message = make_message(session, cast.conversation, STUCK, at=at)
    return raise_emergency(session, cast.conversation, message, kind=kind, found_by="rule", at=at)


def run(session: Session, appeal: Appeal, until: int, *, since: int = 1) -> None:
    for count in range(since, until + 1):
        check_alarm(session, appeal, at=minute(count))


def rung(session: Session, appeal: Appeal, round_number: int = 1) -> dict[str, tuple[int, int]]:
    """Step and number of rings by first name, in the order they were alarmed."""
    rows = session.execute(
        select(StaffMember.name, Alarm.step, Alarm.times)
        .join(Alarm, Alarm.staff_id == StaffMember.id)
        .where(Alarm.appeal_id == appeal.id, Alarm.round == round_number)
        .order_by(Alarm.id)
    )
    return {name.split()[0]: (step, times) for name, step, times in rows}


def notices(session: Session, member: StaffMember, topic: str) -> list[Notice]:
    found = select(Notice).where(Notice.staff_id == member.id, Notice.topic == topic)
    return list(session.scalars(found.order_by(Notice.id)))


def facts(session: Session, appeal: Appeal, name: str) -> list[dict[str, Any]]:
    found = select(AppealEvent.data).where(
        AppealEvent.appeal_id == appeal.id, AppealEvent.name == name
    )
    return list(session.scalars(found.order_by(AppealEvent.id)))


def test_the_first_step_is_rung_in_the_same_transaction_after_the_instructions(
    session: Session, cast: Cast
) -> None:
    chat = make_staff_chat(session, cast.mara)
    appeal = raise_it(session, cast)
    assert rung(session, appeal) == {"Mara": (0, 1)}
    (ring,) = find_sent(session, chat, "notice")
    assert labels(ring) == ["alarmok", "alarmcard"]
    for part in (appeal.number, "Somebody trapped", appeal.place, STUCK):
        assert part in ring.text
    first = session.scalars(
        select(Message).where(Message.direction == "out").order_by(Message.id)
    ).first()
    assert first is not None
    assert (first.key or "").startswith("instructions:"), "what to do comes before everything"
    assert [n.key for n in notices(session, cast.mara, "alarm")] == [f"alarm:{appeal.id}:1"]


def test_each_step_joins_at_its_minute_and_all_are_rung_every_minute(
    session: Session, cast: Cast
) -> None:
    pia = make_staff(session, cast.project, "Pia T", "project_manager")
    plan(
        session,
        cast,
        (0, "on_duty"),
        (2, "manager"),
        (4, "project_manager"),
        (6, f"staff:{cast.ike.id}"),
    )
    appeal = raise_it(session, cast)
    seen = []
    for count in range(1, 8):
        check_alarm(session, appeal, at=minute(count))
        seen.append(rung(session, appeal))
    assert seen[0] == {"Mara": (0, 2)}
    assert seen[1] == {"Mara": (0, 3), "Boris": (1, 1)}
    assert seen[2] == {"Mara": (0, 4), "Boris": (1, 2)}
    assert seen[3] == {"Mara": (0, 5), "Boris": (1, 3), "Pia": (2, 1)}
    assert seen[6] == {"Mara": (0, 8), "Boris": (1, 6), "Pia": (2, 4), "Ike": (3, 2)}
    assert [f["step"] for f in facts(session, appeal, "alarm.rung")] == [1, 2, 3, 4]
    assert pia.id in facts(session, appeal, "alarm.rung")[2]["staff_ids"]
    assert facts(session, appeal, "alarm.step_empty") == []


def test_a_new_message_every_minute_wakes_but_the_console_has_one_notice(
    session: Session, cast: Cast
) -> None:
    chat = make_staff_chat(session, cast.mara)
    appeal = raise_it(session, cast)
    run(session, appeal, 3)
    assert len(find_sent(session, chat, "notice")) == 1
    again = find_sent(session, chat, "alarm")
    assert len(again) == 3
    assert "3 min" in again[-1].text
    assert labels(again[-1]) == ["alarmok", "alarmcard"]
    assert len(notices(session, cast.mara, "alarm")) == 1


def test_a_job_delivered_twice_rings_once_and_goes_on_once(session: Session, cast: Cast) -> None:
    appeal = raise_it(session, cast)
    jobs = len(list_jobs(session, CHECK_ALARM))
    for seconds in (60, 60, 61, 75, 100):
        check_alarm(session, appeal, at=NOON + timedelta(seconds=seconds))
    assert rung(session, appeal) == {"Mara": (0, 2)}
    assert len(list_jobs(session, CHECK_ALARM)) == jobs + 1
    assert list_events(session, appeal).count("alarm.repeated") == 1
    check_alarm(session, appeal, at=NOON + timedelta(seconds=119))
    assert rung(session, appeal)["Mara"] == (0, 3), "another machine's clock may be a second behind"


def test_a_server_down_for_an_hour_makes_up_for_it_in_one_ring_in_order(
    session: Session, cast: Cast
) -> None:
    make_staff(session, cast.project, "Pia T", "project_manager")
    make_staff(session, None, "Hana T", "head_office")
    chat = make_staff_chat(session, cast.mara)
    plan(session, cast, (0, "on_duty"), (2, "manager"), (4, "project_manager"), (6, "head_office"))
    appeal = raise_it(session, cast)
    check_alarm(session, appeal, at=minute(61))
    assert rung(session, appeal) == {
        "Mara": (0, 2), "Boris": (1, 1), "Pia": (2, 1), "Hana": (3, 1),
    }  # fmt: skip
    assert len(find_sent(session, chat, "alarm")) == 1
    assert len(find_sent(session, cast.conversation, "alarm.late")) == 1
    check_alarm(session, appeal, at=minute(61))
    assert len(find_sent(session, cast.conversation, "alarm.late")) == 1
    assert len(list_jobs(session, CHECK_ALARM)) == 2


def test_whoever_comes_on_duty_meanwhile_is_alarmed_too(session: Session, cast: Cast) -> None:
    ines = make_staff(session, cast.project, "Ines T", "agent")
    at_two = (NOON + timedelta(hours=1, minutes=2)).time()  # 13:02 in Madrid
    session.add(
        DutyShift(
            project_id=cast.project.id, staff_id=ines.id, weekday=NOON.weekday(), starts=at_two,
            ends=(NOON + timedelta(hours=9)).time(),
        )
    )  # fmt: skip
    appeal = raise_it(session, cast)
    run(session, appeal, 1)
    assert "Ines" not in rung(session, appeal)
    run(session, appeal, 2, since=2)
    assert rung(session, appeal)["Ines"] == (0, 1)


def test_a_step_with_nobody_is_recorded_supervisors_are_told_and_the_next_comes_at_once(
    session: Session, cast: Cast
) -> None:
    plan(session, cast, (0, "on_duty"), (3, "project_manager"), (5, "manager"))
    session.execute(delete(DutyShift))
    appeal = raise_it(session, cast)
    assert rung(session, appeal) == {"Boris": (2, 1)}, (
        "two steps are empty, the third is brought forward"
    )
    run(session, appeal, 4)
    empty = facts(session, appeal, "alarm.step_empty")
    assert [(f["step"], f["who"], f["reason"]) for f in empty] == [
        (1, "on_duty", "nobody"), (2, "project_manager", "nobody"),
    ]  # fmt: skip
    told = notices(session, cast.boris, "alarm.step_empty")
    assert len(told) == 2, "once a step, not once a minute"
    assert "everybody on duty" in told[0].words


def test_a_step_that_names_nobody_we_know_is_passed_over_aloud(
    session: Session, cast: Cast
) -> None:
    plan(session, cast, steps=[{"after_minutes": 0, "who": "the boss"}, {"rubbish": 1}, None,
                               {"after_minutes": 9, "who": "manager"}])  # fmt: skip
    appeal = raise_it(session, cast)
    assert rung(session, appeal) == {"Boris": (3, 1)}
    reasons = [f["reason"] for f in facts(session, appeal, "alarm.step_empty")]
    assert reasons == ["unknown", "unknown", "unknown"]


@pytest.mark.parametrize(
    "steps", [[], None, "rubbish", [{"after_minutes": 0, "who": "head_office"}]]
)
def test_a_plan_that_leads_to_nobody_rings_the_responsible_person_and_everybody_above(
    session: Session, cast: Cast, steps: Any
) -> None:
    make_staff(session, None, "Ada T", "admin")
    plan(session, cast, steps=[] if steps is None else steps)
    appeal = raise_it(session, cast)
    assert list(rung(session, appeal)) == ["Mara", "Boris", "Ada"]
    assert len(facts(session, appeal, "alarm.all_rung")) == 1
    run(session, appeal, 2)
    assert {times for _, times in rung(session, appeal).values()} == {3}


def test_without_any_plan_at_all_people_are_rung_all_the_same(session: Session, cast: Cast) -> None:
    session.execute(delete(EmergencyPlan))
    appeal = raise_it(session, cast)
    assert list(rung(session, appeal)) == ["Mara", "Boris"]


def test_an_operator_who_blocked_the_bot_brings_the_next_step_forward(
    session: Session, cast: Cast
) -> None:
    chat = make_staff_chat(session, cast.mara)
    plan(session, cast, (0, "on_duty"), (9, "manager"))
    appeal = raise_it(session, cast)
    assert list(rung(session, appeal)) == ["Mara"]
    chat.blocked_at = NOON  # found out when the ring was delivered
    run(session, appeal, 2)
    assert list(rung(session, appeal)) == ["Mara", "Boris"]
    assert [f["reason"] for f in facts(session, appeal, "alarm.step_empty")] == ["blocked"]
    assert find_sent(session, chat, "alarm") == [], "nothing more is sent to a chat that is closed"
    assert len(notices(session, cast.boris, "alarm.step_empty")) == 1


def test_with_nobody_at_all_the_owner_is_told_to_call_and_it_is_tried_again_every_minute(
    session: Session, cast: Cast
) -> None:
    for member in (cast.mara, cast.boris, cast.ike):
        member.is_active = False
    session.flush()
    appeal = raise_it(session, cast)
    assert rung(session, appeal) == {}
    run(session, appeal, 3)
    (told,) = find_sent(session, cast.conversation, "alarm.nobody")
    assert "112" in told.text
    assert list_keys(session, cast.conversation)[0] == "instructions"
    assert len(facts(session, appeal, "alarm.nobody")) == 1
    cast.boris.is_active = True
    session.flush()
    run(session, appeal, 4, since=4)
    assert rung(session, appeal)["Boris"][1] == 1


def test_late_without_a_next_in_line_the_owner_is_told_the_truth(
    session: Session, cast: Cast
) -> None:
    cast.boris.is_active = False
    session.flush()
    appeal = raise_it(session, cast)
    run(session, appeal, 5)
    (late,) = find_sent(session, cast.conversation, "alarm.late")
    assert "next person in line" not in late.text
    assert "I go on calling people" in late.text


def test_all_have_blocked_the_bot_counts_as_nobody(session: Session, cast: Cast) -> None:
    for member in (cast.mara, cast.boris):
        make_staff_chat(session, member).blocked_at = NOON
    appeal = raise_it(session, cast)
    assert list(rung(session, appeal)) == ["Mara", "Boris"]
    assert len(find_sent(session, cast.conversation, "alarm.nobody")) == 1


def test_whoever_becomes_responsible_is_rung_too(session: Session, cast: Cast) -> None:
    plan(session, cast, (0, "on_duty"))
    appeal = raise_it(session, cast)
    run(session, appeal, 5)
    assert appeal.responsible_id == cast.boris.id
    assert rung(session, appeal)["Boris"][1] == 1


def test_once_accepted_the_ringing_stops_and_all_others_hear_who_has_it(
    session: Session, cast: Cast
) -> None:
    maras, boriss = make_staff_chat(session, cast.mara), make_staff_chat(session, cast.boris)
    plan(session, cast, (0, "on_duty"), (1, "manager"))
    appeal = raise_it(session, cast)
    run(session, appeal, 1)
    take_on(session, appeal, by=cast.boris, at=minute(1.5))
    before = rung(session, appeal)
    run(session, appeal, 4, since=2)
    assert rung(session, appeal) == before
    texts = [m.text for m in find_sent(session, maras, f"notice:{cast.mara.id}:alarm.over")]
    assert texts == [f"Boris T has taken on {appeal.number}. Thank you, you need not do anything."]
    assert find_sent(session, boriss, f"notice:{cast.boris.id}:alarm.over") == []
    accepted = session.scalars(select(Alarm).where(Alarm.accepted_at.is_not(None))).all()
    assert [(a.staff_id, a.accepted_at) for a in accepted] == [(cast.boris.id, minute(1.5))]


def test_dispatching_an_unaccepted_emergency_ends_the_alarm_too(
    session: Session, cast: Cast
) -> None:
    plan(session, cast, (0, "on_duty"), (0, "manager"))
    appeal = raise_it(session, cast)
    dispatch_appeal(
        session, appeal, department=cast.maintenance, operator=None, by=cast.mara, at=minute(1)
    )
    assert len(notices(session, cast.boris, "alarm.over")) == 1


def test_the_second_to_take_it_on_is_told_who_was_first(session: Session, cast: Cast) -> None:
    appeal = raise_it(session, cast)
    take_on(session, appeal, by=cast.mara, at=minute(1))
    take_on(session, appeal, by=cast.mara, at=minute(1))
    with pytest.raises(AlreadyTaken) as refused:
        take_on(session, appeal, by=cast.boris, at=minute(1))
    assert refused.value.holder == "Mara T"
    assert list_events(session, appeal).count("appeal.accepted") == 1
    resolve_appeal(session, appeal, resolution="Out", by=Actor.staff(cast.mara.id), at=minute(9))
    cancel = make_appeal(session, cast)
    accept_appeal(session, cancel, by=cast.mara, at=NOON)
    with pytest.raises(WrongState):
        take_on(session, cancel, by=cast.boris, at=NOON)


def test_a_withdrawn_alarm_is_called_off_once(session: Session, cast: Cast) -> None:
    appeal = raise_it(session, cast)
    cancel_appeal(session, appeal, at=minute(0.5))
    run(session, appeal, 3)
    (told,) = notices(session, cast.mara, "alarm.over")
    assert "no emergency" in told.words
    assert rung(session, appeal) == {"Mara": (0, 1)}


def test_corrected_to_something_milder_it_is_called_off(session: Session, cast: Cast) -> None:
    appeal = raise_it(session, cast)
    correct_appeal(session, appeal, nature="help_seeking", actor=Actor.staff(cast.mara.id), at=NOON)
    run(session, appeal, 2)
    assert len(notices(session, cast.mara, "alarm.over")) == 1


def test_an_emergency_again_has_a_second_round_with_its_own_minutes(
    session: Session, cast: Cast
) -> None:
    plan(session, cast, (0, "on_duty"), (2, "manager"))
    ordinary = make_appeal(session, cast)
    source = session.get_one(Message, ordinary.source_message_id)

    def alarm(at: datetime) -> Appeal:
        return raise_emergency(
            session, cast.conversation, source, kind="entrapment", found_by="owner", at=at
        )

    appeal = alarm(NOON)
    run(session, appeal, 2)
    take_on(session, appeal, by=cast.boris, at=minute(2.5))
    correct_appeal(
        session, appeal, nature="help_seeking", actor=Actor.staff(cast.mara.id), at=minute(3)
    )
    alarm(minute(30))
    assert rung(session, appeal, 2) == {"Mara": (0, 1)}
    check_alarm(session, appeal, at=minute(31))
    assert rung(session, appeal, 2) == {"Mara": (0, 2)}
    check_alarm(session, appeal, at=minute(32))
    assert rung(session, appeal, 2) == {"Mara": (0, 3), "Boris": (1, 1)}
    assert rung(session, appeal, 1) == {"Mara": (0, 3), "Boris": (1, 1)}
    take_on(session, appeal, by=cast.mara, at=minute(33))
    assert len(notices(session, cast.boris, "alarm.over")) == 1
    assert len(notices(session, cast.mara, "alarm.over")) == 1


def test_two_emergencies_ring_one_person_once_a_minute(session: Session, cast: Cast) -> None:
    chat = make_staff_chat(session, cast.mara)
    first = raise_it(session, cast)
    second = raise_it(session, cast, kind="electrical", at=minute(0.25))
    assert len(find_sent(session, chat, "notice")) == 2, "the first ring of each is heard at once"
    for count in range(1, 5):
        check_alarm(session, first, at=minute(count))
        check_alarm(session, second, at=minute(count + 0.25))
    again = find_sent(session, chat, "alarm")
    assert 3 <= len(again) <= 4
    assert "waiting for somebody: 1." in again[-1].text


def test_staff_are_rung_in_their_own_language(session: Session, cast: Cast) -> None:
    cast.mara.language = "es"
    chat = make_staff_chat(session, cast.mara)
    raise_it(session, cast)
    (ring,) = find_sent(session, chat, "notice")
    assert "Aceptar" in str(ring.markup)


def test_the_owner_gets_the_plans_numbers_with_the_instructions(
    session: Session, cast: Cast
) -> None:
    plan(
        session, cast, (0, "on_duty"),
        numbers=[{"name": {"en": "Lift company", "es": "Ascensores"}, "phone": "900 100 200"},
                 {"name": "Emergency", "phone": "{emergency_number}"}, {"name": "Nobody"}],
    )  # fmt: skip
    raise_it(session, cast)
    (told,) = find_sent(session, cast.conversation, "instructions")
    assert told.text.endswith("\n☎️ Lift company: 900 100 200")
    assert told.text.count("112") == 1, "what the text says already is not repeated"


def test_quiet_hours_do_not_hold_an_alarm_back(session: Session, cast: Cast) -> None:
    night = NOON + timedelta(hours=14)
    make_staff_chat(session, cast.mara)
    raise_it(session, cast, at=night)
    waiting = session.scalars(select(Message).where(Message.send_at.is_not(None))).all()
    assert list(waiting) == []


def test_a_chat_of_staff_is_not_taken_for_an_owners(session: Session, cast: Cast) -> None:
    chat = make_staff_chat(session, cast.mara)
    assert session.get_one(Conversation, chat.id).kind == "staff"
