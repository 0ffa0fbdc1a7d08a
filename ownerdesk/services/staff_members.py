"""Members of staff as a manager keeps them: who they are, their roles and skills, and that they leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ownerdesk.model import Department, StaffMember, StaffRole, StaffSession
from ownerdesk.model.staff import ROLES
from ownerdesk.queries.staff_members import count_open_work, is_administrator, list_administrators
from ownerdesk.rules.granting import may_grant
from ownerdesk.rules.imports import parse_full_phone
from ownerdesk.rules.refusals import (
    AlreadyExists,
    GrantBeyondOwn,
    InvalidField,
    LastAdmin,
    MissingText,
    StaffNotFound,
    SuccessorNeeded,
    SwitchedOff,
    TooLong,
)
from ownerdesk.services.audit import record_change
from ownerdesk.services.changes import change_row
from ownerdesk.services.logins import MAX_EMAIL, clean_email
from ownerdesk.services.staff import Role, create_staff
from ownerdesk.services.successors import hand_over_all
from ownerdesk.texts import LANGUAGES

MAX_NAME = 100
MAX_SKILLS = 30
MAX_SKILL = 40


def add_member(
    session: Session,
    *,
    name: str,
    email: str,
    phone: str,
    language: str,
    role: Role,
    by: StaffMember,
    at: datetime,
) -> StaffMember:
    """Somebody new with their first role, who cannot log in before they are invited.

    Raises MissingText, TooLong, InvalidField, AlreadyExists for the address, GrantBeyondOwn.
    """
    values = _check_person(name, phone, language)
    address = _check_email(email)
    _check_role(session, role)
    _check_grant(by, role)
    try:
        return create_staff(
            session, email=address, name=values["name"], password=None, roles=[role],
            phone=values["phone"], language=values["language"], at=at, by=by,
        )  # fmt: skip
    except IntegrityError:  # somebody entered the same address in the same moment
        raise AlreadyExists(address) from None


def _check_person(name: str, phone: str, language: str) -> dict[str, str]:
    name = name.strip()
    if not name:
        raise MissingText("name")
    if len(name) > MAX_NAME:
        raise TooLong("name", MAX_NAME)
    number = parse_full_phone(phone) if phone.strip() else ""
    if number is None:
        raise InvalidField("phone")
    if language not in LANGUAGES:
        raise InvalidField("language")
    return {"name": name, "phone": number, "language": language}


def _check_email(email: str) -> str:
    address = clean_email(email)
    local, at_sign, host = address.partition("@")
    if not (local and at_sign and host) or " " in address or len(email.strip()) > MAX_EMAIL:
        raise InvalidField("email")
    return address


def edit_member(
    session: Session,
    member: StaffMember,
    *,
    name: str,
    email: str,
    phone: str,
    language: str,
    skills: Sequence[str],
    by: StaffMember,
    at: datetime,
) -> None:
    """Raises MissingText, TooLong, InvalidField, and AlreadyExists for an address somebody else has."""
    new: dict[str, object] = {**_check_person(name, phone, language), "email": _check_email(email)}
    taken = select(StaffMember.id).where(
        StaffMember.email == new["email"], StaffMember.id != member.id
    )
    if session.scalar(taken) is not None:
        raise AlreadyExists(str(new["email"]))
    new["skills"] = _check_skills(skills)
    change_row(session, member, "staff", new, by=by, at=at)


def _check_skills(skills: Sequence[str]) -> list[str]:
    cleaned = list(dict.fromkeys(skill.strip() for skill in skills if skill.strip()))
    if len(cleaned) > MAX_SKILLS or any(len(skill) > MAX_SKILL for skill in cleaned):
        raise InvalidField("skills")
    return cleaned


def _own_roles(member: StaffMember) -> list[tuple[str, int | None]]:
    return [(role.role, role.project_id) for role in member.roles]


def _check_grant(by: StaffMember, role: Role) -> None:
    if not may_grant(_own_roles(by), role.name, role.project_id):
        raise GrantBeyondOwn


def _check_role(session: Session, role: Role) -> None:
    """An operator works in a department of the project; nobody else does."""
    if role.name not in ROLES:
        raise InvalidField("role")
    if role.name != "operator":
        if role.department_id is not None:
            raise InvalidField("department")
        return
    department = session.get(Department, role.department_id) if role.department_id else None
    if department is None or department.project_id != role.project_id:
        raise InvalidField("department")
    if not department.is_active:
        raise SwitchedOff


def give_role(
    session: Session, member: StaffMember, role: Role, *, by: StaffMember, at: datetime
) -> None:
    """One more role. Raises InvalidField, AlreadyExists, SwitchedOff, GrantBeyondOwn."""
    _check_role(session, role)
    _check_grant(by, role)
    if not member.is_active:
        raise SwitchedOff
    wanted = (role.name, role.project_id, role.department_id)
    if wanted in {(r.role, r.project_id, r.department_id) for r in member.roles}:
        raise AlreadyExists(role.name)
    row = StaffRole(role=role.name, project_id=role.project_id, department_id=role.department_id)
    member.roles.append(row)
    session.flush()
    record_change(
        session, "role.given", subject="staff", subject_id=member.id, after=asdict(role),
        staff_id=by.id, at=at,
    )  # fmt: skip


def take_role(
    session: Session, member: StaffMember, row: StaffRole, *, by: StaffMember, at: datetime
) -> None:
    """Raises GrantBeyondOwn, LastAdmin, and LastAdmin's neighbour InvalidField for the only role: whoever has nothing to
    do here is switched off instead."""
    role = Role(row.role, row.project_id, row.department_id)
    _check_grant(by, role)
    if row.role == "admin" and row.project_id is None:
        _check_not_last(session, member)
    if len(member.roles) == 1:
        raise InvalidField("role")
    member.roles.remove(row)
    session.delete(row)
    session.flush()
    record_change(
        session, "role.taken", subject="staff", subject_id=member.id, before=asdict(role),
        staff_id=by.id, at=at,
    )  # fmt: skip


def _check_not_last(session: Session, member: StaffMember) -> None:
    _lock_administrators(session)
    if not [admin for admin in list_administrators(session) if admin.id != member.id]:
        raise LastAdmin


def _lock_administrators(session: Session) -> None:
    """Two admins who take the right from each other at once wait here for each other."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("administrators"))))
    session.expire_all()


def switch_off_member(
    session: Session,
    member: StaffMember,
    *,
    successor: StaffMember | None,
    by: StaffMember,
    at: datetime,
) -> int:
    """They leave: what they answer for goes to the successor, they are logged out everywhere, and nothing new comes to
    them. Returns how many appeals went over.

    Raises GrantBeyondOwn for somebody with more rights, LastAdmin, SuccessorNeeded while something is open, and
    StaffNotFound for a successor who cannot have it all.
    """
    for row in member.roles:
        _check_grant(by, Role(row.role, row.project_id, row.department_id))
    # Before the row: whoever waits here for another holds nothing that the other needs.
    _lock_administrators(session)
    session.refresh(member, with_for_update={"key_share": True})
    if not member.is_active:
        return 0
    if is_administrator(member):
        _check_not_last(session, member)
    work = count_open_work(session, member.id)
    if work and successor is None:
        raise SuccessorNeeded(work)
    if successor is not None and (successor.id == member.id or not successor.is_active):
        raise StaffNotFound
    # First, so that nothing that is passed on comes back to them.
    change_row(session, member, "staff", {"is_active": False}, by=by, at=at, action="switched_off")
    handed = hand_over_all(session, member, successor, by=by, at=at) if successor else 0
    session.execute(delete(StaffSession).where(StaffSession.staff_id == member.id))
    session.flush()
    return handed


def switch_on_member(
    session: Session, member: StaffMember, *, by: StaffMember, at: datetime
) -> None:
    """They are back with the roles they had. Raises GrantBeyondOwn."""
    for row in member.roles:
        _check_grant(by, Role(row.role, row.project_id, row.department_id))
    change_row(session, member, "staff", {"is_active": True}, by=by, at=at, action="switched_on")
