"""The embedded PostgreSQL 18: made, started, found again and stopped without an administrator.

It listens on loopback TCP with a password, because that is what psycopg 3 (everything else) and psycopg2 (Rasa) both
speak and other users of the machine cannot. The binaries come in a wheel, pgvector included; that wheel's own starter
is not used: it trusts every local user and opens directories for reading.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import psutil
import psycopg

from ownerdesk.adapters.children import die_with_parent
from ownerdesk.adapters.postgres_cluster import (
    USER,
    EmbeddedPostgresFailed,
    find_binary,
    make_cluster,
    make_environment,
    read_password,
)
from ownerdesk.adapters.system_users import DatabaseUser, find_database_user

DATABASE = "ownerdesk"
HOST = "127.0.0.1"
START_LIMIT_SECONDS = 60.0
STOP_LIMIT_SECONDS = 2.5
LEFTOVER_LIMIT_SECONDS = 10.0


@dataclass
class EmbeddedPostgres:
    """A running server. `stop` ends it, whoever started it."""

    data_dir: Path
    port: int
    password: str = field(repr=False)
    process: psutil.Process
    host: str = HOST
    user: str = USER
    database: str = DATABASE

    @property
    def dsn(self) -> str:
        return f"postgresql://{self.user}:{quote(self.password)}@{self.host}:{self.port}/{self.database}"

    @property
    def url(self) -> str:
        """The same address in SQLAlchemy's spelling for psycopg 3."""
        return self.dsn.replace("postgresql://", "postgresql+psycopg://", 1)

    def is_running(self) -> bool:
        return _is_alive(self.process)

    def stop(self) -> None:
        """A fast shutdown: clients are cut off, data is flushed. Waits at most three seconds, then insists."""
        for asked, wait in (
            (signal.SIGINT, STOP_LIMIT_SECONDS),
            (signal.SIGQUIT, 0.5),
            (signal.SIGKILL, 5.0),
        ):
            if not self.is_running():
                break
            with contextlib.suppress(psutil.NoSuchProcess):
                self.process.send_signal(asked)
                _wait_for_end(self.process, wait)

    def __enter__(self) -> EmbeddedPostgres:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start(data_dir: Path, *, port: int = 0, fast: bool = False) -> EmbeddedPostgres:
    """Start the server of this directory, making it on first use; a server already running there is taken over.

    `port` 0 means any free one. `fast` gives up safety against power cuts and is meant for tests. The server ends with
    the thread that started it, so start it from the main thread.
    """
    data_dir = data_dir.absolute()
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with _lock(data_dir):
        running = _find_running(data_dir)
        if running is not None:
            return running
        user = find_database_user(data_dir)
        server = _launch_patiently(data_dir, user, port, fast=fast)
        _create_database(server)
        return server


def find_running(data_dir: Path) -> EmbeddedPostgres | None:
    """The server of this directory when one is up, for a command typed next to a running Ownerdesk."""
    data_dir = data_dir.absolute()
    if not data_dir.is_dir():
        return None
    with _lock(data_dir):
        return _find_running(data_dir)


@contextlib.contextmanager
def _lock(data_dir: Path) -> Iterator[None]:
    """Two processes starting the same directory take turns."""
    with open(data_dir.with_name(f".{data_dir.name}.lock"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _launch_patiently(
    data_dir: Path, user: DatabaseUser, port: int, *, fast: bool
) -> EmbeddedPostgres:
    """What passes by itself is tried again: after a kill the old server's helpers hold its memory, its port or its
    lock file until they notice, and another program may close a directory that was just opened (pytest does)."""
    passing = ("shared memory", "lock file", "Address already in use", "Permission denied")
    deadline = time.monotonic() + LEFTOVER_LIMIT_SECONDS
    while True:
        try:
            user.open_path_to(data_dir.parent)
            user.open_path_to(find_binary("postgres").parent)
            if not (data_dir / "PG_VERSION").exists():
                make_cluster(data_dir, user)
            return _launch(data_dir, user, port or _free_port(), fast=fast)
        except EmbeddedPostgresFailed as failure:
            if time.monotonic() > deadline or not any(sign in str(failure) for sign in passing):
                raise
            time.sleep(0.1)


def _launch(data_dir: Path, user: DatabaseUser, port: int, *, fast: bool) -> EmbeddedPostgres:
    options = {
        "listen_addresses": HOST,
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "jit": "off",
    }
    if fast:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    command = [str(find_binary("postgres")), "-D", str(data_dir)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    log_path = data_dir / "server.log"
    if log_path.exists() and log_path.stat().st_size > 10_000_000:
        log_path.replace(log_path.with_suffix(".log.1"))
    with open(log_path, "ab") as log:
        started_at = log.tell()
        child = subprocess.Popen(  # noqa: S603
            command,
            cwd="/",
            env=make_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            # A fast shutdown: when the supervisor is killed the database closes its files properly.
            preexec_fn=die_with_parent(signal.SIGINT),
            **user.popen_arguments(),
        )
    user.give(log_path)
    server = EmbeddedPostgres(data_dir, port, read_password(data_dir), psutil.Process(child.pid))
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while not _is_ready(data_dir, child.pid):
        if child.poll() is not None or time.monotonic() > deadline:
            server.stop()
            answered = log_path.read_bytes()[started_at:].decode(errors="replace").strip()
            raise EmbeddedPostgresFailed(
                f"PostgreSQL did not start. The end of {log_path}:\n"
                + "\n".join(answered.splitlines()[-8:])
            )
        time.sleep(0.02)
    return server


def _find_running(data_dir: Path) -> EmbeddedPostgres | None:
    """Read PostgreSQL's own note of its process. One that is shutting down or starting up is waited for."""
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while (noted := _read_pid_file(data_dir)) is not None:
        pid, port, status = noted
        try:
            process = psutil.Process(pid)
            # The number may belong to something else after a crash and a restart of the machine.
            is_ours = (
                _is_alive(process)
                and process.name() == "postgres"
                and str(data_dir) in process.cmdline()
            )
        except psutil.Error:
            is_ours = False
        if not is_ours:
            return None
        server = EmbeddedPostgres(data_dir, port, read_password(data_dir), process)
        # The note says "ready" until the end, and a killed server takes a moment to be gone.
        if status == "ready" and _answers(server):
            return server
        if time.monotonic() > deadline:
            raise EmbeddedPostgresFailed(
                f"The PostgreSQL of {data_dir} (process {pid}) has been {status or 'starting'} for a minute. "
                "Look at server.log there, or end that process."
            )
        time.sleep(0.05)
    return None


def _read_pid_file(data_dir: Path) -> tuple[int, int, str] | None:
    """Process, port and status from postmaster.pid, whose lines PostgreSQL fills in as it comes up."""
    try:
        lines = (data_dir / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].strip().isdecimal():
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].strip().isdecimal() else 0
    return int(lines[0]), port, lines[7].strip() if len(lines) > 7 else ""


def _answers(server: EmbeddedPostgres) -> bool:
    try:
        psycopg.connect(server.dsn, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _is_ready(data_dir: Path, pid: int) -> bool:
    noted = _read_pid_file(data_dir)
    return noted is not None and noted[0] == pid and noted[2] == "ready"


def _create_database(server: EmbeddedPostgres) -> None:
    address = server.dsn.rsplit("/", 1)[0] + "/postgres"
    with psycopg.connect(address, autocommit=True, connect_timeout=10) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if found is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_for_end(process: psutil.Process, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while _is_alive(process) and time.monotonic() < deadline:
        time.sleep(0.02)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
