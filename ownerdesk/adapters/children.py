"""How a child process is tied to the one that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def die_with_parent(signal_number: int = signal.SIGTERM) -> Callable[[], None] | None:
    """What to pass as `preexec_fn` so that the kernel signals the child when its parent is gone, even by SIGKILL.

    Linux only (None elsewhere). It is the parent's *thread* that counts: start such children from the main thread.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:
            # The parent went between fork and here; nobody will send the signal any more.
            os._exit(1)

    return tie
