"""Projects: set up with the standard departments, so that an appeal always finds a queue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Building, Department, Project, StaffMember
from ownerdesk.queries.categories import list_own_categories
from ownerdesk.rules.departments import STANDARD_DEPARTMENTS
from ownerdesk.rules.projects import POLICY_NAMES, check_project
from ownerdesk.rules.refusals import AlreadyExists, ChangedMeanwhile, NotFound, StillInUse
from ownerdesk.services.audit import record_change
from ownerdesk.services.buildings import leave_units
from ownerdesk.services.changes import change_row
from ownerdesk.services.content_edits import record_difference, version_of


class ProjectNotFound(NotFound):
    """No project with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"there is no project {code!r}")


def create_project(
    session: Session,
    *,
    code: str,
    name: str,
    timezone: str,
    language: str,
    phone: str = "",
    emergency_number: str = "112",
) -> Project:
    """A project with its departments. Raises AlreadyExists for a code that is taken."""
    if session.scalar(select(Project.id).where(Project.code == code)) is not None:
        raise AlreadyExists(code)
    project = Project(
        code=code,
        name=name,
        timezone=timezone,
        language=language,
        phone=phone,
        emergency_number=emergency_number,
    )
    session.add(project)
    session.flush()
    own = list_own_categories(session)
    for department_code, (names, categories) in STANDARD_DEPARTMENTS.items():
        added = [c.code for c in own if c.department_code == department_code and not c.retired_at]
        session.add(
            Department(
                project_id=project.id,
                code=department_code,
                names=names,
                categories=[*categories, *added],
            )
        )
    session.flush()
    return project


def ensure_first_project(session: Session) -> Project | None:
    """An installation without any project gets one, so that the bot works before anybody has set it up. Returns
    it, or None when there were projects already."""
    if session.scalar(select(Project.id).limit(1)) is not None:
        return None
    return create_project(session, code="A", name="Our buildings", timezone="UTC", language="en")


def set_up_project(
    session: Session,
    *,
    at: datetime,
    policy: Mapping[str, int],
    by: StaffMember | None = None,
    **fields: str,
) -> Project:
    """A project as the company wants it. Raises InvalidProject, and AlreadyExists for a code that is taken."""
    check_project({**fields, "settings": policy})
    project = create_project(
        session,
        code=fields["code"],
        name=fields["name"],
        timezone=fields["timezone"],
        language=fields["language"],
        phone=fields["phone"],
        emergency_number=fields["emergency_number"],
    )
    project.settings = dict(policy)
    after = {**fields, "settings": dict(policy)}
    record_change(
        session, "project.created", subject="project", subject_id=project.id, after=after, at=at,
        staff_id=by.id if by else None,
    )  # fmt: skip
    session.flush()
    return project


def edit_project(
    session: Session,
    code: str,
    *,
    at: datetime,
    changes: Mapping[str, Any],
    policy: Mapping[str, int | None] | None = None,
    by: StaffMember | None = None,
) -> Project:
    """Change columns, and set numbers of the policy (None: back to the default); what is promised already stays
    promised. Raises ProjectNotFound, InvalidProject, and AlreadyExists for a code that is taken.
    """
    project = session.scalar(select(Project).where(Project.code == code).with_for_update())
    if project is None:
        raise ProjectNotFound(code)
    numbers = {**project.settings, **(policy or {})}
    new = {**changes, "settings": {name: n for name, n in numbers.items() if n is not None}}
    check_project(new)
    taken = select(Project.id).where(
        Project.code == new.get("code", code), Project.id != project.id
    )
    if session.scalar(taken) is not None:
        raise AlreadyExists(new["code"])
    before = {
        name: getattr(project, name) for name, v in new.items() if getattr(project, name) != v
    }
    if before:
        for name in before:
            setattr(project, name, new[name])
        record_change(
            session, "project.updated", subject="project", subject_id=project.id, before=before,
            after={name: new[name] for name in before}, at=at, staff_id=by.id if by else None,
        )  # fmt: skip
        session.flush()
    return project


def switch_project(
    session: Session,
    project: Project,
    *,
    is_active: bool,
    ends_ties: bool = False,
    by: StaffMember,
    at: datetime,
) -> None:
    """Off or on again. Off nobody lives there any more; what was written stays to be read. Raises StillInUse for open
    appeals, for people whose ties are not to be ended (`ends_ties`), and for the last project."""
    if not is_active:
        leave_units(
            session, Building.project_id == project.id, ends_ties=ends_ties, by=by, at=at,
            appeals=Appeal.project_id == project.id,
        )  # fmt: skip
        others = select(Project.id).where(Project.is_active, Project.id != project.id)
        if session.scalar(others.limit(1)) is None:
            raise StillInUse
    action = "switched_on" if is_active else "switched_off"
    change_row(session, project, "project", {"is_active": is_active}, by=by, at=at, action=action)


def save_policy(
    session: Session,
    project: Project,
    numbers: Mapping[str, int],
    *,
    seen: str = "",
    by: StaffMember,
    at: datetime,
) -> None:
    """Exactly these numbers differ from the policy's defaults from now on; other settings of the project stay. Raises
    InvalidProject, and ChangedMeanwhile where `seen` is not the version that is there."""
    session.refresh(project, with_for_update=True)
    if seen and seen != version_of(project.settings):
        raise ChangedMeanwhile
    others = {name: v for name, v in project.settings.items() if name not in POLICY_NAMES}
    check_project({"settings": numbers})
    before = {name: project.settings.get(name) for name in POLICY_NAMES}
    project.settings = {**others, **numbers}
    session.flush()
    after = {name: numbers.get(name) for name in POLICY_NAMES}
    record_difference(
        session, "policy", project.id, before, after, code=project.code, project_id=project.id,
        by=by, at=at,
    )  # fmt: skip
