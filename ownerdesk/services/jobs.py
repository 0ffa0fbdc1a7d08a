"""Jobs, enqueued in the transaction that causes them.

Tasks are named here and written in the parts that run them (`bot` handles updates, `worker` everything else),
so that a service can ask for work without knowing who does it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import procrastinate
from sqlalchemy.orm import Session

from ownerdesk.services.holding import find_hold

HANDLE_UPDATE = "handle_update"
DELIVER_MESSAGE = "deliver_message"
FETCH_FILE = "fetch_file"
CHECK_PROMISE = "check_promise"  # of earlier versions; now promises are swept
CHECK_ALARM = "check_alarm"
END_DEFERRAL = "end_deferral"
END_ASKING = "end_asking"
REMIND_TO_CONFIRM = "remind_to_confirm"
CLOSE_IN_SILENCE = "close_in_silence"
CHECK_HANDOFF = "check_handoff"
CHECK_TRANSFER = "check_transfer"
FORGET_UPLOADS = "forget_uploads"
CHECK_WARNING = "check_warning"
CHECK_OFFER = "check_offer"
CHECK_HANDOVER = "check_handover"
DISPATCH_BY_RULES = "dispatch_by_rules"
SKIP_BLOCKED_CHAT = "skip_blocked_chat"
LOOK_FOR_INCIDENT = "look_for_incident"
CHECK_INCIDENT = "check_incident"
END_INCIDENT = "end_incident"
ANNOUNCE_WORKS = "announce_works"
REMIND_OF_WORKS = "remind_of_works"
END_WORKS = "end_works"
CHECK_RETURN_VISIT = "check_return_visit"
CHECK_SUMMARY = "check_summary"
LOOK_FOR_WARNINGS = "look_for_warnings"
CHECK_IMPORT = "check_import"
APPLY_IMPORT = "apply_import"
FORGET_IMPORT = "forget_import"
COLLECT_MESSAGE = "collect_message"
CHECK_DATA = "check_data"
TRAIN_MODEL = "train_model"
PUT_INTO_SERVICE = "put_into_service"
WATCH_MODEL = "watch_model"
READ_IN_SHADOW = "read_in_shadow"
REPORT_ON_MODEL = "report_on_model"
LOOK_FOR_DRIFT = "look_for_drift"

QUEUES = {
    HANDLE_UPDATE: "updates",
    DELIVER_MESSAGE: "outbox",
    FETCH_FILE: "files",
    CHECK_PROMISE: "clocks",
    CHECK_ALARM: "clocks",
    END_DEFERRAL: "clocks",
    END_ASKING: "clocks",
    REMIND_TO_CONFIRM: "clocks",
    CLOSE_IN_SILENCE: "clocks",
    CHECK_HANDOFF: "clocks",
    CHECK_TRANSFER: "clocks",
    FORGET_UPLOADS: "files",
    CHECK_WARNING: "clocks",
    CHECK_OFFER: "clocks",
    CHECK_HANDOVER: "clocks",
    DISPATCH_BY_RULES: "clocks",
    SKIP_BLOCKED_CHAT: "clocks",
    LOOK_FOR_INCIDENT: "incidents",
    CHECK_INCIDENT: "incidents",
    END_INCIDENT: "incidents",
    ANNOUNCE_WORKS: "incidents",
    REMIND_OF_WORKS: "incidents",
    END_WORKS: "incidents",
    CHECK_RETURN_VISIT: "clocks",
    CHECK_SUMMARY: "clocks",
    LOOK_FOR_WARNINGS: "clocks",
    CHECK_IMPORT: "imports",
    APPLY_IMPORT: "imports",
    FORGET_IMPORT: "imports",
    COLLECT_MESSAGE: "labelling",
    CHECK_DATA: "training",
    TRAIN_MODEL: "training",
    PUT_INTO_SERVICE: "models",
    WATCH_MODEL: "models",
    READ_IN_SHADOW: "training",
    REPORT_ON_MODEL: "training",
    LOOK_FOR_DRIFT: "clocks",
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
    job_id = _app.configure_task(
        task,
        allow_unknown=True,
        queue=QUEUES[task],
        lock=lock,
        schedule_at=at,
        priority=priority,
        connection=session.connection().connection.driver_connection,
    ).defer(**arguments)
    hold = find_hold(session)
    if hold is not None:
        hold.jobs.append(job_id)
