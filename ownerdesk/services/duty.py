"""The duty list as a project's management keeps it: weekly shifts, absences, extra shifts of one date, and swaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import DutyException, DutyShift, Project, StaffMember
from ownerdesk.queries.staff import has_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import AlreadyExists, InvalidField, StaffNotFound
from ownerdesk.services.changes import add_row, delete_row

MAX_REASON = 200
LONGEST_ABSENCE_DAYS = 400


def _check_works_here(project: Project, member: StaffMember) -> None:
    if not member.is_active or not has_right(member, project.id, Right.SEE_APPEALS):
        raise StaffNotFound


def add_shifts(
    session: Session,
    project: Project,
    member: StaffMember,
    *,
    weekdays: Sequence[int],
    starts: time,
    ends: time,
    by: StaffMember,
    at: datetime,
) -> None:
    """One a weekday; what the member has already is not added again. Raises InvalidField for no weekday, and
    StaffNotFound for somebody who does not work in the project."""
    _check_works_here(project, member)
    if not weekdays or not set(weekdays) <= set(range(7)):
        raise InvalidField("weekdays")
    for weekday in sorted(set(weekdays)):
        same = select(DutyShift.id).where(
            DutyShift.project_id == project.id, DutyShift.staff_id == member.id,
            DutyShift.weekday == weekday, DutyShift.starts == starts, DutyShift.ends == ends,
        )  # fmt: skip
        if session.scalar(same.limit(1)) is None:
            row = DutyShift(
                project_id=project.id, staff_id=member.id, weekday=weekday, starts=starts, ends=ends
            )
            add_row(session, row, "duty_shift", by=by, at=at)


def remove_shift(session: Session, shift: DutyShift, *, by: StaffMember, at: datetime) -> None:
    """From every week on; what was done in it stays done."""
    delete_row(session, shift, "duty_shift", by=by, at=at)


def add_absence(
    session: Session,
    member: StaffMember,
    *,
    first_day: date,
    last_day: date,
    reason: str,
    by: StaffMember,
    at: datetime,
) -> DutyException:
    """Days on which none of the member's shifts begins, in any project. Raises InvalidField for an end before the start,
    and for more than a year."""
    if not 0 <= (last_day - first_day).days <= LONGEST_ABSENCE_DAYS:
        raise InvalidField("last_day")
    row = DutyException(
        staff_id=member.id, kind="absent", first_day=first_day, last_day=last_day,
        reason=reason.strip()[:MAX_REASON],
    )  # fmt: skip
    add_row(session, row, "duty_exception", by=by, at=at)
    return row


def add_extra_shift(
    session: Session,
    project: Project,
    member: StaffMember,
    *,
    day: date,
    starts: time,
    ends: time,
    reason: str,
    by: StaffMember,
    at: datetime,
) -> DutyException:
    """Somebody comes in on one date. Raises StaffNotFound, AlreadyExists for one that is there."""
    _check_works_here(project, member)
    same = select(DutyException.id).where(
        DutyException.staff_id == member.id, DutyException.kind == "extra",
        DutyException.project_id == project.id, DutyException.first_day == day,
        DutyException.starts == starts, DutyException.ends == ends,
    )  # fmt: skip
    if session.scalar(same.limit(1)) is not None:
        raise AlreadyExists(day.isoformat())
    row = DutyException(
        staff_id=member.id, kind="extra", project_id=project.id, first_day=day, last_day=day,
        starts=starts, ends=ends, reason=reason.strip()[:MAX_REASON],
    )  # fmt: skip
    add_row(session, row, "duty_exception", by=by, at=at)
    return row


def swap_shift(
    session: Session,
    project: Project,
    shift: DutyShift,
    other: StaffMember,
    *,
    day: date,
    reason: str,
    by: StaffMember,
    at: datetime,
) -> None:
    """For one date the other has the shift. Whoever had it is absent that day; what else they have on it in this or
    another project comes back to them as extra shifts. Raises InvalidField for a day the shift does not begin on,
    StaffNotFound, and AlreadyExists for a swap that was made."""
    if day.weekday() != shift.weekday:
        raise InvalidField("day")
    if other.id == shift.staff_id:
        raise StaffNotFound
    giver = session.get_one(StaffMember, shift.staff_id)
    add_extra_shift(
        session, project, other, day=day, starts=shift.starts, ends=shift.ends, reason=reason,
        by=by, at=at,
    )  # fmt: skip
    was_absent = session.scalar(
        select(DutyException.id).where(
            DutyException.staff_id == giver.id, DutyException.kind == "absent",
            DutyException.first_day <= day, DutyException.last_day >= day,
        ).limit(1)
    )  # fmt: skip
    if was_absent is not None:
        return
    add_absence(session, giver, first_day=day, last_day=day, reason=reason, by=by, at=at)
    rest = session.scalars(
        select(DutyShift).where(
            DutyShift.staff_id == giver.id, DutyShift.weekday == shift.weekday,
            DutyShift.id != shift.id,
        )
    ).all()  # fmt: skip
    for kept in rest:
        where = session.get_one(Project, kept.project_id)
        add_extra_shift(
            session, where, giver, day=day, starts=kept.starts, ends=kept.ends, reason=reason,
            by=by, at=at,
        )  # fmt: skip


def remove_exception(
    session: Session, exception: DutyException, *, by: StaffMember, at: datetime
) -> None:
    """The weekly list holds again."""
    delete_row(session, exception, "duty_exception", by=by, at=at)
