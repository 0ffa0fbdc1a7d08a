"""What is refused before anything starts: a second run, a port in use, a wrong token, an unusable database."""

from __future__ import annotations

import http.server
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ownerdesk.supervisor import checks
from ownerdesk.supervisor.database import check_server, rasa_database_environment
from ownerdesk.supervisor.errors import CannotStart

REPOSITORY = Path(__file__).resolve().parents[2]


@contextmanager
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def telegram(status: int, body: str) -> Iterator[str]:
    """A Telegram that answers every request the same way."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing; the address holds the token."""

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    # Set empty, so that a developer's own .env does not come in between.
    empty = {"TELEGRAM_TOKEN": "", "DATABASE_URL": "", "DEMO_URL": "", "PUBLIC_URL": ""}
    return os.environ | empty | {"OWNERDESK_DATA": str(data_dir)} | settings


def ownerdesk(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ownerdesk", *arguments],
        cwd=REPOSITORY,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_second_run_on_the_same_data_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    lock = checks.take_lock(tmp_path)
    refused = ownerdesk(environment(tmp_path), "run")
    assert refused.returncode == 1
    assert "already running" in refused.stderr
    assert f"process {os.getpid()}" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    lock.release()
    checks.take_lock(tmp_path).release()


def test_a_run_that_was_killed_is_noticed_by_the_next(tmp_path: Path) -> None:
    checks.take_lock(tmp_path).release()
    assert not checks.take_lock(tmp_path).was_left_behind
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "ownerdesk.lock").write_text("4711\n")
    assert checks.take_lock(tmp_path / "other").was_left_behind


@pytest.mark.parametrize("setting", ["OWNERDESK_PORT", "ACTIONS_PORT"])
def test_a_port_in_use_is_one_line_with_the_setting_to_change(tmp_path: Path, setting: str) -> None:
    with listening() as port:
        free = {
            "OWNERDESK_PORT": str(checks.find_free_port()),
            "ACTIONS_PORT": str(checks.find_free_port()),
        }
        refused = ownerdesk(environment(tmp_path, **(free | {setting: str(port)})), "run")
    assert refused.returncode == 1
    assert f"Port {port}" in refused.stderr
    assert setting in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_nearly_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checks.check_disk_space(tmp_path)
    monkeypatch.setattr(checks, "NEEDED_BYTES", 10**18)
    with pytest.raises(CannotStart, match="OWNERDESK_DATA"):
        checks.check_disk_space(tmp_path)


def test_a_free_port_is_accepted_and_a_taken_preference_is_replaced() -> None:
    with listening() as port:
        other = checks.find_free_port(port)
        assert other != port
        checks.check_port("127.0.0.1", other, "OWNERDESK_PORT")
        with pytest.raises(CannotStart, match="OWNERDESK_PORT"):
            checks.check_port("127.0.0.1", port, "OWNERDESK_PORT")


@pytest.mark.parametrize("status", [401, 404])
def test_a_token_telegram_refuses_stops_the_start(tmp_path: Path, status: int) -> None:
    free = {name: str(checks.find_free_port()) for name in ("OWNERDESK_PORT", "ACTIONS_PORT")} | {
        "RASA_URL": f"http://127.0.0.1:{checks.find_free_port()}"
    }
    with telegram(status, '{"ok":false}') as url:
        env = environment(tmp_path, TELEGRAM_TOKEN="1:wrong", TELEGRAM_API_URL=url, **free)
        refused = ownerdesk(env, "run")
    assert refused.returncode == 1
    assert "TELEGRAM_TOKEN" in refused.stderr
    assert "1:wrong" not in refused.stderr
    assert not (tmp_path / "postgres").exists()


def test_a_good_token_names_its_bot() -> None:
    with telegram(200, '{"ok":true,"result":{"username":"house_bot"}}') as url:
        assert checks.check_token(url, "1:right") == "house_bot"


def test_telegram_out_of_reach_does_not_stop_the_start() -> None:
    assert checks.check_token(f"http://127.0.0.1:{checks.find_free_port()}", "1:x") == ""


def test_a_database_out_of_reach_is_told_without_its_password() -> None:
    port = checks.find_free_port()
    with pytest.raises(CannotStart, match="DATABASE_URL") as refused:
        check_server(f"postgresql+psycopg://desk:hidden@127.0.0.1:{port}/desk")
    assert "hidden" not in str(refused.value)


def test_rasa_gets_the_database_in_pieces_with_escapes_undone() -> None:
    pieces = rasa_database_environment("postgresql+psycopg://desk:p%40ss@db.example:6543/owners")
    assert pieces == {
        "RASA_DB_HOST": "db.example",
        "RASA_DB_PORT": "6543",
        "RASA_DB_NAME": "owners",
        "RASA_DB_USER": "desk",
        "RASA_DB_PASSWORD": "p@ss",
        "POSTGRESQL_SCHEMA": "rasa",
    }
