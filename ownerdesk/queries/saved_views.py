"""Saved views of the work list: one's own, and those shared in one's projects."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import SavedView, StaffMember
from ownerdesk.queries.staff import has_right, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import ViewNotFound


def list_saved_views(session: Session, member: StaffMember) -> Sequence[SavedView]:
    """Own ones first, each group by name."""
    projects = visible_project_ids(session, member, Right.SEE_APPEALS)
    own = and_(SavedView.staff_id == member.id, SavedView.project_id.is_(None))
    return session.scalars(
        select(SavedView)
        .where(or_(own, SavedView.project_id.in_(projects)))
        .order_by(SavedView.project_id.is_not(None), SavedView.name, SavedView.id)
    ).all()


def may_manage_view(member: StaffMember, view: SavedView) -> bool:
    """Whoever saved an own view; a shared one belongs to those who manage the content of its project."""
    if view.project_id is None:
        return view.staff_id == member.id
    return has_right(member, view.project_id, Right.MANAGE_CONTENT)


def get_managed_view(session: Session, member: StaffMember, view_id: int) -> SavedView:
    """Locked for change. Raises ViewNotFound, also for one that is not the member's to change."""
    view = session.scalar(select(SavedView).where(SavedView.id == view_id).with_for_update())
    if view is None or not may_manage_view(member, view):
        raise ViewNotFound
    return view
