"""`ownerdesk owners`: a list goes in, invites come out, and an invite opens the door."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import AuditEntry, Invite, Owner
from ownerdesk.services.owners import register_by_link
from tests.make import NOON, make_cast, make_conversation
from tests.ownerdesk.commands.conftest import Type
from tests.ownerdesk.test_supervisor_checks import telegram

ROWS = (
    "building,number,name,phone\nOak House,1,Vera Example,+34600111222\nOak House,2,Nilo Example,\n"
)


@pytest.fixture
def homes(session: Session, tmp_path: Path) -> str:
    """The file to import; the cast's project is there."""
    make_cast(session)
    session.commit()
    path = tmp_path / "homes.csv"
    path.write_text(ROWS)
    return str(path)


def test_a_file_is_imported_and_counted(type_command: Type, session: Session, homes: str) -> None:
    done = type_command("owners", "import", homes, "--project", "T")
    assert done.returncode == 0, done.stderr
    assert "2 rows. New: 1 buildings, 2 units, 2 people, 2 ties" in done.stdout
    assert session.scalar(select(func.count()).select_from(Owner)) == 3
    again = type_command("owners", "import", "-", "--project", "T", typed=ROWS)
    assert "New: 0 buildings, 0 units, 0 people, 0 ties" in again.stdout


def test_a_dry_run_counts_the_same_and_writes_nothing(
    type_command: Type, session: Session, homes: str
) -> None:
    dry = type_command("owners", "import", homes, "--project", "T", "--dry-run")
    assert "2 people" in dry.stdout
    assert "nothing was written" in dry.stdout
    assert session.scalar(select(func.count()).select_from(Owner)) == 1
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_a_file_with_mistakes_is_refused_line_by_line(
    type_command: Type, session: Session, homes: str
) -> None:
    Path(homes).write_text(ROWS + "Oak House,,,1\n")
    refused = type_command("owners", "import", homes, "--project", "T")
    assert refused.returncode == 1
    assert f"{homes}: line 4: number is empty" in refused.stderr
    assert "Nothing was imported" in refused.stderr
    assert session.scalar(select(func.count()).select_from(Owner)) == 1


def test_a_file_that_is_not_there_is_one_line(type_command: Type, homes: str) -> None:
    refused = type_command("owners", "import", f"{homes}.gone")
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1


def test_a_printed_link_registers_a_chat(type_command: Type, session: Session, homes: str) -> None:
    type_command("owners", "import", homes, "--project", "T")
    with telegram(200, '{"ok":true,"result":{"username":"house_bot"}}') as url:
        made = type_command(
            "owners", "invite", "+34 600 111 222", TELEGRAM_TOKEN="1:right", TELEGRAM_API_URL=url
        )
    assert made.returncode == 0, made.stderr
    code, link, _ = (line.rpartition(" ")[2] for line in made.stdout.splitlines())
    address, _, payload = link.partition("?start=")
    assert address == "https://t.me/house_bot"
    assert len(payload) <= 64, "Telegram cuts what is longer"
    invite = session.scalars(select(Invite)).one()
    assert code == invite.code
    chat = make_conversation(session, chat_id=7200)
    owner = register_by_link(session, chat, payload=payload, secret_key="secret-key", at=NOON)
    assert owner.name == "Vera Example"
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "invite.created")).all()
    assert [entry.subject_id for entry in entries] == [owner.id]
    assert invite.code not in str(entries[0].after), "the log is no place for a key"


def test_without_a_token_the_payload_alone_is_printed(
    type_command: Type, session: Session, homes: str
) -> None:
    type_command("owners", "import", homes, "--project", "T")
    made = type_command("owners", "invite", "+34600111222")
    code = session.scalars(select(Invite.code)).one()
    assert f"link: {code}-" in made.stdout
    assert "t.me" not in made.stdout


def test_all_invites_everybody_who_has_a_home_and_no_chat(
    type_command: Type, session: Session, homes: str
) -> None:
    type_command("owners", "import", homes, "--project", "T")
    made = type_command("owners", "invite", "--all", "--project", "T")
    assert made.returncode == 0, made.stderr
    rows = list(csv.DictReader(made.stdout.splitlines()))
    assert [(row["number"], row["name"]) for row in rows] == [
        ("1", "Vera Example"),
        ("2", "Nilo Example"),
    ], "Alma of the cast has a chat already"
    codes = session.scalars(select(Invite.code).order_by(Invite.id)).all()
    assert [row["code"] for row in rows] == codes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("+34600999999",), "Nobody was imported"),
        (("600111222",), "country code"),
        (("--all", "--project", "Q"), "no project 'Q'"),
    ],
)
def test_an_invite_for_nobody_is_one_line(
    type_command: Type, session: Session, homes: str, words: tuple[str, ...], said: str
) -> None:
    refused = type_command("owners", "invite", *words)
    assert refused.returncode == 1
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert session.scalar(select(func.count()).select_from(Invite)) == 0
