"""The embedded PostgreSQL: made, found again, recovered after a kill, and closed to whoever has no password."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from ownerdesk.adapters.embedded_postgres import find_running, start
from ownerdesk.supervisor.database import check_server


def test_it_keeps_its_data_and_stops_within_three_seconds(tmp_path: Path) -> None:
    with start(tmp_path / "postgres", fast=True) as server:
        check_server(server.url)
        with psycopg.connect(server.dsn) as connection:
            connection.execute("CREATE EXTENSION vector")
            connection.execute("CREATE TABLE kept AS SELECT '[1,2]'::vector AS place")
        with psycopg.connect(server.dsn) as idle:
            began = time.monotonic()
            server.stop()
            assert time.monotonic() - began < 3
            assert idle.info.dbname == "ownerdesk"
    assert not server.is_running()
    with start(tmp_path / "postgres", fast=True) as again, psycopg.connect(again.dsn) as connection:
        assert connection.execute("SELECT place::text FROM kept").fetchone() == ("[1,2]",)
        version = connection.info.server_version
        assert version // 10000 == 18


def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    with start(tmp_path / "postgres", fast=True) as server:
        address = f"postgresql://ownerdesk:guess@127.0.0.1:{server.port}/ownerdesk"
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(address)
        with psycopg.connect(server.dsn) as connection:
            listening = connection.execute("SHOW listen_addresses").fetchone()
        assert listening == ("127.0.0.1",)


def test_a_server_already_running_is_used_and_not_started_twice(tmp_path: Path) -> None:
    assert find_running(tmp_path / "postgres") is None
    with start(tmp_path / "postgres", fast=True) as first:
        second = start(tmp_path / "postgres", fast=True)
        found = find_running(tmp_path / "postgres")
        assert found is not None
        assert (second.process.pid, second.url) == (first.process.pid, first.url)
        assert found.url == first.url
    assert find_running(tmp_path / "postgres") is None


def test_it_recovers_after_it_was_killed(tmp_path: Path) -> None:
    server = start(tmp_path / "postgres")
    with psycopg.connect(server.dsn) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    server.process.kill()
    with start(tmp_path / "postgres") as again, psycopg.connect(again.dsn) as connection:
        assert again.process.pid != server.process.pid
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the kernel's part in it is Linux's"
)
def test_it_does_not_outlive_a_killed_starter_and_the_next_start_works(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from ownerdesk.adapters.embedded_postgres import start;"
        "print(start(pathlib.Path(sys.argv[1])).process.pid, flush=True); sys.stdin.read()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "postgres")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    process = psutil.Process(pid)
    os.kill(starter.pid, signal.SIGKILL)
    starter.communicate()
    with start(tmp_path / "postgres") as again:
        assert again.process.pid != pid
    psutil.wait_procs([process], timeout=5)
    assert not process.is_running()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_a_private_directory_above_does_not_keep_the_database_user_out(tmp_path: Path) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    with start(closed / "postgres", fast=True) as server:
        owner = server.process.uids().real
    assert owner != 0
    assert stat.S_IMODE(closed.stat().st_mode) == 0o701


def test_a_half_made_directory_of_an_interrupted_start_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".postgres.new").mkdir()
    (tmp_path / ".postgres.new" / "PG_VERSION").write_text("18\n")
    with start(tmp_path / "postgres", fast=True) as server:
        assert server.is_running()
    assert not (tmp_path / ".postgres.new").exists()
