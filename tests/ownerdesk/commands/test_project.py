"""`ownerdesk project`: made, listed, changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import AuditEntry, Department, Project
from ownerdesk.rules.policy import Policy
from tests.make import make_cast
from tests.ownerdesk.commands.conftest import Type

CREATE = ("project", "create", "OAK", "--name", "Oak Court", "--timezone", "Europe/Madrid")


def test_a_project_comes_with_its_departments_and_its_own_times(
    type_command: Type, session: Session
) -> None:
    made = type_command(
        *CREATE, "--language", "es", "--phone", "+34 600 000 000", "--set", "general_minutes=45"
    )
    assert made.returncode == 0, made.stderr
    project = session.scalars(select(Project)).one()
    assert (project.code, project.language, project.phone) == ("OAK", "es", "+34 600 000 000")
    assert project.emergency_number == "112"
    assert Policy.of(project.settings).resolution_time("general") == timedelta(minutes=45)
    assert session.scalar(select(func.count()).select_from(Department)) == 6
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject_id, entry.staff_id) == ("project.created", project.id, None)
    listed = type_command("project", "list").stdout
    assert "OAK  Oak Court" in listed
    assert "general_minutes=45" in listed


def test_an_edit_changes_what_is_given_and_leaves_the_rest(
    type_command: Type, session: Session
) -> None:
    type_command(*CREATE, "--set", "general_minutes=45", "--set", "silence_hours=96")
    edited = type_command(
        "project", "edit", "OAK", "--code", "OK", "--emergency-number", "091",
        "--unset", "general_minutes", "--set", "handoff_minutes=5",
    )  # fmt: skip
    assert edited.returncode == 0, edited.stderr
    project = session.scalars(select(Project)).one()
    assert (project.code, project.name, project.emergency_number) == ("OK", "Oak Court", "091")
    assert project.settings == {"silence_hours": 96, "handoff_minutes": 5}
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "project.updated")).one()
    assert entry.before is not None
    assert entry.before["code"] == "OAK"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--timezone", "Madrid"), "time zone"),
        (("--language", "fr"), "en, es, zh"),
        (("--set", "general_minutes=soon"), "NAME=NUMBER"),
        (("--set", "general_minutes=0"), "general_minutes"),
        (("--set", "tea_minutes=5"), "'tea_minutes' is no setting"),
        (("--set", "silence_hours=24"), "reminder_hours"),
        (("--phone", "ask Ana"), "phone"),
        (("--emergency-number", "police"), "emergency number"),
        (("--name", " "), "name"),
        (("--code", "T"), "already"),
        (("--code", "oak"), "capital letters"),
        ((), "Nothing to change"),
    ],
)
def test_a_value_no_project_can_have_is_one_line_and_changes_nothing(
    type_command: Type, session: Session, words: tuple[str, ...], said: str
) -> None:
    make_cast(session)
    session.commit()
    type_command(*CREATE)
    refused = type_command("project", "edit", "OAK", *words)
    assert refused.returncode == 1
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    actions = session.scalars(select(AuditEntry.action)).all()
    assert actions == ["project.created"]


def test_a_code_that_is_taken_makes_no_second_project(type_command: Type, session: Session) -> None:
    type_command(*CREATE)
    refused = type_command(*CREATE)
    assert refused.returncode == 1
    assert "already" in refused.stderr
    assert session.scalar(select(func.count()).select_from(Project)) == 1


def test_a_database_without_tables_is_told_how_to_get_them(
    type_command: Type, session: Session
) -> None:
    url = str(session.connection().engine.url.set(database="postgres").render_as_string(False))
    refused = type_command("project", "list", DATABASE_URL=url)
    assert refused.returncode == 1
    assert (
        refused.stderr
        == "ownerdesk: The database has no tables yet. Run `ownerdesk migrate` first.\n"
    )
