"""Jobs, enqueued in the transaction that causes them.

Tasks are named here and written in the parts that run them (`bot` handles updates, `worker` everything else),
so that a service can ask for work without knowing who does it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import procrastinate
from sqlalchemy.orm import Session

HANDLE_UPDATE = "handle_update"
DELIVER_MESSAGE = "deliver_message"
FETCH_FILE = "fetch_file"
CHECK_PROMISE = "check_promise"
CHECK_ALARM = "check_alarm"
END_DEFERRAL = "end_deferral"
REMIND_TO_CONFIRM = "remind_to_confirm"
CLOSE_IN_SILENCE = "close_in_silence"
CHECK_HANDOFF = "check_handoff"
CHECK_RETURN_VISIT = "check_return_visit"
CHECK_SUMMARY = "check_summary"
LOOK_FOR_WARNINGS = "look_for_warnings"

QUEUES = {
    HANDLE_UPDATE: "updates",
    DELIVER_MESSAGE: "outbox",
    FETCH_FILE: "files",
    CHECK_PROMISE: "clocks",
    CHECK_ALARM: "clocks",
    END_DEFERRAL: "clocks",
    REMIND_TO_CONFIRM: "clocks",
    CLOSE_IN_SILENCE: "clocks",
    CHECK_HANDOFF: "clocks",
    CHECK_RETURN_VISIT: "clocks",
    CHECK_SUMMARY: "clocks",
    LOOK_FOR_WARNINGS: "clocks",
}

# Never opened: every job rides on the connection of its cause.
_app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def enqueue(
    session: Session,
    task: str,
    *,
    lock: str | None = None,
    at: datetime | None = None,
    priority: int = 0,
    **arguments: Any,
) -> None:
    """Ask for a job, at once or at `at`. Jobs with the same `lock` run one at a time, in order."""
    _app.configure_task(
        task,
        allow_unknown=True,
        queue=QUEUES[task],
        lock=lock,
        schedule_at=at,
        priority=priority,
        connection=session.connection().connection.driver_connection,
    ).defer(**arguments)
