"""`ownerdesk drill`: what would happen is printed, faults are an exit code."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Alarm, Drill, EmergencyPlan
from tests.make import make_cast
from tests.ownerdesk.commands.conftest import Type


def test_a_drill_prints_who_would_be_rung_and_what_is_wrong(
    type_command: Type, session: Session
) -> None:
    cast = make_cast(session)
    session.commit()
    words = ("drill", "--project", "T", "--by", cast.boris.email, "--kind", "gas_leak")
    faulty = type_command(*words)
    assert faulty.returncode == 2, faulty.stderr
    assert "  0 min  Mara T  (on_duty, console)" in faulty.stdout
    assert "Fault: step 2: Nobody can be reached here now." in faulty.stdout
    session.add(
        EmergencyPlan(
            project_id=cast.project.id, kind="gas_leak", neighbours="entrance",
            steps=[{"after_minutes": 0, "who": "on_duty"}],
            numbers=[{"name": "Gas company", "phone": "900 100 200"}],
        )
    )  # fmt: skip
    session.commit()
    whole = type_command(*words)
    assert whole.returncode == 0, whole.stderr
    assert "Fault" not in whole.stdout
    assert session.scalar(select(func.count()).select_from(Drill)) == 2
    assert session.scalar(select(func.count()).select_from(Alarm)) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--project", "X", "--kind", "fire", "--by", "b@example.com"), "no project"),
        (("--project", "T", "--kind", "dragon", "--by", "b@example.com"), "no kind"),
        (("--project", "T", "--kind", "fire", "--by", "b@example.com"), "Nobody of the staff"),
    ],
)
def test_a_drill_that_cannot_be_run_says_why(
    type_command: Type, session: Session, words: tuple[str, ...], said: str
) -> None:
    make_cast(session)
    session.commit()
    refused = type_command("drill", *words)
    assert refused.returncode == 1
    assert said in refused.stderr
