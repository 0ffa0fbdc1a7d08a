"""Owners, their homes, and what an asker may see of them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ownerdesk.model import Building, Conversation, Invite, Owner, Project, Residency, Unit


def find_owner_by_phone(session: Session, phone: str) -> Owner | None:
    return session.scalar(select(Owner).where(Owner.phone == phone))


def list_homes(session: Session, owner_id: int) -> list[Unit]:
    """The units a person has a running tie to, flats first."""
    return list(
        session.scalars(
            select(Unit)
            .join(Residency, Residency.unit_id == Unit.id)
            .where(Residency.owner_id == owner_id, Residency.ended_at.is_(None))
            .order_by(Unit.kind != "flat", Unit.id)
            .options(joinedload(Unit.building).joinedload(Building.project))
        )
    )


def list_uninvited(session: Session, project_code: str = "") -> list[tuple[Owner, Unit]]:
    """People with a home and no chat yet, each with their first home, in the order of the homes; of one project, or
    of all."""
    linked = select(Conversation.owner_id).where(Conversation.owner_id.is_not(None))
    rows = session.execute(
        select(Owner, Unit)
        .join(Residency, Residency.owner_id == Owner.id)
        .join(Unit, Unit.id == Residency.unit_id)
        .join(Building, Building.id == Unit.building_id)
        .join(Project, Project.id == Building.project_id)
        .where(
            Residency.ended_at.is_(None),
            Owner.id.not_in(linked),
            Project.code == project_code if project_code else Project.id.is_not(None),
        )
        .order_by(Project.code, Unit.kind != "flat", Building.name, Unit.entrance, Unit.number)
        .options(joinedload(Unit.building).joinedload(Building.project))
    )
    first: dict[int, tuple[Owner, Unit]] = {}
    for owner, unit in rows:
        first.setdefault(owner.id, (owner, unit))
    return list(first.values())


def find_invite(session: Session, code: str) -> Invite | None:
    """The invite row, locked: two chats that use one code at once are told apart."""
    return session.scalar(select(Invite).where(Invite.code == code).with_for_update())


def get_default_project(session: Session) -> Project:
    """Where an unknown person's emergency goes: the first project. Raises LookupError with none at all."""
    project = session.scalar(select(Project).where(Project.is_active).order_by(Project.id).limit(1))
    if project is None:
        raise LookupError("no project exists yet: create one before owners write")
    return project


def get_project_of(session: Session, conversation: Conversation) -> Project:
    """The project of the conversation's home, or the default one for somebody unknown."""
    if conversation.project_id is None:
        return get_default_project(session)
    return session.get_one(Project, conversation.project_id)
