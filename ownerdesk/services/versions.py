"""From draft to service and back: what emergency phrases and texts of the bot have in common.

Whoever calls checks the right first. Everything here waits its turn: two who press at once come one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import StaffMember
from ownerdesk.queries.versions import Line, V, find_in_service
from ownerdesk.rules.refusals import ChangedMeanwhile, VersionNotFound
from ownerdesk.services.audit import record_change

# What the audit log says of going from one version, or what is shipped, to another.
Describe = Callable[[V | None, V | None], tuple[Mapping[str, Any], Mapping[str, Any]]]


def take_turn(session: Session, line: Line[V]) -> None:
    key = ":".join([line.subject, *map(str, line.within.values())])
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def open_draft(session: Session, line: Line[V], begin: Callable[[V | None], V]) -> V:
    """The draft to be changed; where there is none, the one that `begin` makes of what is in service."""
    take_turn(session, line)
    draft = _find_draft_to_change(session, line)
    if draft is None:
        draft = begin(find_in_service(session, line))
        session.add(draft)
        session.flush()
    return draft


def lock_draft(session: Session, line: Line[V], *, seen: str | None = None) -> V:
    """The draft, as the person saw it. Raises VersionNotFound (somebody was quicker) and ChangedMeanwhile."""
    take_turn(session, line)
    draft = _find_draft_to_change(session, line)
    if draft is None:
        raise VersionNotFound
    if seen is not None and seen != draft.seen_as:
        raise ChangedMeanwhile
    return draft


def _find_draft_to_change(session: Session, line: Line[V]) -> V | None:
    """Who waited for the row finds it only if it is a draft still."""
    query = line.of_state("draft").with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def discard_draft(
    session: Session, line: Line[V], describe: Describe[V], *, by: StaffMember, at: datetime
) -> None:
    """Raises VersionNotFound where there is none."""
    draft = lock_draft(session, line)
    before, _ = describe(draft, find_in_service(session, line))
    record_change(
        session, f"{line.subject}.discarded", subject=line.subject, subject_id=draft.id, at=at,
        staff_id=by.id, project_id=line.within.get("project_id"), before=before,
    )  # fmt: skip
    session.delete(draft)
    session.flush()


def put_into_service(
    session: Session,
    line: Line[V],
    wanted: V,
    describe: Describe[V],
    *,
    how: str = "put",
    reason: str = "",
    by: StaffMember,
    at: datetime,
) -> None:
    """It counts from the next transaction of every process on. `how` ends the name of the fact in the audit log."""
    current = find_in_service(session, line)
    before, after = describe(current, wanted)
    if current is not None:
        current.state = "past"
        session.flush()  # one is in service at a time
    wanted.state, wanted.put_by_id, wanted.put_at, wanted.reason = "in_service", by.id, at, reason
    session.flush()
    record_change(
        session, f"{line.subject}.{how}", subject=line.subject, subject_id=wanted.id, at=at,
        staff_id=by.id, project_id=line.within.get("project_id"), before=before,
        after={**after, "reason": reason} if reason else after,
    )  # fmt: skip


def put_back(
    session: Session,
    line: Line[V],
    again: Callable[[], V],
    describe: Describe[V],
    *,
    seen: int | None,
    by: StaffMember,
    at: datetime,
) -> V:
    """What was in service before, or is shipped, as a version of its own that `again` makes. `seen` is the version that
    the person saw in service. Raises ChangedMeanwhile, and what `again` raises."""
    take_turn(session, line)
    current = find_in_service(session, line)
    if (current.id if current is not None else None) != seen:
        raise ChangedMeanwhile
    version = again()
    version.state = "past"
    session.add(version)
    session.flush()
    put_into_service(session, line, version, describe, how="rolled_back", by=by, at=at)
    return version
