"""`ownerdesk staff`: made with a role, a department and a place on the duty list."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import AuditEntry, DutyShift, StaffMember
from ownerdesk.queries.staff import list_on_duty, list_operators
from ownerdesk.services.logins import Device, log_in
from tests.make import NOON, make_cast
from tests.ownerdesk.commands.conftest import Type

PASSWORD = "a long password"
AGENT = (
    "staff", "create", "--name", "Nora Test", "--email", "Nora@example.com", "--role", "agent",
    "--project", "T",
)  # fmt: skip


def test_an_agent_can_log_in_and_is_on_duty_when_the_list_says_so(
    type_command: Type, session: Session
) -> None:
    cast = make_cast(session)
    session.commit()
    made = type_command(
        *AGENT, "--duty", "mon-fri", "08:00-18:00", "--duty", "sat 10:00-14:00",
        "--password-stdin", typed=f"{PASSWORD}\n",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    session.expire_all()
    nora = session.scalars(select(StaffMember).where(StaffMember.name == "Nora Test")).one()
    assert log_in(
        session, email="nora@example.com", password=PASSWORD, device=Device("test"), at=NOON
    ).token
    shifts = session.scalars(select(DutyShift).where(DutyShift.staff_id == nora.id)).all()
    assert [shift.weekday for shift in shifts] == [0, 1, 2, 3, 4, 5]
    sunday = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert nora in list_on_duty(session, cast.project, NOON)
    assert nora not in list_on_duty(session, cast.project, sunday)
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["staff.created", *["duty_shift.created"] * 6]
    listed = type_command("staff", "list").stdout
    assert "Nora Test <nora@example.com>" in listed
    assert "on duty in T: mon,tue,wed,thu,fri 08:00-18:00" in listed
    assert PASSWORD not in listed


def test_an_operator_needs_no_password_and_belongs_to_a_department(
    type_command: Type, session: Session
) -> None:
    cast = make_cast(session)
    session.commit()
    made = type_command(
        "staff", "create", "--name", "Olaf Test", "--email", "olaf@example.com", "--role",
        "operator", "--project", "T", "--department", "maintenance",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    names = [member.name for member in list_operators(session, cast.maintenance.id)]
    assert "Olaf Test" in names
    assert "(no log-in)" in type_command("staff", "list").stdout


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        ((), "short\n", "12 characters"),
        (("--project", "Q"), f"{PASSWORD}\n", "no project 'Q'"),
        (("--department", "magic"), f"{PASSWORD}\n", "accounts, maintenance"),
        (("--duty", "someday", "08:00-18:00"), f"{PASSWORD}\n", "weekday"),
        (("--duty", "mon"), f"{PASSWORD}\n", "mon-fri 08:00-18:00"),
        (("--project", "", "--duty", "mon 08:00-18:00"), f"{PASSWORD}\n", "--project"),
        (("--role", "operator"), f"{PASSWORD}\n", "--department"),
        (("--email", "nora"), f"{PASSWORD}\n", "e-mail"),
        (("--email", "mara.t@example.com"), f"{PASSWORD}\n", "already"),
        (("--phone", "600 000 000"), f"{PASSWORD}\n", "country code"),
    ],
)
def test_what_cannot_be_is_one_line_and_makes_nobody(
    type_command: Type, session: Session, words: tuple[str, ...], typed: str, said: str
) -> None:
    make_cast(session)
    session.commit()
    refused = type_command(*AGENT, *words, "--password-stdin", typed=typed)
    assert refused.returncode == 1
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert session.scalar(select(func.count()).select_from(StaffMember)) == 3, "only the cast"
