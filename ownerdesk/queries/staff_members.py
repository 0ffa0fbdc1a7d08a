"""Members of staff, as those who run the staff see them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from ownerdesk.model import Appeal, Assignment, Conversation, StaffMember, StaffRole
from ownerdesk.model.dispatch import OPEN_ASSIGNMENT_STATES
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.staff import has_right, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.granting import may_grant
from ownerdesk.rules.refusals import NotFound


def list_managed_staff(
    session: Session, member: StaffMember, project_id: int | None = None
) -> list[StaffMember]:
    """Those with a role in a project the member runs the staff of, or in all of them; by name, who left at the end."""
    projects = visible_project_ids(session, member, Right.MANAGE_STAFF)
    if project_id is not None:
        projects = [p for p in projects if p == project_id]
    if not projects:
        return []
    chosen = select(StaffRole.staff_id).where(
        StaffRole.project_id.in_(projects) | StaffRole.project_id.is_(None)
    )
    return list(
        session.scalars(
            select(StaffMember)
            .where(StaffMember.id.in_(chosen))
            .options(selectinload(StaffMember.roles))
            .order_by(StaffMember.is_active.desc(), StaffMember.name, StaffMember.id)
        )
    )


def get_managed_member(session: Session, member: StaffMember, staff_id: int) -> StaffMember:
    """One with a role where the member runs the staff, also one who left. Raises NotFound."""
    found = session.get(StaffMember, staff_id)
    if found is None or not any(
        has_right(member, role.project_id, Right.MANAGE_STAFF)
        or (role.project_id is None and visible_project_ids(session, member, Right.MANAGE_STAFF))
        for role in found.roles
    ):
        raise NotFound
    return found


def may_edit(member: StaffMember, other: StaffMember) -> bool:
    """Whose every role the member could give: nobody changes or switches off who may do more than they."""
    own = [(role.role, role.project_id) for role in member.roles]
    return bool(other.roles) and all(may_grant(own, r.role, r.project_id) for r in other.roles)


def is_administrator(member: StaffMember) -> bool:
    return has_right(member, None, Right.ADMINISTER)


def list_administrators(session: Session) -> list[StaffMember]:
    """Active, in every project, and able to log in."""
    return list(
        session.scalars(
            select(StaffMember)
            .join(StaffRole, StaffRole.staff_id == StaffMember.id)
            .where(
                StaffMember.is_active,
                StaffMember.password_hash.is_not(None),
                StaffRole.role == "admin",
                StaffRole.project_id.is_(None),
            )
        ).unique()
    )


def count_open_work(session: Session, staff_id: int) -> int:
    """Open appeals they are responsible for, conversations they hold, and jobs they have."""
    counts = (
        select(func.count()).where(
            Appeal.responsible_id == staff_id, Appeal.state.in_(OPEN_STATES)
        ),
        select(func.count()).where(Conversation.assignee_id == staff_id),
        select(func.count()).where(
            Assignment.operator_id == staff_id, Assignment.state.in_(OPEN_ASSIGNMENT_STATES)
        ),
    )
    return sum(session.scalar(count) or 0 for count in counts)


def list_skills(staff: Collection[StaffMember]) -> dict[str, list[StaffMember]]:
    """Who can what, of those who work here."""
    skills: dict[str, list[StaffMember]] = {}
    for member in staff:
        for skill in member.skills if member.is_active else []:
            skills.setdefault(str(skill), []).append(member)
    return dict(sorted(skills.items(), key=lambda item: item[0].casefold()))
