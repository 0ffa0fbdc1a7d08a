"""A step that runs to its end in a process of its own, its output kept in a file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from ownerdesk.adapters.children import die_with_parent
from ownerdesk.adapters.priorities import stepping_back
from ownerdesk.supervisor.errors import CannotStart

SHOWN_LINES = 8


async def run_to_end(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log_path: Path,
    niceness: int = 0,
) -> None:
    """Raises CannotStart with the end of the output unless it exits with 0. Cancelling kills it."""
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with open(log_path, "wb") as log:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env=dict(env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=stepping_back(niceness, die_with_parent(signal.SIGTERM)),
        )
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if code != 0:
        lines = log_path.read_text(errors="replace").rstrip().splitlines()
        shown = "\n".join(f"    {line}" for line in lines[-SHOWN_LINES:])
        raise CannotStart(
            f"`{' '.join(argv[1:])}` failed (exit code {code}); see {log_path}. It ends:\n{shown}"
        )
