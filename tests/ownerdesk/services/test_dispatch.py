"""Dispatch by rules: work goes out without a person where a rule says so, and never into silence."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, DispatchRule, DutyShift, Message, Notice, StaffMember
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.assignments import list_assignments
from ownerdesk.services import assignments as jobs
from ownerdesk.services.appeals import correct_appeal
from ownerdesk.services.dispatch import dispatch_by_rules
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.events import OWNER
from ownerdesk.services.jobs import DISPATCH_BY_RULES
from ownerdesk.services.progress import accept_appeal
from tests.look import find_sent, list_events, list_jobs, list_open_promises
from tests.make import (
    LATER,
    NOON,
    Cast,
    make_appeal,
    make_cast,
    make_department,
    make_group_chat,
    make_message,
    make_operator,
    make_staff_chat,
    put_on_duty,
)


@pytest.fixture
def cast(session: Session) -> Cast:
    cast = make_cast(session)
    make_staff_chat(session, cast.ike, chat_id=8001)
    put_on_duty(session, cast.project, cast.ike)
    return cast


def make_rule(session: Session, cast: Cast, **fields: object) -> DispatchRule:
    values: dict[str, object] = {
        "position": 1, "department_id": cast.maintenance.id, "supporting_ids": [],
    }  # fmt: skip
    rule = DispatchRule(project_id=cast.project.id, **{**values, **fields})
    session.add(rule)
    session.flush()
    return rule


def asked(session: Session, appeal: Appeal) -> list[int | None]:
    return [row.operator_id for row in list_assignments(session, appeal.id)]


def told(session: Session, member: StaffMember) -> list[str]:
    return list(session.scalars(select(Notice.words).where(Notice.staff_id == member.id)))


def test_without_a_rule_nothing_is_automatic(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    assert appeal.state == AppealState.RECEIVED
    assert asked(session, appeal) == []


def test_a_rule_sends_the_work_and_the_receiver_stays_responsible(
    session: Session, cast: Cast
) -> None:
    make_rule(session, cast, category="lighting")
    appeal = make_appeal(session, cast)
    assert (appeal.state, appeal.responsible_id) == ("dispatched", cast.mara.id)
    assert asked(session, appeal) == [cast.ike.id]
    (promise,) = list_open_promises(session, appeal)
    assert promise.staff_id == cast.mara.id
    assert "Mara T" in find_sent(session, cast.conversation, "card")[0].text
    assert list_events(session, appeal) == [
        "appeal.received", "promise.made", "appeal.dispatched", "job.offered",
    ]  # fmt: skip
    other = make_appeal(session, cast, category="elevator")
    assert other.state == AppealState.RECEIVED


def test_called_again_it_changes_nothing(session: Session, cast: Cast) -> None:
    make_rule(session, cast)
    appeal = make_appeal(session, cast)
    assert not dispatch_by_rules(session, appeal, at=NOON + LATER)
    assert asked(session, appeal) == [cast.ike.id]


def test_a_rule_that_is_not_automatic_only_names_the_department(
    session: Session, cast: Cast
) -> None:
    make_rule(session, cast, department_id=cast.accounts.id, is_automatic=False)
    appeal = make_appeal(session, cast)
    assert (appeal.state, appeal.department_id) == ("received", cast.accounts.id)


@pytest.mark.parametrize("nature", ["dissatisfaction", "consultation"])
def test_a_grievance_and_a_question_stay_with_a_person(
    session: Session, cast: Cast, nature: str
) -> None:
    make_rule(session, cast)
    assert make_appeal(session, cast, nature=nature).state == AppealState.RECEIVED


def test_an_emergency_is_taken_on_by_a_person_first_and_then_sent(
    session: Session, cast: Cast
) -> None:
    make_rule(session, cast)
    message = make_message(session, cast.conversation, "Water everywhere")
    appeal = raise_emergency(
        session, cast.conversation, message, kind="flooding", found_by="rule", at=NOON
    )
    assert not dispatch_by_rules(session, appeal, at=NOON)
    assert appeal.state == AppealState.RECEIVED
    accept_appeal(session, appeal, by=cast.boris, at=NOON)
    assert list_jobs(session, DISPATCH_BY_RULES)[0]["appeal_id"] == appeal.id
    assert dispatch_by_rules(session, appeal, at=NOON)
    assert (appeal.state, appeal.responsible_id) == ("dispatched", cast.boris.id)
    assert asked(session, appeal) == [cast.ike.id]


def test_an_alarm_takes_jobs_back(session: Session, cast: Cast) -> None:
    make_rule(session, cast)
    appeal = make_appeal(session, cast)
    (job,) = list_assignments(session, appeal.id)
    message = session.get_one(Message, appeal.source_message_id)
    raise_emergency(
        session, cast.conversation, message, kind="fire", found_by="owner", at=NOON + LATER
    )
    assert (job.state, appeal.state) == ("withdrawn", "received")


def test_hours_are_those_of_the_project(session: Session, cast: Cast) -> None:
    make_rule(session, cast, starts=time(13), ends=time(14))  # Madrid; noon UTC is 13:00 there
    assert make_appeal(session, cast).state == AppealState.DISPATCHED
    assert make_appeal(session, cast, at=NOON + timedelta(hours=1)).state == AppealState.RECEIVED


def test_skill_language_and_load_choose_the_operator(session: Session, cast: Cast) -> None:
    ada = make_operator(session, cast, "Ada T", chat_id=8002)
    luz = make_operator(session, cast, "Luz T", chat_id=8003)
    luz.language = "es"
    make_rule(session, cast, category="lighting")
    make_rule(session, cast, category="elevator", skill="lifts")
    assert asked(session, make_appeal(session, cast)) == [cast.ike.id]
    assert asked(session, make_appeal(session, cast)) == [ada.id]
    assert asked(session, make_appeal(session, cast)) == [cast.ike.id], (
        "luz speaks another language"
    )
    cast.conversation.language = "es"
    assert asked(session, make_appeal(session, cast)) == [luz.id]
    ada.skills = ["lifts"]
    assert asked(session, make_appeal(session, cast, category="elevator")) == [ada.id]


def test_nobody_with_the_skill_is_said_and_the_appeal_stays_with_its_receiver(
    session: Session, cast: Cast
) -> None:
    make_rule(session, cast, skill="roofs")
    appeal = make_appeal(session, cast)
    assert (appeal.state, appeal.responsible_id) == ("received", cast.mara.id)
    assert any("nobody of Maintenance" in words for words in told(session, cast.boris))
    assert list_events(session, appeal)[-1] == "job.unclaimed"


def test_off_duty_blocked_and_gone_operators_are_not_asked(session: Session, cast: Cast) -> None:
    make_rule(session, cast)
    make_operator(session, cast, "Off T", chat_id=8002, on_duty=False)
    gone = make_operator(session, cast, "Gone T", chat_id=8003)
    gone.is_active = False
    make_staff_chat(session, cast.boris, chat_id=8004).blocked_at = NOON
    session.execute(DutyShift.__table__.delete().where(DutyShift.staff_id == cast.ike.id))
    appeal = make_appeal(session, cast)
    assert asked(session, appeal) == []
    assert any("nobody of Maintenance" in words for words in told(session, cast.mara))


def test_with_nobody_on_duty_the_group_is_asked(session: Session, cast: Cast) -> None:
    make_rule(session, cast)
    session.execute(DutyShift.__table__.delete().where(DutyShift.staff_id == cast.ike.id))
    make_group_chat(session, cast.maintenance, chat_id=-100)
    appeal = make_appeal(session, cast)
    assert appeal.state == AppealState.DISPATCHED
    assert asked(session, appeal) == [None]


def test_supporting_departments_get_their_part(session: Session, cast: Cast) -> None:
    painters = make_department(session, cast.project, "painters", [])
    make_group_chat(session, painters, chat_id=-101)
    make_rule(session, cast, supporting_ids=[painters.id])
    appeal = make_appeal(session, cast)
    assert [(row.role, row.department_id) for row in list_assignments(session, appeal.id)] == [
        ("lead", cast.maintenance.id), ("support", painters.id),
    ]  # fmt: skip


def test_a_corrected_category_moves_a_job_that_nobody_has_taken(
    session: Session, cast: Cast
) -> None:
    make_group_chat(session, cast.accounts, chat_id=-102)
    make_rule(session, cast, category="lighting")
    make_rule(session, cast, category="utility_bill", department_id=cast.accounts.id)
    appeal = make_appeal(session, cast)
    correct_appeal(session, appeal, category="utility_bill", actor=OWNER, at=NOON + LATER)
    first, second = list_assignments(session, appeal.id)
    assert (first.state, second.department_id) == ("withdrawn", cast.accounts.id)


def test_a_corrected_category_leaves_a_job_that_was_taken(session: Session, cast: Cast) -> None:
    make_group_chat(session, cast.accounts, chat_id=-102)
    make_rule(session, cast, category="lighting")
    make_rule(session, cast, category="utility_bill", department_id=cast.accounts.id)
    appeal = make_appeal(session, cast)
    (job,) = list_assignments(session, appeal.id)
    jobs.accept_job(session, job, by=cast.ike, at=NOON)
    correct_appeal(session, appeal, category="utility_bill", actor=OWNER, at=NOON + LATER)
    assert job.state == "accepted"
    assert len(list_assignments(session, appeal.id)) == 1
