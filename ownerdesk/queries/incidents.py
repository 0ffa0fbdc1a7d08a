"""Incidents: who reports the same, what is open near a place, who follows, and whom planned works concern."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, undefer

from ownerdesk.model import (
    Appeal,
    Building,
    Conversation,
    Incident,
    IncidentFollower,
    Residency,
    StaffMember,
    Unit,
)
from ownerdesk.model.labels import OPEN_STATES, AppealState
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.incidents import Report, entrance_of, is_within_entrance, near_categories
from ownerdesk.rules.refusals import IncidentNotFound

# Vectors are compared pair by pair: the latest reports are enough to recognise one more.
MOST_COMPARED = 60
LIST_LENGTH = 50


def get_incident(session: Session, incident_id: int) -> Incident:
    """Locked for change, so that two who press take turns. Raises IncidentNotFound."""
    incident = session.get(Incident, incident_id, with_for_update=True, populate_existing=True)
    if incident is None:
        raise IncidentNotFound
    return incident


def get_incident_for_staff(
    session: Session, member: StaffMember, incident_id: int, right: Right, *, lock: bool = False
) -> Incident:
    """Raises IncidentNotFound, also where the member lacks the right in its project."""
    incident = get_incident(session, incident_id) if lock else session.get(Incident, incident_id)
    if incident is None or incident.project_id not in visible_project_ids(session, member, right):
        raise IncidentNotFound
    return incident


IS_PLANNED = and_(Incident.kind == "planned", Incident.state == "confirmed")
SECTIONS: dict[str, ColumnElement[bool]] = {
    "proposed": Incident.state == "proposed",
    "open": and_(Incident.kind == "fault", Incident.state == "confirmed"),
    "awaiting": Incident.state == "resolved",
    "planned": IS_PLANNED,
    "over": Incident.state.in_(["closed", "dismissed", "cancelled"]),
}


def list_incidents(session: Session, member: StaffMember, section: str) -> Sequence[Incident]:
    """Those of the member's projects in a section: the latest first, works by when they begin."""
    order = Incident.starts_at if section == "planned" else Incident.id.desc()
    return session.scalars(
        select(Incident)
        .where(
            Incident.project_id.in_(visible_project_ids(session, member, Right.SEE_APPEALS)),
            SECTIONS[section],
        )
        .order_by(order, Incident.id.desc())
        .limit(LIST_LENGTH)
        .options(joinedload(Incident.project), joinedload(Incident.building))
    ).all()


def count_incidents(session: Session, member: StaffMember) -> dict[str, int]:
    """How many there are in each section."""
    counts = [func.count().filter(condition) for condition in SECTIONS.values()]
    row = session.execute(
        select(*counts).where(
            Incident.project_id.in_(visible_project_ids(session, member, Right.SEE_APPEALS))
        )
    ).one()
    return dict(zip(SECTIONS, map(int, row), strict=True))


def list_linked(session: Session, incident_id: int) -> Sequence[Appeal]:
    """The appeals of an incident, the oldest first, locked in this order by whoever changes them."""
    return session.scalars(
        select(Appeal)
        .where(Appeal.incident_id == incident_id)
        .order_by(Appeal.id)
        .with_for_update(of=Appeal)
        .execution_options(populate_existing=True)
    ).all()


def is_taken_out(session: Session, appeal: Appeal) -> bool:
    """Whether somebody said that the appeal does not belong to the incident it was in."""
    found = select(IncidentFollower.id).where(IncidentFollower.appeal_id == appeal.id).limit(1)
    return appeal.incident_id is None and session.scalar(found) is not None


def list_reports(session: Session, incident_id: int) -> Sequence[Appeal]:
    """The same to look at, without a lock."""
    return session.scalars(
        select(Appeal).where(Appeal.incident_id == incident_id).order_by(Appeal.id)
    ).all()


def list_followers(
    session: Session, incident_id: int, *, also: Collection[int] = ()
) -> Sequence[IncidentFollower]:
    """Those who want to hear of it, and those of the chats in `also`, whatever they want."""
    is_told = or_(IncidentFollower.is_following, IncidentFollower.conversation_id.in_(also))
    return session.scalars(
        select(IncidentFollower)
        .where(IncidentFollower.incident_id == incident_id, is_told)
        .order_by(IncidentFollower.id)
    ).all()


def find_follower(
    session: Session, incident_id: int, conversation_id: int
) -> IncidentFollower | None:
    return session.scalar(
        select(IncidentFollower).where(
            IncidentFollower.incident_id == incident_id,
            IncidentFollower.conversation_id == conversation_id,
        )
    )


def count_followers(session: Session, incident_ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(IncidentFollower.incident_id, func.count())
        .where(IncidentFollower.incident_id.in_(incident_ids), IncidentFollower.is_following)
        .group_by(IncidentFollower.incident_id)
    )
    return {row.incident_id: int(row[1]) for row in rows}


def list_open_near(session: Session, appeal: Appeal) -> list[Incident]:
    """Faults proposed or confirmed where the appeal is, in its category or a near one; confirmed ones first."""
    entrance = appeal.unit.entrance if appeal.unit else ""
    same: ColumnElement[bool] = Incident.category.in_(near_categories(appeal.category))
    if appeal.nature == "emergency":
        same = Incident.emergency_kind == appeal.kind
    rows = session.scalars(
        select(Incident)
        .where(
            Incident.project_id == appeal.project_id,
            Incident.building_id.is_not_distinct_from(appeal.building_id),
            Incident.kind == "fault",
            Incident.state.in_(["proposed", "confirmed"]),
            same,
        )
        .order_by(Incident.state == "proposed", Incident.id.desc())
    )
    return [incident for incident in rows if is_within_entrance(incident.entrance, entrance)]


def find_running_works(session: Session, appeal: Appeal, *, at: datetime) -> Incident | None:
    """Works that are going on where the appeal is, about what it is about."""
    entrance = appeal.unit.entrance if appeal.unit else ""
    rows = session.scalars(
        select(Incident)
        .where(
            Incident.project_id == appeal.project_id,
            or_(Incident.building_id.is_(None), Incident.building_id == appeal.building_id),
            Incident.kind == "planned",
            Incident.state == "confirmed",
            Incident.category.in_(near_categories(appeal.category)),
            Incident.starts_at <= at,
            Incident.ends_at > at,
        )
        .order_by(Incident.id.desc())
    )
    return next((works for works in rows if is_within_entrance(works.entrance, entrance)), None)


def list_candidates(
    session: Session, appeal: Appeal, *, since: datetime, until: datetime
) -> list[Report]:
    """Open appeals of the same place, category and time that are in no incident and were not taken out of one.

    One index range: building, category, time of receipt.
    """
    entrance = appeal.unit.entrance if appeal.unit else ""
    is_same: ColumnElement[bool] = and_(
        Appeal.category.in_(near_categories(appeal.category)), Appeal.nature != "emergency"
    )
    if appeal.nature == "emergency":
        is_same = and_(Appeal.nature == "emergency", Appeal.kind == appeal.kind)
    taken_out = select(IncidentFollower.id).where(IncidentFollower.appeal_id == Appeal.id).exists()
    place = (
        Appeal.building_id == appeal.building_id
        if appeal.building_id is not None
        else and_(Appeal.building_id.is_(None), Appeal.project_id == appeal.project_id)
    )
    rows = session.execute(
        select(
            Appeal.id, Appeal.owner_id, Appeal.conversation_id, Appeal.unit_id, Appeal.vector,
            Unit.entrance,
        )
        .outerjoin(Unit, Unit.id == Appeal.unit_id)
        .where(
            place,
            is_same,
            Appeal.received_at.between(since, until),
            Appeal.state.in_([s for s in OPEN_STATES if s != AppealState.RESOLVED]),
            Appeal.incident_id.is_(None),
            Appeal.id != appeal.id,
            ~taken_out,
        )
        .order_by(Appeal.received_at.desc(), Appeal.id.desc())
        .limit(MOST_COMPARED)
    )  # fmt: skip
    return [
        make_report(row.id, row.owner_id, row.conversation_id, row.unit_id, row.vector)
        for row in rows
        if is_within_entrance(entrance_of(appeal.category, entrance), row.entrance or "")
    ]


def list_members(session: Session, incident_id: int) -> list[Report]:
    """The latest reports of an incident, with their vectors."""
    rows = session.scalars(
        select(Appeal)
        .where(Appeal.incident_id == incident_id)
        .order_by(Appeal.id.desc())
        .limit(MOST_COMPARED)
        .options(undefer(Appeal.vector))
    )
    return [
        make_report(a.id, a.owner_id, a.conversation_id, a.unit_id, a.vector, incident_id)
        for a in rows
    ]


def make_report(
    appeal_id: int,
    owner_id: int | None,
    conversation_id: int,
    unit_id: int | None,
    vector: Any,
    incident_id: int | None = None,
) -> Report:
    """Somebody unknown is told apart by the chat; where no home is known, by the person."""
    owner = f"owner {owner_id}" if owner_id else f"chat {conversation_id}"
    home = f"home {unit_id}" if unit_id else owner
    values = () if vector is None else tuple(map(float, vector))
    return Report(appeal_id, owner, home, values, incident_id)


def count_reporting(session: Session, incident_id: int) -> int:
    """How many people of different homes reported it."""
    return count_all_reporting(session, [incident_id]).get(incident_id, 0)


def count_all_reporting(session: Session, incident_ids: Sequence[int]) -> dict[int, int]:
    """The same for many at once."""
    who = func.coalesce(Appeal.owner_id, -Appeal.conversation_id)
    home = func.coalesce(Appeal.unit_id, -func.coalesce(Appeal.owner_id, Appeal.conversation_id))
    rows = session.execute(
        select(Appeal.incident_id, func.count(who.distinct()), func.count(home.distinct()))
        .where(Appeal.incident_id.in_(incident_ids))
        .group_by(Appeal.incident_id)
    )
    return {row[0]: int(min(row[1], row[2])) for row in rows if row[0] is not None}


def list_concerned(session: Session, incident: Incident) -> list[Conversation]:
    """The chats of those who live in, or own, what planned works concern."""
    query = (
        select(Conversation)
        .join(Residency, Residency.owner_id == Conversation.owner_id)
        .join(Unit, Unit.id == Residency.unit_id)
        .join(Building, Building.id == Unit.building_id)
        .where(
            Conversation.kind == "owner",
            Residency.ended_at.is_(None),
            Building.project_id == incident.project_id,
        )
        .order_by(Conversation.id)
    )
    if incident.building_id is not None:
        query = query.where(Building.id == incident.building_id)
    if incident.entrance:
        query = query.where(Unit.entrance == incident.entrance)
    return list(session.scalars(query).unique())


def list_buildings(session: Session, project_ids: Sequence[int]) -> Sequence[Building]:
    """For the form of planned works, by project and name."""
    return session.scalars(
        select(Building)
        .where(Building.project_id.in_(project_ids))
        .order_by(Building.project_id, Building.name)
    ).all()
