"""One log file per part under `var/log`, and which of its lines deserve the terminal."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path

MAX_BYTES = 10_000_000
KEPT_FILES = 3
_LOUD = re.compile(r"^.{0,60}?\b(WARNING|ERROR|CRITICAL)\b")


def is_loud(line: str) -> bool:
    """A warning or worse. Python's own `SomethingWarning` notices are not."""
    return _LOUD.match(line) is not None


class LogFile:
    """Appends lines and starts a new file when this one is full; the three before it are kept as .1 to .3."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.max_bytes = max_bytes
        self.last_lines: deque[str] = deque(maxlen=12)
        self._file = open(path, "ab")  # noqa: SIM115
        self._size = self._file.tell()

    def write(self, line: bytes) -> None:
        if self._size + len(line) > self.max_bytes:
            self._rotate()
        self._file.write(line)
        self._file.flush()
        self._size += len(line)
        if text := line.decode(errors="replace").rstrip():
            self.last_lines.append(text)

    def close(self) -> None:
        self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        for number in range(KEPT_FILES - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self.path.replace(self._numbered(1))
        self._file = open(self.path, "ab")  # noqa: SIM115
        self._size = 0

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")
