"""How far a process steps back when others want the processor."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable

# Whoever works for later: trainings, reports, checks, readings in the shadow.
LOW = 15
_AUTOGROUP = "/proc/self/autogroup"
_ATTEMPTS = 20
_PAUSE_SECONDS = 0.1  # the kernel takes one change in so long from those who are not root


def step_back(niceness: int) -> None:
    """Let others go first from now on, this process and what it starts in its session. Never the other way round.

    Linux divides the processor among sessions before it does among processes (autogroup, on by default): then the
    niceness of a process that leads a session of its own means nothing to the rest, and its session has to step back.
    """
    os.setpriority(os.PRIO_PROCESS, 0, max(os.getpriority(os.PRIO_PROCESS, 0), niceness))
    if os.getsid(0) != os.getpid():
        return  # the session is somebody else's too
    for _ in range(_ATTEMPTS):
        try:
            file = os.open(_AUTOGROUP, os.O_WRONLY)
        except OSError:  # another kernel, or one without it
            return
        try:
            os.write(file, str(niceness).encode())
        except BlockingIOError:
            time.sleep(_PAUSE_SECONDS)
        except OSError:
            return
        else:
            return
        finally:
            os.close(file)


def stepping_back(niceness: int, first: Callable[[], None] | None) -> Callable[[], None] | None:
    """What to pass as `preexec_fn` for a child that is started in a session of its own; `first` is done before."""
    if not niceness:
        return first

    def prepare() -> None:
        if first is not None:
            first()
        # asyncio has opened the child's session by now, uvloop opens it afterwards and minds nobody's having done so.
        with contextlib.suppress(PermissionError):
            os.setsid()
        step_back(niceness)

    return prepare
