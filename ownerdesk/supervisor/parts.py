"""A part is one process that `ownerdesk run` keeps alive; here is what is known about it before it runs."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Check = Callable[[], bool]


@dataclass(frozen=True)
class Part:
    """`env` is the whole environment of the process. Times are seconds."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    cwd: Path
    is_ready: Check | None = None
    ready_limit: float = 60.0


def accepts_connections(port: int, host: str = "127.0.0.1") -> Check:
    """Ready when something listens there."""

    def check() -> bool:
        try:
            socket.create_connection((host, port), timeout=2).close()
        except OSError:
            return False
        return True

    return check


def answers_http(url: str, *, any_status: bool = False) -> Check:
    """Ready when the address answers 200, or anything at all with `any_status`."""

    def check() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
                return bool(any_status or answer.status == 200)
        except urllib.error.HTTPError:
            return any_status
        except (OSError, ValueError):
            return False

    return check
