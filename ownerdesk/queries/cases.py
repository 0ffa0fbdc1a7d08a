"""The cases behind a figure, as lists and exports show them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ownerdesk.model import Appeal, Handoff, Rating, StaffMember

CASES_SHOWN = 100


def list_appeals_by_id(session: Session, ids: Sequence[int]) -> list[Appeal]:
    """With everything a row shows, in the order of the ids."""
    found = session.scalars(
        select(Appeal)
        .where(Appeal.id.in_(ids))
        .options(
            joinedload(Appeal.project),
            joinedload(Appeal.department),
            joinedload(Appeal.responsible),
            joinedload(Appeal.operator),
        )
    )
    by_id = {appeal.id: appeal for appeal in found}
    return [by_id[appeal_id] for appeal_id in ids if appeal_id in by_id]


def list_handoffs_by_id(session: Session, ids: Sequence[int]) -> list[Handoff]:
    """The same for handoffs."""
    found = session.scalars(
        select(Handoff).where(Handoff.id.in_(ids)).options(joinedload(Handoff.conversation))
    )
    by_id = {handoff.id: handoff for handoff in found}
    return [by_id[handoff_id] for handoff_id in ids if handoff_id in by_id]


def list_stars(session: Session, appeal_ids: Sequence[int]) -> dict[int, int]:
    """The stars of those that were rated."""
    rows = session.execute(
        select(Rating.appeal_id, Rating.stars).where(Rating.appeal_id.in_(appeal_ids))
    )
    return {row.appeal_id: row.stars for row in rows}


def name_staff(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Names by id, of those who left too."""
    rows = session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(ids)))
    return {row.id: row.name for row in rows}
