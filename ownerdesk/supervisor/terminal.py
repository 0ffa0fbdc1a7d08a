"""What the person who typed `ownerdesk run` gets to read."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Terminal:
    """Plain lines, so that they read the same in a terminal, in a file and in a service manager's journal."""

    stream: TextIO = field(default_factory=lambda: sys.stdout)
    started_at: float = field(default_factory=time.monotonic)

    def say(self, subject: str, text: str) -> None:
        """One line of progress: seconds since the start, what it is about, what is going on."""
        elapsed = time.monotonic() - self.started_at
        self.line(f"{elapsed:6.1f} s  {subject + ':':<10} {text}")

    def line(self, text: str = "") -> None:
        # A closed terminal must not bring the parts down with it.
        try:
            print(text, file=self.stream, flush=True)
        except (BrokenPipeError, OSError):
            self.stream = open("/dev/null", "w")  # noqa: SIM115
