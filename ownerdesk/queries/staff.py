"""Who works here: on duty, in a department, with which rights."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime

from sqlalchemy import event, func, or_, select
from sqlalchemy.orm import Session, selectinload

from ownerdesk.model import (
    Appeal,
    Conversation,
    Department,
    DutyShift,
    Project,
    StaffMember,
    StaffRole,
)
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.duty import list_present
from ownerdesk.rules.access import RIGHTS, Right
from ownerdesk.rules.refusals import NotAllowed, StaffNotFound

_ALL_PROJECTS = "all_project_ids"
RECEIVING_ROLES = ("agent", "manager", "project_manager")
SUPERVISING_ROLES = ("manager", "project_manager", "admin")


def get_staff_member(session: Session, staff_id: int) -> StaffMember:
    """Raises StaffNotFound."""
    member = session.get(StaffMember, staff_id)
    if member is None or not member.is_active:
        raise StaffNotFound
    return member


def get_member_of_chat(session: Session, telegram_user_id: int) -> StaffMember:
    """The member of staff who linked this Telegram account. Raises StaffNotFound, as for one who has left."""
    member = session.scalar(
        select(StaffMember)
        .join(Conversation, Conversation.staff_id == StaffMember.id)
        .where(Conversation.telegram_user_id == telegram_user_id, StaffMember.is_active)
    )
    if member is None:
        raise StaffNotFound
    return member


def list_on_duty(session: Session, project: Project, at: datetime) -> list[StaffMember]:
    """Those who receive appeals and are on duty now, the least loaded first."""
    receiving = set(list_receiving(session, project.id))
    present = {m.id: m for m in list_present(session, project, at) if m.id in receiving}
    load = count_open_appeals(session, list(present))
    return sorted(present.values(), key=lambda member: (load.get(member.id, 0), member.id))


def list_receiving(session: Session, project_id: int) -> list[int]:
    """The ids of those who receive appeals of a project when they are on duty."""
    return list(
        session.scalars(
            select(StaffRole.staff_id)
            .join(StaffMember, StaffMember.id == StaffRole.staff_id)
            .where(
                StaffMember.is_active,
                StaffRole.role.in_(RECEIVING_ROLES),
                or_(StaffRole.project_id == project_id, StaffRole.project_id.is_(None)),
            )
            .distinct()
        )
    )


def list_operators_on_duty(
    session: Session, department: Department, at: datetime
) -> list[StaffMember]:
    """The operators of a department who are on duty now, by id."""
    project = session.get_one(Project, department.project_id)
    operators = {member.id for member in list_operators(session, department.id)}
    present = [m for m in list_present(session, project, at) if m.id in operators]
    return sorted(present, key=lambda member: member.id)


def list_supervisors(session: Session, project: Project) -> list[StaffMember]:
    """Managers of the project, nearest first: whoever must hear when nobody else acts."""
    rows = session.execute(
        select(StaffMember, StaffRole.role, StaffRole.project_id)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(
            StaffMember.is_active,
            StaffRole.role.in_(SUPERVISING_ROLES),
            or_(StaffRole.project_id == project.id, StaffRole.project_id.is_(None)),
        )
    ).all()
    ranked = sorted(
        rows, key=lambda row: (SUPERVISING_ROLES.index(row.role), row.project_id is None, row[0].id)
    )
    return list(dict.fromkeys(row[0] for row in ranked))


def count_open_appeals(session: Session, staff_ids: list[int]) -> dict[int, int]:
    """Open appeals by responsible person."""
    rows = session.execute(
        select(Appeal.responsible_id, func.count())
        .where(Appeal.responsible_id.in_(staff_ids), Appeal.state.in_(OPEN_STATES))
        .group_by(Appeal.responsible_id)
    )
    return {staff_id: count for staff_id, count in rows if staff_id is not None}


def find_department_for(session: Session, project_id: int, category: str) -> Department | None:
    """The department that gets a category; the one that lists `other` takes what nobody else does."""
    departments = session.scalars(
        select(Department)
        .where(Department.project_id == project_id, Department.is_active)
        .order_by(Department.id)
    ).all()
    for wanted in (category, "other"):
        for department in departments:
            if wanted in department.categories:
                return department
    return departments[0] if departments else None


def find_department_by_code(session: Session, project_id: int, code: str) -> Department | None:
    """One that work can be sent to."""
    return session.scalar(
        select(Department).where(
            Department.project_id == project_id, Department.code == code, Department.is_active
        )
    )


def list_departments(session: Session, project_id: int) -> list[Department]:
    """Those that work can be sent to, by code."""
    return list(
        session.scalars(
            select(Department)
            .where(Department.project_id == project_id, Department.is_active)
            .order_by(Department.code)
        )
    )


def list_departments_of(session: Session, project_ids: Sequence[int]) -> list[Department]:
    """The departments of several projects, by project and code."""
    return list(
        session.scalars(
            select(Department)
            .where(Department.project_id.in_(project_ids))
            .order_by(Department.project_id, Department.code)
        )
    )


def list_colleagues(session: Session, project_ids: Sequence[int]) -> list[StaffMember]:
    """Everybody who works in one of the projects, or in all, by name; those who left are not among them."""
    works = (
        select(StaffRole.staff_id)
        .where(or_(StaffRole.project_id.in_(project_ids), StaffRole.project_id.is_(None)))
        .scalar_subquery()
    )
    return list(
        session.scalars(
            select(StaffMember)
            .where(StaffMember.is_active, StaffMember.id.in_(works))
            .order_by(StaffMember.name, StaffMember.id)
        )
    )


def read_staff_names(session: Session, ids: Set[int]) -> dict[int, str]:
    """By id; nobody is asked for where there are none."""
    if not ids:
        return {}
    rows = session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(ids)))
    return dict(rows.all())


def list_operators_by_department(
    session: Session, department_ids: Sequence[int]
) -> dict[int, list[StaffMember]]:
    """Those who do the work of each department, by name; one without operators has an empty list."""
    rows = session.execute(
        select(StaffRole.department_id, StaffMember)
        .join(StaffMember, StaffMember.id == StaffRole.staff_id)
        .where(
            StaffRole.department_id.in_(department_ids),
            StaffRole.role == "operator",
            StaffMember.is_active,
        )
        .order_by(StaffMember.name, StaffMember.id)
        .distinct()
    )
    operators: dict[int, list[StaffMember]] = {number: [] for number in department_ids}
    for department_id, member in rows:
        if department_id is not None:
            operators[department_id].append(member)
    return operators


def list_operators(session: Session, department_id: int) -> list[StaffMember]:
    """The same of one department."""
    return list_operators_by_department(session, [department_id])[department_id]


def has_right(member: StaffMember, project_id: int | None, right: Right) -> bool:
    """Whether one of the member's roles allows it in the project (None: in every project)."""
    return any(
        right in RIGHTS[role.role] and role.project_id in (None, project_id)
        for role in member.roles
    )


def check_right(member: StaffMember, project_id: int | None, right: Right) -> None:
    """Raises NotAllowed."""
    if not has_right(member, project_id, right):
        raise NotAllowed


def visible_project_ids(session: Session, member: StaffMember, right: Right) -> list[int]:
    """The projects in which the member has the right, in order."""
    everywhere = any(r.project_id is None and right in RIGHTS[r.role] for r in member.roles)
    if everywhere:
        return list(_all_project_ids(session))
    return sorted({r.project_id for r in member.roles if r.project_id and right in RIGHTS[r.role]})


def _all_project_ids(session: Session) -> list[int]:
    """Asked several times for one page; read once a transaction."""
    known: list[int] | None = session.info.get(_ALL_PROJECTS)
    if known is None:
        known = list(session.scalars(select(Project.id).order_by(Project.id)))
        session.info[_ALL_PROJECTS] = known
    return known


@event.listens_for(Session, "after_flush")
@event.listens_for(Session, "after_transaction_end")
def _forget_projects(session: Session, _: object) -> None:
    """A project may have been added, or the next transaction sees others."""
    session.info.pop(_ALL_PROJECTS, None)


def list_staff(session: Session) -> list[StaffMember]:
    """Everybody with their roles, by name, those who left included."""
    return list(
        session.scalars(
            select(StaffMember).options(selectinload(StaffMember.roles)).order_by(StaffMember.name)
        )
    )


def list_shifts(session: Session) -> list[DutyShift]:
    """The whole weekly duty list, in the order of the week."""
    return list(
        session.scalars(
            select(DutyShift).order_by(DutyShift.weekday, DutyShift.starts, DutyShift.id)
        )
    )


def list_with_right(session: Session, project_id: int | None, right: Right) -> list[StaffMember]:
    """Those who have a right in a project, by name; with no project, those who have it anywhere."""
    members = session.scalars(
        select(StaffMember)
        .where(StaffMember.is_active)
        .options(selectinload(StaffMember.roles))
        .order_by(StaffMember.name, StaffMember.id)
    )
    return [
        member
        for member in members
        if any(
            right in RIGHTS[role.role]
            and (project_id is None or role.project_id in (None, project_id))
            for role in member.roles
        )
    ]


def list_admins(session: Session) -> list[StaffMember]:
    """Those who administer the whole company, by name."""
    members = list_with_right(session, None, Right.ADMINISTER)
    return [member for member in members if has_right(member, None, Right.ADMINISTER)]


def works_in(member: StaffMember, department: Department) -> bool:
    """Its head, or somebody with a role in it."""
    return department.head_id == member.id or department.id in {
        role.department_id for role in member.roles
    }
