"""The audit log, as those may read it who run a project or the company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ownerdesk.model import AuditEntry, StaffMember
from ownerdesk.queries.staff import has_right, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotAllowed


@dataclass(frozen=True)
class AuditFilter:
    """What of the log is wanted; empty values want everything. `by_system` is what nobody's name stands at."""

    subject: str = ""
    staff_id: int | None = None
    by_system: bool = False
    project_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None


def check_may_read(session: Session, member: StaffMember) -> None:
    """Raises NotAllowed."""
    if not _reads_all(member) and not visible_project_ids(session, member, Right.MANAGE_STAFF):
        raise NotAllowed


def list_changes(
    session: Session, member: StaffMember, wanted: AuditFilter, *, limit: int
) -> Sequence[AuditEntry]:
    """The newest first, older than `before_id` where that is given."""
    query = _visible(session, member).order_by(AuditEntry.id.desc()).limit(limit)
    if wanted.subject:
        query = query.where(AuditEntry.subject == wanted.subject)
    if wanted.staff_id is not None:
        query = query.where(AuditEntry.staff_id == wanted.staff_id)
    if wanted.by_system:
        query = query.where(AuditEntry.staff_id.is_(None))
    if wanted.project_id is not None:
        query = query.where(AuditEntry.project_id == wanted.project_id)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    if wanted.before_id is not None:
        query = query.where(AuditEntry.id < wanted.before_id)
    return session.scalars(query).all()


def list_subjects(session: Session, member: StaffMember) -> list[str]:
    """What there are changes of, for choosing one."""
    seen = _visible(session, member).with_only_columns(AuditEntry.subject).distinct()
    return sorted(session.scalars(seen))


def list_people(session: Session, member: StaffMember) -> list[StaffMember]:
    """Who changed something, by name."""
    seen = _visible(session, member).with_only_columns(AuditEntry.staff_id)
    people = select(StaffMember).where(StaffMember.id.in_(seen)).order_by(StaffMember.name)
    return list(session.scalars(people))


def _visible(session: Session, member: StaffMember) -> Select[AuditEntry]:
    """Admins of the company read everything; who runs a project reads what is told to be about it."""
    query = select(AuditEntry)
    if _reads_all(member):
        return query
    own = visible_project_ids(session, member, Right.MANAGE_STAFF)
    return query.where(AuditEntry.project_id.in_(own))


def _reads_all(member: StaffMember) -> bool:
    return has_right(member, None, Right.ADMINISTER)
