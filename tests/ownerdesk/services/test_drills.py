"""Drills: the whole plan is walked, nobody real is alarmed, and its faults are named."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Alarm,
    AuditEntry,
    DutyShift,
    EmergencyPlan,
    Message,
    Notice,
)
from ownerdesk.model.labels import KINDS
from ownerdesk.queries.alarms import find_plan
from ownerdesk.rules.fields import Unusable
from ownerdesk.rules.refusals import ChangedMeanwhile
from ownerdesk.services.content_edits import version_of
from ownerdesk.services.drills import run_drill
from ownerdesk.services.emergencies import find_instruction
from ownerdesk.services.emergency_plans import (
    drop_plan,
    list_faults,
    plan_values,
    save_instructions,
    save_plan,
)
from tests.look import list_jobs
from tests.make import NOON, Cast, make_cast, make_staff, make_staff_chat


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def save(
    session: Session, cast: Cast, steps: str, kind: str = "fire", phone: str = "112"
) -> EmergencyPlan:
    """Steps are one a line: minutes and who."""
    rows = [line.split(" ") for line in steps.splitlines()]
    return save_plan(
        session,
        cast.project.id,
        kind,
        steps=[{"after_minutes": int(minutes), "who": who} for minutes, who in rows],
        numbers=[{"name": {"en": "Fire brigade"}, "phone": phone}],
        neighbours="entrance",
        by=cast.boris,
        at=NOON,
    )


def rings(session: Session, cast: Cast, kind: str = "fire") -> list[tuple[int, int, str, str]]:
    drill = run_drill(session, cast.project, kind, by=cast.boris, at=NOON)
    return [(e["minute"], e["step"], e["name"].split()[0], e["reach"]) for e in drill.log]


def test_a_drill_lists_who_would_be_rung_in_which_minute_and_how(
    session: Session, cast: Cast
) -> None:
    make_staff_chat(session, cast.boris)
    make_staff_chat(session, cast.ike).blocked_at = NOON
    save(session, cast, f"0 on_duty\n2 staff:{cast.ike.id}\n5 manager")
    assert rings(session, cast) == [
        (0, 1, "Mara", "console"), (2, 2, "Ike", "blocked"), (2, 3, "Boris", "telegram"),
    ]  # fmt: skip


def test_a_drill_alarms_nobody_real(session: Session, cast: Cast) -> None:
    make_staff_chat(session, cast.mara)
    for kind in KINDS:
        run_drill(session, cast.project, kind, by=cast.boris, at=NOON)
    for table in (Alarm, Notice, Message):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    assert list_jobs(session, "check_alarm") == list_jobs(session, "deliver_message") == []


def test_a_drill_names_the_faults_of_the_plan(session: Session, cast: Cast) -> None:
    cast.project.phone = ""
    row = save(session, cast, "0 on_duty", phone="{phone}")
    row.steps = [{"after_minutes": 3, "who": "project_manager"}, {"who": "the boss"}]
    session.flush()
    drill = run_drill(session, cast.project, "fire", by=cast.boris, at=NOON)
    assert [(f["code"], f["step"]) for f in drill.faults] == [
        ("too_late", 1), ("nobody", 1), ("unknown_who", 2), ("times_not_increasing", 2),
        ("no_number", 0),
    ]  # fmt: skip
    assert [e["name"] for e in drill.log] == ["Boris T"], "as the alarm: everybody above instead"


def test_the_roster_of_the_minute_counts(session: Session, cast: Cast) -> None:
    session.execute(delete(DutyShift))
    ines = make_staff(session, cast.project, "Ines T", "agent")
    session.add(
        DutyShift(
            project_id=cast.project.id, staff_id=ines.id, weekday=NOON.weekday(),
            starts=time(13, 3), ends=time(20),
        )
    )  # fmt: skip
    save(session, cast, "0 on_duty\n5 manager")
    assert rings(session, cast) == [(0, 2, "Boris", "console"), (3, 1, "Ines", "console")]
    assert [f.code for f in list_faults(session, cast.project, "fire", at=NOON)] == ["nobody"]
    later = NOON + timedelta(minutes=5)
    assert list_faults(session, cast.project, "fire", at=later) == []


def test_no_plan_at_all_is_a_fault(session: Session, cast: Cast) -> None:
    session.execute(delete(EmergencyPlan))
    drill = run_drill(session, cast.project, "fire", by=cast.boris, at=NOON)
    assert [f["code"] for f in drill.faults] == ["no_plan"]
    assert [e["name"] for e in drill.log] == ["Boris T"]


def test_a_projects_own_plan_wins_and_leaves_the_common_one_alone(
    session: Session, cast: Cast
) -> None:
    other = make_cast(session, code="U", chat_id=7002)
    common = find_plan(session, cast.project, "fire")
    save(session, cast, "0 manager")
    save(session, cast, "0 manager\n1 head_office")
    assert [s.who for s in find_plan(session, cast.project, "fire").steps] == [
        "manager",
        "head_office",
    ]
    assert find_plan(session, other.project, "fire") == common
    changes = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.action == "emergency_plan.saved")
        .order_by(AuditEntry.id)
    ).all()
    assert [(c.staff_id, c.project_id) for c in changes] == [(cast.boris.id, cast.project.id)] * 2
    first, second = changes
    assert first.before is not None
    assert len(first.before["steps"]) == 5, "what held before was the common plan"
    assert second.before == {"code": "fire", "steps": [{"after_minutes": 0, "who": "manager"}]}
    drop_plan(session, cast.project.id, "fire", by=cast.boris, at=NOON)
    assert find_plan(session, cast.project, "fire") == common


def test_a_plan_somebody_changed_meanwhile_is_not_overwritten_unseen(
    session: Session, cast: Cast
) -> None:
    seen = version_of(plan_values(save(session, cast, "0 manager")))
    save(session, cast, "0 on_duty")
    change = {"steps": [], "numbers": [], "neighbours": "none", "by": cast.boris, "at": NOON}
    with pytest.raises(ChangedMeanwhile):
        save_plan(session, cast.project.id, "fire", seen=seen, **change)  # type: ignore[arg-type]
    assert [s.who for s in find_plan(session, cast.project, "fire").steps] == ["on_duty"]


def test_a_projects_own_instruction_is_what_its_owners_are_told(
    session: Session, cast: Cast
) -> None:
    common = find_instruction(session, cast.project, "fire", "es")
    own = {"en": "Out, now. Then call {emergency_number}."}
    save_instructions(session, cast.project.id, "fire", own, by=cast.boris, at=NOON)
    told = find_instruction(session, cast.project, "fire", "en")
    assert told == "Out, now. Then call 112."
    assert find_instruction(session, cast.project, "fire", "es") == common
    save_instructions(session, cast.project.id, "fire", {}, by=cast.boris, at=NOON)
    assert find_instruction(session, cast.project, "fire", "en") != told
    with pytest.raises(Unusable):
        save_instructions(session, None, "fire", {"es": "Fuera."}, by=cast.boris, at=NOON)
