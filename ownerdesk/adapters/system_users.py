"""The system user the embedded database runs as: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "ownerdesk-db"


class NoDatabaseUser(RuntimeError):
    """Started as root on a machine where no other user can be made for PostgreSQL."""


@dataclass(frozen=True)
class DatabaseUser:
    """Whom PostgreSQL runs as. Without a number it is the person who started Ownerdesk."""

    uid: int | None = None
    gid: int | None = None

    def popen_arguments(self) -> dict[str, Any]:
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def open_path_to(self, directory: Path) -> None:
        """Let the user pass through the directories above (not list or read them), as a home of mode 0700 forbids."""
        if self.uid is None:
            return
        for step in (directory, *directory.parents):
            mode = stat.S_IMODE(step.stat().st_mode)
            if not mode & stat.S_IXOTH:
                step.chmod(mode | stat.S_IXOTH)


def find_database_user(data_dir: Path) -> DatabaseUser:
    """The owner of an existing data directory, or, for root, a system user made for the purpose."""
    if os.geteuid() != 0:
        return DatabaseUser()
    if data_dir.exists() and (owner := data_dir.stat()).st_uid != 0:
        return DatabaseUser(owner.st_uid, owner.st_gid)
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _make_user()
    return DatabaseUser(entry.pw_uid, entry.pw_gid)


def _make_user() -> pwd.struct_passwd:
    command = shutil.which("useradd") or shutil.which("useradd", path="/usr/sbin:/sbin")
    advice = (
        "PostgreSQL does not run as root: start Ownerdesk as an ordinary user, or set DATABASE_URL."
    )
    if command is None:
        raise NoDatabaseUser(advice)
    made = subprocess.run(  # noqa: S603
        [
            command,
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            NAME,
        ],
        capture_output=True,
        text=True,
    )
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        raise NoDatabaseUser(f"{advice} (useradd: {made.stderr.strip()})") from None
