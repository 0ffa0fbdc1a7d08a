"""Alarms: the plan that counts, the people it leads to, who was rung, and which homes are at risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from ownerdesk.model import (
    Alarm,
    Appeal,
    AppealEvent,
    Building,
    Conversation,
    Department,
    Drill,
    EmergencyPlan,
    NeighbourWarning,
    Project,
    Residency,
    StaffMember,
    StaffRole,
    Unit,
)
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.queries.staff import has_right, list_on_duty, visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.emergency_plans import Plan, Step, fill_phone
from ownerdesk.rules.refusals import AppealNotFound

MOST_SHOWN = 50


@dataclass(frozen=True)
class Round:
    """One alarm of an appeal, from the raising on. One that becomes an emergency again has a second round."""

    number: int
    began_at: datetime


@dataclass(frozen=True)
class Scene:
    """Where and when a plan is walked."""

    project: Project
    department: Department | None
    at: datetime


def find_plan_row(session: Session, project_id: int | None, kind: str) -> EmergencyPlan | None:
    """The project's own row before the common one."""
    return session.scalar(
        select(EmergencyPlan)
        .where(
            EmergencyPlan.kind == kind,
            or_(EmergencyPlan.project_id == project_id, EmergencyPlan.project_id.is_(None)),
        )
        .order_by(EmergencyPlan.project_id.is_(None))
        .limit(1)
    )


def find_plan(session: Session, project: Project, kind: str | None) -> Plan:
    """What can be read of it; an empty plan where there is none."""
    row = find_plan_row(session, project.id, kind or "other")
    return Plan.of(row.steps, row.numbers, row.neighbours) if row else Plan()


def list_numbers(
    session: Session, project: Project, kind: str | None, language: str
) -> list[tuple[str, str]]:
    """Whom the plan says to call: names in that language and numbers, those of the project in their gaps; a number that
    the project does not have is left out."""
    numbers = [
        (
            number.name_in(language),
            fill_phone(
                number.phone, duty_phone=project.phone, emergency_number=project.emergency_number
            ).strip(),
        )
        for number in find_plan(session, project, kind).numbers
    ]
    return [(name, phone) for name, phone in numbers if phone]


def list_alarmed_by(session: Session, step: Step, scene: Scene) -> list[StaffMember]:
    """The people a step leads to at that moment; nobody for words that name nobody."""
    match step.who:
        case "on_duty":
            return list_on_duty(session, scene.project, scene.at)
        case "department_head":
            head_id = scene.department.head_id if scene.department else None
            return _active(session, head_id)
        case "manager" | "project_manager" | "head_office":
            return list_in_role(session, scene.project, step.who)
        case _:
            return _active(session, step.staff_id)


def _active(session: Session, staff_id: int | None) -> list[StaffMember]:
    member = session.get(StaffMember, staff_id) if staff_id else None
    return [member] if member is not None and member.is_active else []


def list_in_role(session: Session, project: Project, role: str) -> list[StaffMember]:
    """Those who have the role in the project or in all of them, the project's own first."""
    rows = session.execute(
        select(StaffMember, StaffRole.project_id)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(
            StaffMember.is_active,
            StaffRole.role == role,
            or_(StaffRole.project_id == project.id, StaffRole.project_id.is_(None)),
        )
        .order_by(StaffRole.project_id.is_(None), StaffMember.id)
    ).all()
    return list(dict.fromkeys(row[0] for row in rows))


def find_round(session: Session, appeal_id: int) -> Round | None:
    """The latest round; None for an appeal that was never an alarm."""
    count, began_at = session.execute(
        select(func.count(), func.max(AppealEvent.at)).where(
            AppealEvent.appeal_id == appeal_id, AppealEvent.name == "alarm.raised"
        )
    ).one()
    return Round(count, began_at) if count else None


def find_last_check(session: Session, appeal_id: int) -> datetime | None:
    """When people were last rung for it, or the alarm was raised."""
    return session.scalar(
        select(func.max(AppealEvent.at)).where(
            AppealEvent.appeal_id == appeal_id,
            AppealEvent.name.in_(["alarm.raised", "alarm.repeated", "appeal.escalated"]),
        )
    )


def is_noted(session: Session, appeal_id: int, name: str, **data: object) -> bool:
    """Whether the record of an appeal holds this fact with these values."""
    found = select(AppealEvent.id).where(
        AppealEvent.appeal_id == appeal_id,
        AppealEvent.name == name,
        AppealEvent.data.contains(data),
    )
    return session.scalar(found.limit(1)) is not None


def list_alarms(
    session: Session, appeal_id: int, round_number: int | None = None
) -> Sequence[Alarm]:
    """Everybody alarmed, in order; of one round, or of all."""
    query = select(Alarm).where(Alarm.appeal_id == appeal_id).options(joinedload(Alarm.member))
    if round_number is not None:
        query = query.where(Alarm.round == round_number)
    return session.scalars(query.order_by(Alarm.round, Alarm.step, Alarm.id)).all()


def list_ringing(session: Session, staff_id: int, *, but: int) -> Sequence[Alarm]:
    """The alarms of other emergencies that this person is being rung for too."""
    return session.scalars(
        select(Alarm)
        .join(Appeal, Appeal.id == Alarm.appeal_id)
        .where(
            Alarm.staff_id == staff_id,
            Alarm.appeal_id != but,
            Appeal.state == "received",
            Appeal.severity == "emergency",
        )
    ).all()


def get_alarmed_appeal(session: Session, member: StaffMember, appeal_id: int) -> Appeal:
    """An emergency this person was alarmed for, or may work on anyway. Locked for change.

    Raises AppealNotFound for any other. Whoever is woken may act, whatever their role.
    """
    appeal = get_appeal(session, appeal_id)
    if not _may_act(session, member, appeal):
        raise AppealNotFound
    return appeal


def _may_act(session: Session, member: StaffMember, appeal: Appeal) -> bool:
    if has_right(member, appeal.project_id, Right.WORK_APPEALS):
        return True
    alarmed = select(Alarm.id).where(Alarm.appeal_id == appeal.id, Alarm.staff_id == member.id)
    return session.scalar(alarmed.limit(1)) is not None


def get_warning(session: Session, member: StaffMember, warning_id: int) -> NeighbourWarning:
    """A warning of an emergency the person may act on. Raises AppealNotFound for any other."""
    warning = get_warning_for_job(session, warning_id)
    if not _may_act(session, member, warning.appeal):
        raise AppealNotFound
    return warning


def get_warning_for_job(session: Session, warning_id: int) -> NeighbourWarning:
    """Locked for change, and its appeal before it: always in this order. Raises AppealNotFound."""
    appeal_id = session.scalar(
        select(NeighbourWarning.appeal_id).where(NeighbourWarning.id == warning_id)
    )
    if appeal_id is None:
        raise AppealNotFound
    get_appeal(session, appeal_id)
    return session.get_one(
        NeighbourWarning, warning_id, with_for_update=True, populate_existing=True
    )


def find_warning(session: Session, appeal_id: int) -> NeighbourWarning | None:
    return session.scalar(select(NeighbourWarning).where(NeighbourWarning.appeal_id == appeal_id))


def list_warned_beside(
    session: Session, warning: NeighbourWarning, since: datetime
) -> list[NeighbourWarning]:
    """Other warnings of the kind in the project that were sent since then, and whose end nobody has told yet."""
    rows = session.scalars(
        select(NeighbourWarning)
        .join(Appeal, Appeal.id == NeighbourWarning.appeal_id)
        .where(
            NeighbourWarning.id != warning.id,
            NeighbourWarning.kind == warning.kind,
            NeighbourWarning.confirmed_at > since,
            Appeal.project_id == warning.appeal.project_id,
            Appeal.severity == "emergency",
        )
        .order_by(NeighbourWarning.id)
    ).all()
    return [
        row
        for row in rows
        if not is_noted(session, row.appeal_id, "neighbours.cleared", kind=row.kind)
    ]


def list_units_of(session: Session, building_id: int) -> Sequence[Unit]:
    return session.scalars(
        select(Unit).where(Unit.building_id == building_id).order_by(Unit.id)
    ).all()


def list_units(session: Session, unit_ids: Sequence[int]) -> Sequence[Unit]:
    """In the order of the house."""
    return session.scalars(
        select(Unit)
        .where(Unit.id.in_(unit_ids))
        .order_by(Unit.building_id, Unit.entrance, Unit.floor, Unit.number)
        .options(joinedload(Unit.building).joinedload(Building.project))
    ).all()


def list_chats_of_units(
    session: Session, unit_ids: Sequence[int]
) -> list[tuple[Conversation, int]]:
    """Every linked chat of the people who live in or own these homes, with one of the homes; each chat once."""
    rows = session.execute(
        select(Conversation, Residency.unit_id)
        .join(Residency, Residency.owner_id == Conversation.owner_id)
        .where(
            Residency.unit_id.in_(unit_ids),
            Residency.ended_at.is_(None),
            Conversation.kind == "owner",
        )
        .order_by(Conversation.id, Residency.unit_id)
    ).all()
    return [(row[0], row[1]) for row in rows]


def list_emergencies(session: Session, member: StaffMember) -> Sequence[Appeal]:
    """Open emergencies the person may see, those nobody accepted first."""
    return session.scalars(
        select(Appeal)
        .where(
            Appeal.project_id.in_(visible_project_ids(session, member, Right.SEE_APPEALS)),
            Appeal.severity == "emergency",
            Appeal.state.in_(OPEN_STATES),
        )
        .order_by(Appeal.state != "received", Appeal.id.desc())
        .limit(MOST_SHOWN)
    ).all()


def list_past_emergencies(session: Session, member: StaffMember) -> Sequence[Appeal]:
    """Emergencies that are over, the latest first."""
    return session.scalars(
        select(Appeal)
        .where(
            Appeal.project_id.in_(visible_project_ids(session, member, Right.SEE_APPEALS)),
            Appeal.severity == "emergency",
            Appeal.state.not_in(OPEN_STATES),
        )
        .order_by(Appeal.id.desc())
        .limit(MOST_SHOWN)
        .options(joinedload(Appeal.project), joinedload(Appeal.responsible))
    ).all()


def list_drills(
    session: Session, project_ids: Sequence[int], *, limit: int = 10
) -> Sequence[Drill]:
    """The latest first."""
    return session.scalars(
        select(Drill)
        .where(Drill.project_id.in_(project_ids))
        .order_by(Drill.id.desc())
        .limit(limit)
        .options(joinedload(Drill.started_by))
    ).all()
