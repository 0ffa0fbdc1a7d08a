"""Settings: what the environment and `.env` may say, and what is refused in one line."""

from __future__ import annotations

import os
import stat
from dataclasses import fields
from pathlib import Path

import pytest

from ownerdesk.settings import (
    InvalidSetting,
    Settings,
    load_env_file,
    load_settings,
    parse_env_file,
)

REPOSITORY = Path(__file__).resolve().parents[2]


def test_every_setting_is_documented_in_env_example_and_nothing_else_is(tmp_path: Path) -> None:
    documented = parse_env_file((REPOSITORY / ".env.example").read_text())
    understood = load_settings({"OWNERDESK_DATA": str(tmp_path)}).to_environ()
    assert documented.keys() == understood.keys()
    assert len(understood) == len(fields(Settings))


def test_the_values_of_env_example_are_the_defaults(tmp_path: Path) -> None:
    documented = parse_env_file((REPOSITORY / ".env.example").read_text())
    here = {"OWNERDESK_DATA": str(tmp_path)}
    assert load_settings(documented | here) == load_settings(here)


def test_what_a_part_is_given_reads_back_as_the_same_settings(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "OWNERDESK_DATA": str(tmp_path),
            "DATABASE_URL": "postgres://desk:p%40ss@db.example/desk",
            "TELEGRAM_TOKEN": "1:x",
            "TELEGRAM_API_URL": "http://127.0.0.1:8081/",
            "PUBLIC_URL": "https://desk.example.com/",
            "OWNERDESK_HOST": "0.0.0.0",
            "OWNERDESK_PORT": "9000",
            "RASA_URL": "http://127.0.0.1:5006",
            "ACTIONS_PORT": "5056",
            "DEMO_URL": "http://127.0.0.1:8081",
            "LOG_LEVEL": "debug",
            "DEEP_READER_MODEL": str(tmp_path / "model.gguf"),
            "DEEP_READER_LAYERS": "12",
        }
    )
    assert load_settings(settings.to_environ()) == settings
    assert settings.database_url == "postgresql+psycopg://desk:p%40ss@db.example/desk"
    assert settings.public_url == "https://desk.example.com"
    assert settings.log_level == "DEBUG"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OWNERDESK_PORT", "http"),
        ("OWNERDESK_PORT", "70000"),
        ("ACTIONS_PORT", "0"),
        ("PUBLIC_URL", "desk.example.com"),
        ("TELEGRAM_API_URL", "ftp://example.com"),
        ("DATABASE_URL", "mysql://desk@db.example/desk"),
        ("LOG_LEVEL", "loud"),
        ("DEEP_READER_LAYERS", "0"),
        ("DEEP_READER_THREADS", "two"),
        ("DEEP_READER_PORT", "-1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(InvalidSetting, match=name):
        load_settings({"OWNERDESK_DATA": str(tmp_path), name: value})


def test_secrets_are_made_once_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    first = load_settings({"OWNERDESK_DATA": str(tmp_path)})
    second = load_settings({"OWNERDESK_DATA": str(tmp_path)})
    assert first.rasa_token == second.rasa_token
    assert first.rasa_token != first.secret_key
    for kept in (tmp_path / "secrets").iterdir():
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_an_env_file_understands_comments_quotes_and_export() -> None:
    text = "# note\n\nexport A=1\nB = 'two words'\nC=\"x=y\"\nD=\n"
    assert parse_env_file(text) == {"A": "1", "B": "two words", "C": "x=y", "D": ""}


def test_a_broken_line_in_the_env_file_is_named_without_showing_it() -> None:
    with pytest.raises(InvalidSetting, match="Line 2") as refused:
        parse_env_file("A=1\nsecret words\n")
    assert "secret" not in str(refused.value)


def test_the_environment_wins_over_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWNERDESK_PORT", "9001")
    monkeypatch.delenv("LOG_LEVEL", raising=False)
    monkeypatch.setenv("ACTIONS_PORT", "5055")
    (tmp_path / ".env").write_text("OWNERDESK_PORT=9002\nLOG_LEVEL=ERROR\n")
    load_env_file(tmp_path / ".env")
    assert os.environ["OWNERDESK_PORT"] == "9001"
    assert os.environ.pop("LOG_LEVEL") == "ERROR"
