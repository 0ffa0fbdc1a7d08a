"""Undo: an action of staff is taken back by whoever did it, as long as nobody has been told.

What an action did is found by comparing the rows of its appeals before and after, so that no action needs an inverse of
its own. Taking it back puts the old values back, takes the new rows and the waiting messages away, and marks its facts as
undone. Any row that has changed since, or a message on its way, refuses it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealEvent, HeldAction, StaffMember
from ownerdesk.rules.appeal_events import changes_the_picture
from ownerdesk.rules.refusals import NotFound, Refusal
from ownerdesk.services.events import Actor, record
from ownerdesk.services.holding import Hold
from ownerdesk.services.jobs import DELIVER_MESSAGE, LOOK_FOR_INCIDENT, enqueue
from ownerdesk.services.live import announce

# In the order in which new rows can be taken away: what refers to others first.
TABLES = (
    "incident_followers", "apologies", "handovers", "remedy_grants", "appeal_links", "corrections",
    "assignments", "notices", "return_visits", "promises", "messages", "conversations", "appeals",
)  # fmt: skip
NEVER_COMPARED = ("vector", "words", "search", "version")

Image = dict[tuple[str, int], dict[str, Any]]


class NothingToUndo(NotFound):
    """No such action of this person on this appeal."""


class AlreadyTold(Refusal):
    """A message of the action has gone out, or is going out now."""


class MovedOn(Refusal):
    """Something else has happened since, which rests on the action."""


@dataclass(frozen=True)
class Watch:
    """The rows of some appeals as they were, and their latest fact."""

    appeal_ids: Sequence[int]
    before: Image
    event_id: int


def watch(session: Session, appeal_ids: Sequence[int]) -> Watch:
    """Before the action. What was merged into the appeals, and their chats, is watched with them."""
    session.flush()
    family = session.scalars(
        select(Appeal.id).where(
            or_(Appeal.id.in_(appeal_ids), Appeal.merged_into_id.in_(appeal_ids))
        )
    ).all()
    return Watch(family, _photograph(session, family), _latest_event(session))


def keep(
    session: Session,
    watched: Watch,
    hold: Hold,
    appeal: Appeal,
    *,
    action: str,
    by: StaffMember,
    at: datetime,
) -> HeldAction | None:
    """After the action: what it did, for as long as it can be undone. None where it did nothing, or where something
    had to be said at once."""
    session.flush()
    after = _photograph(session, watched.appeal_ids)
    rows = _compare(watched.before, after)
    events = session.scalars(
        select(AppealEvent.id).where(
            AppealEvent.appeal_id.in_(watched.appeal_ids), AppealEvent.id > watched.event_id
        )
    ).all()
    if hold.is_broken or not rows:
        return None
    held = HeldAction(
        appeal_id=appeal.id,
        staff_id=by.id,
        action=action,
        at=at,
        until=hold.until,
        changes={
            "appeals": list(watched.appeal_ids),
            "rows": rows,
            "events": list(events),
            "jobs": hold.jobs,
        },
    )
    session.add(held)
    session.flush()
    return held


def find_undoable(
    session: Session, appeal_id: int, *, by: StaffMember, at: datetime
) -> HeldAction | None:
    """The latest action of this person on the appeal, while its messages wait."""
    held = session.scalar(
        select(HeldAction)
        .where(HeldAction.appeal_id == appeal_id)
        .order_by(HeldAction.id.desc())
        .limit(1)
    )
    if held is None or held.staff_id != by.id or held.undone_at is not None or held.until <= at:
        return None
    return held


def undo(
    session: Session, appeal: Appeal, held_id: int, *, by: StaffMember, at: datetime
) -> HeldAction:
    """Take it back. The appeal is locked by the caller. Undone twice it is undone once. Raises NothingToUndo,
    AlreadyTold, MovedOn."""
    held = session.get(HeldAction, held_id, with_for_update=True)
    if held is None or held.appeal_id != appeal.id or held.staff_id != by.id:
        raise NothingToUndo
    if held.undone_at is not None:
        return held
    changes = held.changes
    _check_nobody_was_told(session, changes["jobs"])
    _check_nothing_since(session, changes)
    _drop_jobs(session, changes["jobs"])
    _put_back(session, changes["rows"])
    session.execute(
        update(AppealEvent).where(AppealEvent.id.in_(changes["events"])).values(undone_at=at)
    )
    held.undone_at = at
    session.flush()
    session.expire_all()
    for appeal_id in changes["appeals"]:
        told = session.get_one(Appeal, appeal_id)
        if appeal_id == appeal.id:
            record(
                session, told, "action.undone", actor=Actor.staff(by.id), at=at, action=held.action
            )
        announce(session, "appeal", appeal=appeal_id, project=told.project_id)
    if (
        held.action == "correct"
    ):  # what was looked for under the new category is looked for under the old
        enqueue(session, LOOK_FOR_INCIDENT, appeal_id=appeal.id)
    session.flush()
    return held


def _latest_event(session: Session) -> int:
    return session.scalar(select(func.max(AppealEvent.id))) or 0


def _photograph(session: Session, appeal_ids: Sequence[int]) -> Image:
    """Every row that belongs to the appeals, as JSON; messages are those that go out."""
    found: Image = {}
    for table in TABLES:
        where = "appeal_id = any(:ids)"
        if table == "appeals":
            where = "id = any(:ids)"
        elif table == "messages":
            where += " and direction = 'out'"
        elif table == "appeal_links":
            where += " or other_id = any(:ids)"
        elif table == "conversations":
            where = "id in (select conversation_id from appeals where id = any(:ids))"
        rows = session.execute(
            text(f"select id, to_jsonb(t) from {table} t where {where}"),  # noqa: S608 - names of ours
            {"ids": list(appeal_ids)},
        )
        for row_id, values in rows:
            for name in NEVER_COMPARED:
                values.pop(name, None)
            found[table, row_id] = values
    return found


def _compare(before: Image, after: Image) -> list[dict[str, Any]]:
    """What was made or changed, with only the columns that differ. Nothing that an action does takes rows away."""
    rows = []
    for (table, row_id), now in after.items():
        was = before.get((table, row_id))
        if was is None:
            rows.append({"table": table, "id": row_id, "before": None, "after": now})
            continue
        names = [name for name in now if now[name] != was.get(name)]
        if names:
            rows.append(
                {
                    "table": table,
                    "id": row_id,
                    "before": {name: was[name] for name in names},
                    "after": {name: now[name] for name in names},
                }
            )
    return rows


def _check_nobody_was_told(session: Session, job_ids: list[int]) -> None:
    """A job that delivers is gone once it is done, and `doing` while it runs; locked here, none can begin."""
    waiting = session.execute(
        text(
            "select id, task_name, status from procrastinate_jobs where id = any(:ids) for update"
        ),
        {"ids": job_ids},
    ).all()
    if any(row.task_name == DELIVER_MESSAGE and row.status != "todo" for row in waiting):
        raise AlreadyTold


def _check_nothing_since(session: Session, changes: dict[str, Any]) -> None:
    """Every row must be as the action left it, and no later fact may rest on it."""
    for row in changes["rows"]:
        now = session.scalar(
            text(f"select to_jsonb(t) from {row['table']} t where id = :id for update"),  # noqa: S608
            {"id": row["id"]},
        )
        if now is None:
            raise MovedOn
        changed = {name for name, value in row["after"].items() if now.get(name) != value}
        if row["table"] == "messages" and changed & {"state", "sent_at", "sent_revision"}:
            raise AlreadyTold
        if changed:
            raise MovedOn
    later = session.scalars(
        select(AppealEvent.name).where(
            AppealEvent.appeal_id.in_(changes["appeals"]),
            AppealEvent.id > max(changes["events"], default=0),
            AppealEvent.undone_at.is_(None),
        )
    )
    if any(changes_the_picture(name) for name in later):
        raise MovedOn


def _drop_jobs(session: Session, job_ids: list[int]) -> None:
    for job_id in job_ids:
        session.execute(
            text("select procrastinate_cancel_job_v1(:id, false, true)"), {"id": job_id}
        )


def _put_back(session: Session, rows: list[dict[str, Any]]) -> None:
    """New rows go before old values come back, where a unique key would be in the way; messages go last, which an
    appeal may point to."""
    made = [row for row in rows if row["before"] is None]
    made.sort(key=lambda row: (TABLES.index(row["table"]), -row["id"]))
    for row in made:
        if row["table"] != "messages":
            _delete(session, row)
    for row in rows:
        if row["before"]:
            _restore(session, row)
    for row in made:
        if row["table"] == "messages":
            _delete(session, row)


def _delete(session: Session, row: dict[str, Any]) -> None:
    statement = text(f"delete from {row['table']} where id = :id")  # noqa: S608 - names of ours
    session.execute(statement, {"id": row["id"]})


def _restore(session: Session, row: dict[str, Any]) -> None:
    """PostgreSQL reads the values back as it wrote them."""
    table, names = row["table"], list(row["before"])
    sets = ", ".join(f'"{name}" = was."{name}"' for name in names)
    if table == "appeals":
        sets += ", version = t.version + 1"
    statement = text(
        f"update {table} t set {sets}"  # noqa: S608 - names of ours
        f" from jsonb_populate_record(null::{table}, cast(:was as jsonb)) was where t.id = :id"
    )
    session.execute(statement, {"was": json.dumps(row["before"]), "id": row["id"]})
