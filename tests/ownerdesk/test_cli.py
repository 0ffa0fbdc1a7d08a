"""The command line and the Makefile, as a person types them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ownerdesk.cli import make_parser
from tests.ownerdesk.test_supervisor_checks import environment, ownerdesk

REPOSITORY = Path(__file__).resolve().parents[2]
OWNERDESK = (sys.executable, "-m", "ownerdesk")
COMMANDS = ("admin", "migrate", "run", "seed", "train")


def test_help_names_every_command(tmp_path: Path) -> None:
    shown = ownerdesk(environment(tmp_path), "--help")
    assert shown.returncode == 0
    for command in COMMANDS:
        assert f"    {command}" in shown.stdout


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from ownerdesk.cli import make_parser; make_parser();"
        "print(sorted({'sqlalchemy', 'aiohttp', 'telegram', 'psycopg', 'numpy', 'alembic'} & set(sys.modules)))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=REPOSITORY
    )
    assert loaded.stdout == "[]\n"


def test_the_bot_alone_needs_a_token_and_says_where_to_get_one(tmp_path: Path) -> None:
    refused = ownerdesk(environment(tmp_path), "run", "bot")
    assert refused.returncode == 1
    assert "TELEGRAM_TOKEN" in refused.stderr
    assert "@BotFather" in refused.stderr


def test_a_setting_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    refused = ownerdesk(environment(tmp_path, OWNERDESK_PORT="none"), "run")
    assert refused.returncode == 1
    assert refused.stderr.startswith("ownerdesk: OWNERDESK_PORT")
    assert len(refused.stderr.splitlines()) == 1


def test_an_admin_with_a_short_password_is_refused_before_anything_is_started(
    tmp_path: Path,
) -> None:
    refused = subprocess.run(
        [
            *OWNERDESK,
            "admin",
            "create",
            "--email",
            "ana@example.test",
            "--name",
            "Ana",
            "--password-stdin",
        ],
        input="short\n",
        cwd=REPOSITORY,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 1
    assert "12 characters" in refused.stderr
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize("part", ["bot", "actions", "worker", "console", "rasa", "demo"])
def test_every_part_can_be_run_alone(part: str) -> None:
    assert make_parser().parse_args(["run", part]).part == part


def test_make_help_lists_every_target_a_person_may_want() -> None:
    listed = subprocess.run(["make", "help"], cwd=REPOSITORY, capture_output=True, text=True)
    shown = set(re.findall(r"^  make ([a-z-]+) ", listed.stdout, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert shown == set(phony.group(1).split()) - {"setup-tests"}
    assert {"run", "test", "lint", "types", "lock", "train", "bench", "demo-reset"} <= shown


@pytest.mark.parametrize("lock", ["app.txt", "dev.txt", "rasa.txt", "uv.txt"])
def test_a_lock_has_hashes_for_everything_and_no_addresses(lock: str) -> None:
    text = (REPOSITORY / "requirements" / lock).read_text()
    assert "://" not in text
    pinned = re.split(r"^(?=[a-zA-Z0-9])", text, flags=re.MULTILINE)[1:]
    assert pinned
    assert [entry for entry in pinned if "--hash=sha256:" not in entry] == []


def test_the_browser_lock_has_no_addresses() -> None:
    assert "://" not in (REPOSITORY / "console" / "package-lock.json").read_text()
