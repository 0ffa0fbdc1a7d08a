"""Departments of a project: which categories come to them, in whose hands they are, and when they are no more."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import Department, DispatchRule, Project, StaffMember
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.departments import count_department_appeals, list_all_departments
from ownerdesk.queries.staff import has_right, list_departments
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import (
    AlreadyExists,
    InvalidField,
    MissingText,
    StaffNotFound,
    StillInUse,
    SwitchedOff,
)
from ownerdesk.services.changes import add_row, change_row
from ownerdesk.texts import LANGUAGES

MAX_NAME = 80


def save_department(
    session: Session,
    project: Project,
    *,
    code: str,
    names: Mapping[str, str],
    categories: Sequence[str],
    head_id: int | None,
    by: StaffMember,
    at: datetime,
    department: Department | None = None,
) -> Department:
    """Make one or change one; the code of one that is there stays. A category belongs to one department: what this one
    gets, another gives up.

    Raises InvalidField for a code or a category there is not, MissingText without an English name, AlreadyExists, and
    StaffNotFound for a head who does not work in the project.
    """
    # Two who save at once would both keep a category.
    session.execute(
        select(Project.id).where(Project.id == project.id).with_for_update(key_share=True)
    )
    own = _check_categories(session, categories)
    new = {
        "names": _check_names(names),
        "categories": own,
        "head_id": _check_head(session, project, head_id),
    }
    if department is None:
        if not project.is_active:
            raise SwitchedOff
        department = Department(project_id=project.id, code=_check_code(session, project, code))
        for name, value in new.items():
            setattr(department, name, value)
        add_row(session, department, "department", by=by, at=at)
    else:
        change_row(session, department, "department", new, by=by, at=at)
    for other in list_all_departments(session, project.id):
        if other.id != department.id and set(other.categories) & set(own):
            left = [c for c in other.categories if c not in own]
            change_row(session, other, "department", {"categories": left}, by=by, at=at)
    return department


def _check_names(names: Mapping[str, str]) -> dict[str, str]:
    cleaned = {lang: names.get(lang, "").strip()[:MAX_NAME] for lang in LANGUAGES}
    if not cleaned["en"]:
        raise MissingText("name")
    return {lang: name for lang, name in cleaned.items() if name}


def _check_categories(session: Session, categories: Sequence[str]) -> list[str]:
    if not set(categories) <= set(read_categories(session).in_use):
        raise InvalidField("categories")
    return list(dict.fromkeys(categories))


def _check_head(session: Session, project: Project, head_id: int | None) -> int | None:
    if head_id is None:
        return None
    head = session.get(StaffMember, head_id)
    if head is None or not head.is_active or not has_right(head, project.id, Right.SEE_APPEALS):
        raise StaffNotFound
    return head_id


def _check_code(session: Session, project: Project, code: str) -> str:
    code = code.strip()
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", code):
        raise InvalidField("code")
    taken = select(Department.id).where(
        Department.project_id == project.id, Department.code == code
    )
    if session.scalar(taken) is not None:
        raise AlreadyExists(code)
    return code


def switch_department(
    session: Session, department: Department, *, is_active: bool, by: StaffMember, at: datetime
) -> None:
    """Off it gets nothing new. Raises StillInUse while appeals are open in it, while dispatch rules name it, and for the
    last one of a project."""
    session.execute(
        select(Project.id)
        .where(Project.id == department.project_id)
        .with_for_update(key_share=True)
    )
    if not is_active:
        appeals = count_department_appeals(session, department.id)
        rules = session.scalar(
            select(DispatchRule.id)
            .where(
                DispatchRule.project_id == department.project_id,
                or_(
                    DispatchRule.department_id == department.id,
                    DispatchRule.supporting_ids.contains([department.id]),
                ),
            )
            .limit(1)
        )
        if appeals:
            raise StillInUse(appeals=appeals)
        if rules is not None or list_departments(session, department.project_id) == [department]:
            raise StillInUse
    action = "switched_on" if is_active else "switched_off"
    change_row(
        session, department, "department", {"is_active": is_active}, by=by, at=at, action=action
    )
