"""Who receives, who supervises, and who may see what."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, DutyShift, StaffMember
from ownerdesk.queries.appeals import get_appeal_for_staff
from ownerdesk.queries.calls import read_calls
from ownerdesk.queries.conversations import (
    get_conversation_for_staff,
    list_open_handoffs,
)
from ownerdesk.queries.figures import count_figures
from ownerdesk.queries.staff import (
    check_right,
    find_department_for,
    get_staff_member,
    list_on_duty,
    list_operators,
    list_operators_by_department,
    list_supervisors,
)
from ownerdesk.queries.work_list import AppealFilter, read_page
from ownerdesk.rules.access import RIGHTS, Right
from ownerdesk.rules.refusals import (
    AppealNotFound,
    ConversationNotFound,
    NotAllowed,
    StaffNotFound,
)
from ownerdesk.services.handoffs import request_handoff
from tests.make import NOON, Cast, make_appeal, make_cast, make_conversation, make_staff


@pytest.fixture
def here(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def there(session: Session) -> Cast:
    return make_cast(session, code="U", chat_id=7002)


def numbers(session: Session, member: StaffMember, **wanted: object) -> list[str]:
    found = read_page(session, member, AppealFilter(**wanted), at=NOON)  # type: ignore[arg-type]
    return [session.get_one(Appeal, appeal_id).number for appeal_id in found.ids]


def test_the_least_loaded_on_duty_receives(session: Session, here: Cast) -> None:
    lena = make_staff(session, here.project, "Lena T", "agent")
    assert [m.name for m in list_on_duty(session, here.project, NOON)] == ["Mara T"]
    for weekday in range(7):
        session.add(
            DutyShift(
                project_id=here.project.id, staff_id=lena.id, weekday=weekday,
                starts=time(0), ends=time(0),
            )
        )  # fmt: skip
    session.flush()
    first, second = make_appeal(session, here), make_appeal(session, here, category="elevator")
    assert {first.responsible_id, second.responsible_id} == {here.mara.id, lena.id}


def test_operators_and_people_who_left_receive_nothing(session: Session, here: Cast) -> None:
    here.mara.is_active = False
    session.flush()
    assert list_on_duty(session, here.project, NOON) == []
    assert make_appeal(session, here).responsible_id == here.boris.id, "the manager, then"
    with pytest.raises(StaffNotFound):
        get_staff_member(session, here.mara.id)


def test_supervisors_come_nearest_first(session: Session, here: Cast, there: Cast) -> None:
    pia = make_staff(session, here.project, "Pia T", "project_manager")
    root = make_staff(session, None, "Root", "admin")
    head = make_staff(session, None, "Hans", "head_office")
    supervisors = list_supervisors(session, here.project)
    assert supervisors == [here.boris, pia, root]
    assert head not in supervisors
    assert there.boris not in supervisors


def test_a_category_finds_its_department_and_the_rest_goes_to_other(
    session: Session, here: Cast
) -> None:
    for category, department in (("property_fee", here.accounts), ("pests", here.maintenance)):
        found = find_department_for(session, here.project.id, category)
        assert found is department
    assert list_operators(session, here.maintenance.id) == [here.ike]
    departments = [here.maintenance.id, here.accounts.id]
    by_department = list_operators_by_department(session, departments)
    assert by_department == {here.maintenance.id: [here.ike], here.accounts.id: []}


def test_nobody_sees_the_appeals_of_another_project(
    session: Session, here: Cast, there: Cast
) -> None:
    appeal = make_appeal(session, here)
    other = make_appeal(session, there)
    assert numbers(session, here.mara) == [appeal.number]
    assert numbers(session, there.mara) == [other.number]
    assert numbers(session, make_staff(session, None, "Root", "admin")) == [
        other.number, appeal.number,
    ]  # fmt: skip
    nobody = StaffMember(name="No Role", email="none@example.com")
    session.add(nobody)
    session.flush()
    assert numbers(session, nobody) == []
    for member in (there.mara, nobody):
        with pytest.raises(AppealNotFound):
            get_appeal_for_staff(session, member, appeal.id, Right.SEE_APPEALS)
        with pytest.raises(ConversationNotFound):
            get_conversation_for_staff(session, member, here.conversation.id)
    with pytest.raises(AppealNotFound):
        get_appeal_for_staff(session, here.ike, appeal.id, Right.WORK_APPEALS)


def test_waiting_emergencies_come_before_longer_waits(
    session: Session, here: Cast, there: Cast
) -> None:
    stranger = make_conversation(session, chat_id=7900)
    request_handoff(session, here.conversation, reason="asked", at=NOON)
    request_handoff(session, stranger, reason="emergency", at=NOON + timedelta(minutes=5))
    request_handoff(session, there.conversation, reason="asked", at=NOON)
    waiting = list_open_handoffs(session, here.mara)
    assert [handoff.conversation_id for handoff in waiting] == [stranger.id, here.conversation.id]
    assert read_calls(session, here.mara, at=NOON).handoffs == 2
    assert get_conversation_for_staff(session, here.mara, stranger.id).id == stranger.id
    figures = count_figures(session, at=NOON)
    assert (figures.handoffs_waiting, figures.handoffs_held) == (3, 0)


def test_rights_are_what_the_table_says(session: Session, here: Cast, there: Cast) -> None:
    check_right(here.mara, here.project.id, Right.ANSWER_OWNERS)
    for member, project_id, right in (
        (here.ike, here.project.id, Right.ANSWER_OWNERS),
        (here.mara, there.project.id, Right.SEE_APPEALS),
        (here.mara, None, Right.SEE_APPEALS),
        (here.boris, here.project.id, Right.MANAGE_STAFF),
    ):
        with pytest.raises(NotAllowed):
            check_right(member, project_id, right)
    assert RIGHTS["admin"] == frozenset(Right)
    assert Right.WORK_APPEALS not in RIGHTS["head_office"]
