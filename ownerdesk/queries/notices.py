"""What members of staff were told."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Notice
from ownerdesk.rules.refusals import NotFound

PAGE_SIZE = 50


def count_unread_notices(session: Session, staff_id: int) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Notice)
            .where(Notice.staff_id == staff_id, Notice.read_at.is_(None))
        )
        or 0
    )


def list_notices(
    session: Session, staff_id: int, *, before_id: int | None = None
) -> Sequence[Notice]:
    """One person's, the latest first, a page of them."""
    query = select(Notice).where(Notice.staff_id == staff_id)
    if before_id is not None:
        query = query.where(Notice.id < before_id)
    return session.scalars(query.order_by(Notice.id.desc()).limit(PAGE_SIZE)).all()


def get_own_notice(session: Session, staff_id: int, notice_id: int) -> Notice:
    """Raises NotFound for another's too."""
    notice = session.get(Notice, notice_id)
    if notice is None or notice.staff_id != staff_id:
        raise NotFound
    return notice
