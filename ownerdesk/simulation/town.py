"""The place: projects' worth of invented homes, owners with chats, and staff with a duty list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from random import Random

from sqlalchemy.orm import Session

from ownerdesk.model import (
    Building,
    Conversation,
    Department,
    DutyShift,
    Owner,
    Project,
    Residency,
    StaffMember,
    Unit,
)
from ownerdesk.queries.staff import list_departments
from ownerdesk.services.conversations import open_conversation
from ownerdesk.services.dispatch_rules import NewRule, add_rule
from ownerdesk.services.operator_chats import create_chat_code, link_chat, link_group
from ownerdesk.services.projects import create_project
from ownerdesk.services.staff import Role, create_staff

HOMES_IN_A_BUILDING = 40
ENTRANCES = 2
HOMES_FOR_AN_AGENT = 250
LANGUAGES = ("en", "en", "en", "es", "es", "zh")
FIRST_CHAT = 1_000_000


@dataclass(frozen=True)
class Home:
    """A home with the chat of its owner."""

    chat: int
    language: str
    entrance: str


@dataclass(frozen=True)
class House:
    building_id: int
    homes: list[Home]


@dataclass(frozen=True)
class Town:
    """Ids only: every event reads its rows afresh."""

    project_id: int
    timezone: str
    houses: list[House]
    agents: list[int]
    managers: list[int]
    operators: dict[int, list[int]]  # by department
    with_chats: frozenset[int]  # staff who have linked their phones


def build_town(session: Session, rng: Random, *, homes: int, at: datetime) -> Town:
    """One project; a tenth of the owners never answers a question, which is decided by the chat's number."""
    project = create_project(
        session, code="S", name="Simulated Court", timezone="Europe/Madrid", language="en",
        phone="+34 600 000 000",
    )  # fmt: skip
    houses = [
        _build_house(session, rng, project, number, min(HOMES_IN_A_BUILDING, homes - first))
        for number, first in enumerate(range(0, homes, HOMES_IN_A_BUILDING), start=1)
    ]
    departments = list_departments(session, project.id)
    operators = {
        d.id: [
            _hire(session, f"Operator {d.code} {n}", "operator", project, d, at=at).id
            for n in range(1, 4 + homes // 500)
        ]
        for d in departments
    }
    agents = [
        _hire(session, f"Agent {n}", "agent", project, None, at=at).id
        for n in range(1, 4 + homes // HOMES_FOR_AN_AGENT)
    ]
    managers = [
        _hire(session, "Manager", "manager", project, None, at=at).id,
        _hire(session, "Head of project", "project_manager", project, None, at=at).id,
    ]
    _make_duty_list(session, project, agents, operators)
    phones = [*agents[1:], *managers, *(o for ids in operators.values() for o in ids[:-1])]
    for staff_id in phones:
        _link(session, session.get_one(StaffMember, staff_id), managers[0], at=at)
    _make_dispatch(session, departments, operators, managers[0], at=at)
    return Town(
        project.id, project.timezone, houses, agents, managers, operators, frozenset(phones)
    )  # fmt: skip


def _build_house(session: Session, rng: Random, project: Project, number: int, homes: int) -> House:
    building = Building(project_id=project.id, name=f"House {number}")
    session.add(building)
    session.flush()
    made = []
    for door in range(1, homes + 1):
        entrance = str(1 + door % ENTRANCES)
        unit = Unit(building_id=building.id, entrance=entrance, floor=door // 4, number=str(door))
        language = rng.choice(LANGUAGES)
        owner = Owner(name=f"Owner {number}-{door}", language=language)
        session.add_all([unit, owner])
        session.flush()
        session.add(Residency(owner_id=owner.id, unit_id=unit.id, role="owner"))
        chat = FIRST_CHAT + 1000 * number + door
        conversation: Conversation = open_conversation(
            session, chat_id=chat, user_id=chat, name=owner.name, language_code=language
        )
        conversation.owner_id, conversation.unit_id = owner.id, unit.id
        conversation.project_id, conversation.language = project.id, language
        made.append(Home(chat, language, entrance))
    session.flush()
    return House(building.id, made)


def _hire(
    session: Session,
    name: str,
    role: str,
    project: Project,
    department: Department | None,
    *,
    at: datetime,
) -> StaffMember:
    email = f"{name.lower().replace(' ', '.')}@example.com"
    return create_staff(
        session, email=email, name=name, password=None, at=at,
        roles=[Role(role, project.id, department.id if department else None)],
    )  # fmt: skip


def _link(session: Session, member: StaffMember, manager_id: int, *, at: datetime) -> None:
    """A member of staff types the code that the console showed. The first agent and the last operator of each
    department have no phone: they are told by other means."""
    code = create_chat_code(
        session, by=session.get_one(StaffMember, manager_id), member=member, at=at
    )
    chat = open_conversation(
        session, chat_id=member.id, user_id=member.id, name=member.name, language_code="en"
    )
    link_chat(session, chat, code, at=at)


def _make_dispatch(
    session: Session,
    departments: Sequence[Department],
    operators: dict[int, list[int]],
    manager_id: int,
    *,
    at: datetime,
) -> None:
    """Maintenance is sent by rules, by night only to the department; water needs the cleaners too. The cleaners have
    a group, and both have a head."""
    manager = session.get_one(StaffMember, manager_id)
    by_code = {d.code: d for d in departments}
    maintenance, cleaning = by_code["maintenance"], by_code["cleaning"]
    for department in (maintenance, cleaning):
        department.head_id = operators[department.id][0]
    for category in ("elevator", "lighting", "heating"):
        rule = NewRule(1, category=category, starts=time(7), ends=time(22))
        add_rule(session, maintenance, rule, by=manager, at=at)
    add_rule(
        session, maintenance, NewRule(2, category="water_supply", supporting=[cleaning]),
        by=manager, at=at,
    )  # fmt: skip
    add_rule(session, maintenance, NewRule(3, category="drainage"), by=manager, at=at)
    add_rule(session, cleaning, NewRule(4, category="cleaning"), by=manager, at=at)
    add_rule(
        session, by_code["security"], NewRule(5, category="parking", is_automatic=False),
        by=manager, at=at,
    )  # fmt: skip
    code = create_chat_code(session, by=manager, department=cleaning, at=at)
    chat = open_conversation(
        session, chat_id=manager.id, user_id=manager.id, name=manager.name, language_code="en"
    )
    link_group(
        session, chat_id=-cleaning.id, title="Cleaners", tried_by=chat, code=code, at=at
    )  # fmt: skip


def _make_duty_list(
    session: Session, project: Project, agents: list[int], operators: dict[int, list[int]]
) -> None:
    """By day all but the last, by night the last agent: their duty never begins without somebody on it. Operators
    are there by day, and one of each department but the first by night."""
    for weekday in range(7):
        for agent in agents[:-1]:
            session.add(_shift(project, agent, weekday, time(7), time(22)))
        session.add(_shift(project, agents[-1], weekday, time(22), time(7)))
        for department_id, ids in operators.items():
            for operator in ids:
                session.add(_shift(project, operator, weekday, time(7), time(22)))
            if department_id != min(operators):
                session.add(_shift(project, ids[0], weekday, time(22), time(7)))
    session.flush()


def _shift(project: Project, staff_id: int, weekday: int, starts: time, ends: time) -> DutyShift:
    return DutyShift(
        project_id=project.id, staff_id=staff_id, weekday=weekday, starts=starts, ends=ends
    )
