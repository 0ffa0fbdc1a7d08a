"""Saving a view of the work list, for oneself or for a project, and forgetting it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import SavedView, StaffMember
from ownerdesk.queries.staff import check_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import MissingText, TooLong, TooMany
from ownerdesk.services.audit import record_change

MAX_NAME = 60
MOST_VIEWS = 50


def save_view(
    session: Session,
    *,
    name: str,
    query: Mapping[str, str],
    project_id: int | None,
    by: StaffMember,
    at: datetime,
) -> SavedView:
    """One name is one view: saved again, it is replaced. A shared one (`project_id`) is everybody's in the project, and
    its changes are audited. Raises MissingText, TooLong, TooMany, and NotAllowed for whoever may not share."""
    name = " ".join(name.split())
    if not name:
        raise MissingText("name")
    if len(name) > MAX_NAME:
        raise TooLong("name", MAX_NAME)
    if project_id is not None:
        check_right(by, project_id, Right.MANAGE_CONTENT)
    same = (
        SavedView.staff_id == by.id,
        SavedView.project_id.is_not_distinct_from(project_id),
    )
    before = session.scalar(
        select(SavedView.query).where(*same, SavedView.name == name).with_for_update()
    )
    many = session.scalar(select(func.count()).select_from(SavedView).where(*same)) or 0
    if before is None and many >= MOST_VIEWS:
        raise TooMany(MOST_VIEWS)
    new = insert(SavedView).values(
        staff_id=by.id, project_id=project_id, name=name, query=dict(query), made_at=at
    )
    view = session.scalars(
        new.on_conflict_do_update(
            index_elements=["staff_id", "project_id", "name"],
            set_={"query": new.excluded.query, "made_at": at},
        ).returning(SavedView),
        execution_options={"populate_existing": True},
    ).one()
    if project_id is not None:
        record_change(
            session, "view.shared", subject="saved_view", subject_id=view.id, at=at,
            before=before, after={"name": name, "project_id": project_id, **query}, staff_id=by.id,
        )  # fmt: skip
    return view


def forget_view(session: Session, view: SavedView, *, by: StaffMember, at: datetime) -> None:
    """The view is gone; the appeals it showed are not touched."""
    if view.project_id is not None:
        record_change(
            session, "view.forgotten", subject="saved_view", subject_id=view.id, at=at,
            before={"name": view.name, "project_id": view.project_id, **view.query},
            staff_id=by.id,
        )  # fmt: skip
    session.delete(view)
    session.flush()
