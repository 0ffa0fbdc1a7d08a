"""What is looked at before anything is started, so that a wrong setting is one line and not a broken start."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TextIO

from ownerdesk.supervisor.errors import CannotStart

LEFTOVER_LIMIT_SECONDS = 10.0
NEEDED_BYTES = 1_000_000_000


class DataDirLock:
    """Held while `ownerdesk run` works on a data directory. The file keeps our process number for the next one."""

    def __init__(self, file: TextIO, *, was_left_behind: bool) -> None:
        self._file = file
        # The one before us was killed: its parts may need a moment to notice.
        self.was_left_behind = was_left_behind

    def release(self) -> None:
        self._file.truncate(0)
        self._file.close()


def take_lock(data_dir: Path) -> DataDirLock:
    """Refuses with CannotStart when another `ownerdesk run` holds the directory."""
    data_dir.mkdir(parents=True, exist_ok=True)
    file = open(data_dir / "ownerdesk.lock", "a+")  # noqa: SIM115
    file.seek(0)
    holder = file.read().strip()
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise CannotStart(
            f"Ownerdesk is already running on {data_dir} (process {holder or 'unknown'}). "
            "Stop it with Ctrl-C in its window, or set OWNERDESK_DATA and other ports for a second one."
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return DataDirLock(file, was_left_behind=bool(holder))


def check_disk_space(data_dir: Path) -> None:
    """PostgreSQL stops hard on a full disk, so a start on a nearly full one is refused."""
    free = shutil.disk_usage(data_dir).free
    if free < NEEDED_BYTES:
        raise CannotStart(
            f"Only {free // 1_000_000} MB are free on the disk of {data_dir}; at least "
            f"{NEEDED_BYTES // 1_000_000} MB are needed. Make room, or move it with OWNERDESK_DATA."
        )


def is_port_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # Connections that were just closed do not count as a port in use.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise CannotStart(
                f"Port {port} needs administrator rights. Choose one above 1023."
            ) from None
        except OSError:
            return False
    return True


def check_port(host: str, port: int, setting: str, *, patience: float = 0.0) -> None:
    """`setting` is what the person can change; `patience` is how long a port left behind may take to come free."""
    deadline = time.monotonic() + patience
    while not is_port_free(host, port):
        if time.monotonic() >= deadline:
            raise CannotStart(
                f"Port {port} on {host} is in use by another program ({setting}). "
                f"Stop that program, or choose another port with {setting}."
            )
        time.sleep(0.2)


def find_free_port(preferred: int = 0) -> int:
    """`preferred` on loopback when it is free, any other otherwise."""
    if preferred and is_port_free("127.0.0.1", preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def check_token(api_url: str, token: str) -> str:
    """Ask Telegram who the token belongs to. Returns the bot's user name, or "" when Telegram cannot be reached."""
    try:
        with urllib.request.urlopen(f"{api_url}/bot{token}/getMe", timeout=10) as answer:  # noqa: S310
            described = json.load(answer)
    except urllib.error.HTTPError as error:
        # Telegram says 401 to a token it once knew and 404 to one it never did.
        if error.code in (401, 404):
            raise CannotStart(
                f"Telegram refused the token in TELEGRAM_TOKEN (getMe: {error.code} {error.reason}). "
                "Copy it again from @BotFather, or leave it empty for the demo."
            ) from None
        return ""
    except (OSError, ValueError):
        return ""
    return str(described.get("result", {}).get("username", ""))
