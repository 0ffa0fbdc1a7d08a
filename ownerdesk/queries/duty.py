"""The duty list: who is on duty when, with what differs on dates."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import DutyException, DutyShift, Project, StaffMember
from ownerdesk.rules.duty import Absence, ExtraShift, Shift, Span, is_on_duty, list_spans


@dataclass
class Duty:
    """What one person has in a project: weekly shifts, absences, and extra shifts, as rows."""

    member: StaffMember
    shifts: list[DutyShift] = field(default_factory=list)
    absences: list[DutyException] = field(default_factory=list)
    extras: list[DutyException] = field(default_factory=list)

    @property
    def rules(self) -> tuple[list[Shift], list[Absence], list[ExtraShift]]:
        return (
            [Shift(s.weekday, s.starts, s.ends) for s in self.shifts],
            [Absence(e.first_day, e.last_day) for e in self.absences],
            [
                ExtraShift(e.first_day, e.starts, e.ends)
                for e in self.extras
                if e.starts is not None and e.ends is not None
            ],
        )

    def is_absent(self, day: date) -> bool:
        return any(e.first_day <= day <= e.last_day for e in self.absences)

    def list_spans(self, first_day: date, days: int) -> list[Span]:
        return list_spans(first_day, days, *self.rules)


def list_duties(
    session: Session, project_id: int, first_day: date, last_day: date
) -> dict[int, Duty]:
    """Everybody active who has a shift in the project, weekly or on one of the days, by id."""
    duties: dict[int, Duty] = {}
    shifts = session.execute(
        select(DutyShift, StaffMember)
        .join(StaffMember, StaffMember.id == DutyShift.staff_id)
        .where(DutyShift.project_id == project_id, StaffMember.is_active)
        .order_by(StaffMember.name, StaffMember.id, DutyShift.weekday, DutyShift.starts)
    )
    for shift, member in shifts:
        duties.setdefault(member.id, Duty(member)).shifts.append(shift)
    exceptions = session.execute(
        select(DutyException, StaffMember)
        .join(StaffMember, StaffMember.id == DutyException.staff_id)
        .where(
            or_(DutyException.project_id == project_id, DutyException.project_id.is_(None)),
            DutyException.first_day <= last_day,
            DutyException.last_day >= first_day,
            StaffMember.is_active,
        )
        .order_by(DutyException.first_day, DutyException.starts, DutyException.id)
    )
    for exception, member in exceptions:
        if exception.kind == "extra":
            duties.setdefault(member.id, Duty(member)).extras.append(exception)
        elif member.id in duties:
            duties[member.id].absences.append(exception)
    return duties


def list_present(session: Session, project: Project, at: datetime) -> list[StaffMember]:
    """Everybody on duty in the project at a moment, whatever their role, by name."""
    local = at.astimezone(ZoneInfo(project.timezone))
    # A shift that began yesterday may still run.
    duties = list_duties(session, project.id, local.date() - timedelta(days=1), local.date())
    return [duty.member for duty in duties.values() if is_on_duty(local, *duty.rules)]


def list_week(duties: Iterable[Duty], monday: date, among: Collection[int]) -> list[Span]:
    """All that the named people cover of a week, the night before it included."""
    return [
        span
        for duty in duties
        if duty.member.id in among
        for span in duty.list_spans(monday - timedelta(days=1), 8)
    ]
