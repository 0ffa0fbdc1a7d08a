"""Jobs without a worker: taken from the job table in the order of their times, each by calling the service its task
calls. A job whose name is missing here stops the simulation: somebody would wait for it in vain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.queries.alarms import get_warning_for_job
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.services import jobs as tasks
from ownerdesk.services import sweep
from ownerdesk.services.asking import end_asking
from ownerdesk.services.assignments import expire_offer, pass_on_jobs
from ownerdesk.services.closure import close_in_silence, remind_to_confirm
from ownerdesk.services.dispatch import dispatch_by_rules
from ownerdesk.services.early_warnings import look_for_warnings
from ownerdesk.services.emergencies import check_alarm
from ownerdesk.services.handoffs import check_handoff
from ownerdesk.services.handovers import expire_handover
from ownerdesk.services.incident_search import look_for_incident
from ownerdesk.services.incidents import check_incident, end_incident
from ownerdesk.services.neighbours import check_warning
from ownerdesk.services.planned_works import announce_works, end_works, remind_of_works
from ownerdesk.services.progress import end_deferral
from ownerdesk.services.return_visits import check_return_visit
from ownerdesk.services.summaries import check_summary
from ownerdesk.services.transfers import expire_transfer

Arguments = Mapping[str, Any]
Run = Callable[[Session, Arguments, datetime], object]


def _closure(work: Callable[..., None]) -> Run:
    return lambda s, a, at: work(s, get_appeal(s, a["appeal_id"]), a["event_id"], at=at)


def _works(work: Callable[..., None]) -> Run:
    return lambda s, a, at: work(s, a["incident_id"], at=at)


# The seam: one line for each job that a worker runs.
RUN: dict[str, Run] = {
    tasks.CHECK_HANDOFF: lambda s, a, at: check_handoff(s, a["handoff_id"], at=at),
    tasks.CHECK_TRANSFER: lambda s, a, at: expire_transfer(s, a["transfer_id"], at=at),
    tasks.CHECK_HANDOVER: lambda s, a, at: expire_handover(s, a["handover_id"], at=at),
    tasks.CHECK_OFFER: lambda s, a, at: expire_offer(s, a["assignment_id"], at=at),
    tasks.SKIP_BLOCKED_CHAT: lambda s, a, at: pass_on_jobs(s, a["conversation_id"], at=at),
    tasks.DISPATCH_BY_RULES: lambda s, a, at: dispatch_by_rules(
        s, get_appeal(s, a["appeal_id"]), at=at
    ),
    tasks.CHECK_ALARM: lambda s, a, at: check_alarm(s, get_appeal(s, a["appeal_id"]), at=at),
    tasks.CHECK_WARNING: lambda s, a, at: check_warning(
        s, get_warning_for_job(s, a["warning_id"]), at=at
    ),
    tasks.END_DEFERRAL: lambda s, a, at: end_deferral(s, get_appeal(s, a["appeal_id"]), at=at),
    tasks.END_ASKING: lambda s, a, at: end_asking(
        s, get_appeal(s, a["appeal_id"]), a["asked_at"], at=at
    ),
    tasks.REMIND_TO_CONFIRM: _closure(remind_to_confirm),
    tasks.CLOSE_IN_SILENCE: _closure(close_in_silence),
    tasks.LOOK_FOR_INCIDENT: lambda s, a, at: look_for_incident(s, a["appeal_id"], encode, at=at),
    tasks.CHECK_INCIDENT: lambda s, a, at: check_incident(
        s, a["incident_id"], due_at=datetime.fromisoformat(a["due_at"]), slips=a["slips"], at=at
    ),
    tasks.END_INCIDENT: _works(end_incident),
    tasks.ANNOUNCE_WORKS: _works(announce_works),
    tasks.REMIND_OF_WORKS: _works(remind_of_works),
    tasks.END_WORKS: _works(end_works),
    tasks.CHECK_RETURN_VISIT: lambda s, a, at: check_return_visit(s, a["visit_id"], at=at),
    tasks.CHECK_SUMMARY: lambda s, a, at: check_summary(
        s, get_appeal(s, a["appeal_id"]), a["closure"], at=at
    ),
    tasks.LOOK_FOR_WARNINGS: lambda s, a, at: look_for_warnings(s, at=at),
    # Nothing is to be learnt of made-up messages.
    tasks.COLLECT_MESSAGE: lambda s, a, at: None,
}

# Done by the simulation itself: a message counts as delivered when its time has come.
ITSELF = frozenset({tasks.DELIVER_MESSAGE})
# Nothing here has files or lists, no update comes from Telegram, no earlier version has left promises as jobs, and no
# model is made.
NEVER = frozenset(
    {
        tasks.FETCH_FILE, tasks.FORGET_UPLOADS, tasks.HANDLE_UPDATE, tasks.CHECK_PROMISE,
        tasks.CHECK_IMPORT, tasks.APPLY_IMPORT, tasks.FORGET_IMPORT,
        tasks.CHECK_DATA, tasks.TRAIN_MODEL, tasks.PUT_INTO_SERVICE, tasks.WATCH_MODEL,
        tasks.READ_IN_SHADOW, tasks.REPORT_ON_MODEL, tasks.LOOK_FOR_DRIFT,
    }
)  # fmt: skip


@dataclass(frozen=True)
class DueJob:
    """A job whose time has come; `due_at` is None for one that was wanted at once."""

    id: int
    name: str
    arguments: Arguments
    due_at: datetime | None


def prepare(session: Session) -> None:
    """Finding what is due next is asked after every event."""
    session.execute(
        text(
            "CREATE INDEX IF NOT EXISTS ix_simulation_due ON procrastinate_jobs (scheduled_at, id)"
        )
    )


def find_next(session: Session, until: datetime) -> DueJob | None:
    """The next job that is due by then, in order of time; what is wanted at once comes first."""
    row = session.execute(
        text(
            "SELECT id, task_name, args, scheduled_at FROM procrastinate_jobs"
            " WHERE task_name <> ALL(:itself) AND (scheduled_at IS NULL OR scheduled_at <= :until)"
            " ORDER BY scheduled_at NULLS FIRST, id LIMIT 1"
        ),
        {"itself": list(ITSELF), "until": until},
    ).one_or_none()
    return DueJob(row.id, row.task_name, row.args, row.scheduled_at) if row else None


def run(session: Session, job: DueJob, at: datetime) -> None:
    """Do it and take it off the table, in one transaction, as a worker does in effect."""
    RUN[job.name](session, job.arguments, at)
    session.execute(text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": job.id})


def find_next_sweep(session: Session) -> datetime | None:
    """When the next promise has to be looked at: the worker, who looks every two seconds, finds it then."""
    found: datetime | None = session.scalar(
        text(
            "SELECT min(look_at) FROM running_promises WHERE stopped_at IS NULL AND kind = ANY(:kinds)"
        ),
        {"kinds": list(sweep.LOOKED_AT)},
    )
    return found


def sweep_promises(session: Session, at: datetime) -> None:
    """As often as there are more, as the worker does. What cannot be handled is put off by the sweep itself, and
    then found as a promise that passes in silence."""
    while sweep.sweep_promises(session, at=at) == sweep.BATCH:
        pass


def find_next_delivery(session: Session) -> datetime | None:
    """When the first message that waits for the morning goes out."""
    found: datetime | None = session.scalar(
        text(
            "SELECT min(scheduled_at) FROM procrastinate_jobs"
            " WHERE task_name = :name AND scheduled_at IS NOT NULL"
        ),
        {"name": tasks.DELIVER_MESSAGE},
    )
    return found


def deliver(session: Session, at: datetime) -> list[int]:
    """Everything in the outbox that may go out by now counts as delivered. Returns new messages, in order."""
    ids = session.scalars(
        text(
            "DELETE FROM procrastinate_jobs WHERE task_name = :name"
            " AND (scheduled_at IS NULL OR scheduled_at <= :at)"
            " RETURNING CAST(args ->> 'message_id' AS bigint)"
        ),
        {"name": tasks.DELIVER_MESSAGE, "at": at},
    ).all()
    if not ids:
        return []
    fresh = session.scalars(
        text("SELECT id FROM messages WHERE id = ANY(:ids) AND sent_revision = 0 ORDER BY id"),
        {"ids": list(ids)},
    ).all()
    session.execute(
        text(
            "UPDATE messages SET state = 'sent', sent_revision = revision,"
            " sent_at = coalesce(sent_at, :at), telegram_message_id = coalesce(telegram_message_id, id)"
            " WHERE id = ANY(:ids)"
        ),
        {"ids": list(ids), "at": at},
    )
    return [int(i) for i in fresh]
