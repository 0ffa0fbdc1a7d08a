"""What happened when: the times a benchmark needs, by id and without anybody's words."""

from __future__ import annotations

import time
from collections import deque

from demo.errors import Json

KEPT = 200_000


class Log:
    """Numbered entries, the newest `KEPT` of them; `mono` compares only within one process."""

    def __init__(self) -> None:
        self._entries: deque[Json] = deque(maxlen=KEPT)
        self._number = 0

    def write(self, kind: str, **fields: object) -> None:
        self._number += 1
        entry = {"n": self._number, "kind": kind, "at": time.time(), "mono": time.monotonic()}
        self._entries.append(entry | fields)

    def since(self, number: int) -> list[Json]:
        if not self._entries:
            return []
        skip = max(0, number - int(self._entries[0]["n"]) + 1)
        return [entry for at, entry in enumerate(self._entries) if at >= skip]
