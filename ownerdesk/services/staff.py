"""Members of staff: made, and put on duty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ownerdesk.model import DutyShift, StaffMember, StaffRole
from ownerdesk.model.staff import ROLES
from ownerdesk.rules.duty import WEEKDAYS, Shift
from ownerdesk.rules.refusals import AlreadyExists
from ownerdesk.services.audit import record_change
from ownerdesk.services.logins import clean_email
from ownerdesk.services.passwords import hash_password
from ownerdesk.texts import supported


@dataclass(frozen=True)
class Role:
    """A role to give: in one project or (None) in all, an operator's with the department."""

    name: str
    project_id: int | None = None
    department_id: int | None = None


def create_admin(
    session: Session, *, email: str, name: str, password: str, at: datetime
) -> StaffMember:
    """Somebody with every right in every project. Raises AlreadyExists, WeakPassword."""
    return create_staff(
        session, email=email, name=name, password=password, roles=[Role("admin")], at=at
    )


def create_staff(
    session: Session,
    *,
    email: str,
    name: str,
    password: str | None,
    roles: Sequence[Role],
    at: datetime,
    phone: str = "",
    language: str = "en",
    must_change_password: bool = False,
    by: StaffMember | None = None,
) -> StaffMember:
    """A member of staff; without a password they cannot log in to the console, as most operators.

    Raises AlreadyExists for an e-mail address somebody has, WeakPassword, and ValueError for a role that
    does not exist.
    """
    for role in roles:
        if role.name not in ROLES:
            raise ValueError(f"{role.name!r} is not a role")
    address = clean_email(email)
    if session.scalar(select(StaffMember.id).where(StaffMember.email == address)) is not None:
        raise AlreadyExists(address)
    member = StaffMember(
        name=name.strip(),
        email=address,
        phone=phone,
        language=supported(language),
        must_change_password=must_change_password,
        created_at=at,
        roles=[
            StaffRole(role=r.name, project_id=r.project_id, department_id=r.department_id)
            for r in roles
        ],
    )
    if password is not None:
        member.password_hash = hash_password(password, person=(member.name, address))
    session.add(member)
    session.flush()
    record_change(
        session,
        "staff.created",
        subject="staff",
        subject_id=member.id,
        after={"name": member.name, "email": address, "roles": [asdict(role) for role in roles]},
        staff_id=by.id if by else None,
        at=at,
    )
    return member


def put_on_duty(
    session: Session,
    member: StaffMember,
    project_id: int,
    shifts: Sequence[Shift],
    *,
    at: datetime,
) -> None:
    """Add the member to the weekly duty list of a project; a shift they have already is not added again."""
    known = {
        (shift.weekday, shift.starts, shift.ends)
        for shift in session.scalars(
            select(DutyShift).where(
                DutyShift.staff_id == member.id, DutyShift.project_id == project_id
            )
        )
    }
    for shift in shifts:
        if (shift.weekday, shift.starts, shift.ends) in known:
            continue
        row = DutyShift(
            project_id=project_id,
            staff_id=member.id,
            weekday=shift.weekday,
            starts=shift.starts,
            ends=shift.ends,
        )
        session.add(row)
        session.flush()
        record_change(
            session,
            "duty_shift.created",
            subject="duty_shift",
            subject_id=row.id,
            after={
                "project_id": project_id,
                "staff_id": member.id,
                "weekday": WEEKDAYS[shift.weekday],
                "starts": f"{shift.starts:%H:%M}",
                "ends": f"{shift.ends:%H:%M}",
            },
            at=at,
        )


def choose_language(session: Session, staff_id: int, language: str) -> None:
    """The language the console speaks with a member of staff."""
    session.execute(
        update(StaffMember).where(StaffMember.id == staff_id).values(language=supported(language))
    )
