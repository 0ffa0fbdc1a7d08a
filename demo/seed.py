"""Fills the database for the demo from the cast: projects, homes, owners, staff, duty list, and some history.

History is made by the product's own services with past times; what it would have sent is marked as sent, because the
phones of the demo begin empty.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from demo import cast
from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.bootstrap import Core
from ownerdesk.model import (
    Building,
    Conversation,
    Department,
    DispatchRule,
    DutyShift,
    Message,
    Owner,
    Project,
    Residency,
    StaffMember,
    Unit,
)
from ownerdesk.queries.owners import list_homes
from ownerdesk.queries.staff import find_department_for
from ownerdesk.rules.phones import normalise_phone
from ownerdesk.services.appeals import register_appeal
from ownerdesk.services.closure import confirm_solved, rate_appeal, reopen_appeal
from ownerdesk.services.content import load_content
from ownerdesk.services.conversations import open_conversation
from ownerdesk.services.events import Actor
from ownerdesk.services.messages import IncomingMessage, store_message
from ownerdesk.services.owners import choose_home, create_invite
from ownerdesk.services.progress import (
    accept_appeal,
    arrive,
    dispatch_appeal,
    resolve_appeal,
    set_out,
)
from ownerdesk.services.projects import create_project
from ownerdesk.services.staff import Role, create_staff
from ownerdesk.settings import Settings

logger = logging.getLogger(__name__)

ADMIN_FILE = "admin.txt"
PHONES = {"A": "+44 7700 900000", "J": "+34 600 000 000"}
EMERGENCY_NUMBERS = {"A": "999", "J": "112"}
SHIFTS = ((time(7), time(19)), (time(19), time(7)))


@dataclass(frozen=True)
class Story:
    """An appeal of the past. `ending` is closed, reopened, resolved, in_progress, accepted or received."""

    telegram_id: int
    hours_ago: float
    nature: str
    category: str
    words: str
    ending: str
    resolution: str = ""
    stars: int = 0


STORIES = (
    Story(
        5001,
        170,
        "help_seeking",
        "lighting",
        "The lamp over the second floor landing has been dark since yesterday evening.",
        "closed",
        "New lamp fitted, the other three on the stairs checked.",
        5,
    ),
    Story(
        5006,
        150,
        "dissatisfaction",
        "cleaning",
        "Otra vez el portal lleno de barro, y eso que dijeron que hoy pasaban.",
        "closed",
        "Portal fregado; la limpieza pasa ahora también los martes.",
        4,
    ),
    Story(
        5002,
        120,
        "help_seeking",
        "doors_access",
        "门禁卡刷了没反应，前天还好好的。",
        "closed",
        "重新写卡，已当面试过。",
        5,
    ),
    Story(
        5003,
        96,
        "help_seeking",
        "water_supply",
        "Kitchen tap only gives a thin trickle, the bathroom is fine.",
        "closed",
        "Shut-off valve was half closed after the works; opened.",
        3,
    ),
    Story(
        5007,
        3,
        "help_seeking",
        "elevator",
        "The lift stops with a jerk on our floor and the step is a good inch too high.",
        "reopened",
        "Levelling adjusted by the lift company.",
    ),
    Story(
        5008,
        30,
        "consultation",
        "parking",
        "Mi abuelo quiere saber si puede alquilar la plaza a un vecino.",
        "closed",
        "Sí, con aviso por escrito a administración.",
        5,
    ),
    Story(
        5003,
        1.5,
        "help_seeking",
        "drainage",
        "The drain on my balcony is blocked and the rain water just stands there.",
        "in_progress",
    ),
    Story(
        5006,
        2.5,
        "help_seeking",
        "heating",
        "El radiador del salón está tibio aunque lo ponga al máximo.",
        "accepted",
    ),
    Story(
        5002,
        0.1,
        "help_seeking",
        "parking",
        "我的车位被一辆白色面包车占了，能联系一下车主吗？",
        "received",
    ),
)


def run(settings: Settings) -> None:
    """Seed once; a second call finds the projects and does nothing."""
    core = Core(settings)
    try:
        if core.transact_now(_is_seeded):
            return
        password = secrets.token_urlsafe(9)
        core.transact_now(_seed, password, at=core.clock())
    finally:
        core.close()
    note = settings.data_dir / "demo" / ADMIN_FILE
    note.parent.mkdir(parents=True, exist_ok=True)
    note.touch(mode=0o600)
    logins = [s.email for s in cast.STAFF if s.role in ("admin", "manager", "agent")]
    note.write_text(
        f"{logins.pop()}\n{password}\n" if len(logins) == 1 else _format_logins(logins, password)
    )


def _format_logins(logins: list[str], password: str) -> str:
    """The agents first: they are who one plays."""
    return "e-mail:   " + "\n          ".join(logins) + f"\npassword: {password} (for all)\n"


def _is_seeded(session: Session) -> bool:
    return (
        session.scalar(select(Project.id).where(Project.code == cast.PROJECTS[0].code)) is not None
    )


def _seed(session: Session, password: str, *, at: datetime) -> None:
    load_content(session, encode)
    projects = {p.code: _seed_project(session, p) for p in cast.PROJECTS}
    homes = _seed_homes(session, projects)
    _seed_staff(session, projects, password, at=at)
    owners = _seed_people(session, homes, at=at)
    for person in cast.PEOPLE:
        if person.telegram_id is not None:
            _seed_phone(session, person, owners[person.key], at=at)
    for story in STORIES:
        _play(session, story, now=at)
    _seed_operators(session, projects)
    _forget_deliveries(session)


def _seed_project(session: Session, project: cast.CastProject) -> Project:
    return create_project(
        session,
        code=project.code,
        name=project.name,
        timezone=project.timezone,
        language=project.language,
        phone=PHONES[project.code],
        emergency_number=EMERGENCY_NUMBERS[project.code],
    )


def _seed_homes(session: Session, projects: dict[str, Project]) -> dict[str, Unit]:
    buildings: dict[tuple[str, int], Building] = {}
    addresses = {p.code: p.address for p in cast.PROJECTS}
    for entry in cast.BUILDINGS:
        building = Building(
            project_id=projects[entry.project].id, name=entry.name, address=addresses[entry.project]
        )
        session.add(building)
        buildings[entry.project, entry.number] = building
    session.flush()
    units: dict[str, Unit] = {}
    for home in cast.HOMES:
        units[home.key] = Unit(
            building_id=buildings[home.project, home.building].id,
            entrance=home.entrance,
            floor=home.floor,
            number=home.number,
        )
    session.add_all(units.values())
    session.flush()
    return units


def _seed_staff(
    session: Session, projects: dict[str, Project], password: str, *, at: datetime
) -> None:
    """Two shifts around the clock in every project; the first agent has the day, the second the night."""
    on_duty: dict[int, list[StaffMember]] = {}
    for entry in cast.STAFF:
        project = projects[entry.project] if entry.project else None
        department_id = None
        if entry.department and project:
            department_id = session.scalar(
                select(Department.id).where(
                    Department.project_id == project.id, Department.code == entry.department
                )
            )
        member = create_staff(
            session,
            email=entry.email,
            name=entry.name,
            password=None if entry.role == "operator" else password,
            roles=[Role(entry.role, project.id if project else None, department_id)],
            language=entry.languages[0],
            at=at,
        )
        if entry.role == "agent" and project:
            on_duty.setdefault(project.id, []).append(member)
    for project_id, agents in on_duty.items():
        for member, (starts, ends) in zip(agents, SHIFTS, strict=True):
            for weekday in range(7):
                session.add(
                    DutyShift(
                        project_id=project_id,
                        staff_id=member.id,
                        weekday=weekday,
                        starts=starts,
                        ends=ends,
                    )
                )
    session.flush()


def _seed_people(session: Session, homes: dict[str, Unit], *, at: datetime) -> dict[str, Owner]:
    owners: dict[str, Owner] = {}
    for person in cast.PEOPLE:
        owner = Owner(
            name=person.name,
            phone=normalise_phone(person.phone),
            language=person.language,
        )
        session.add(owner)
        session.flush()
        owners[person.key] = owner
        for key in (person.home, *person.other_homes):
            if key is not None:
                session.add(Residency(owner_id=owner.id, unit_id=homes[key].id, role=person.role))
    session.flush()
    return owners


def _seed_phone(session: Session, person: cast.Person, owner: Owner, *, at: datetime) -> None:
    """Those the company knows have their chat; the others find an invitation waiting."""
    if not person.linked:
        create_invite(session, owner, at=at)
        return
    assert person.telegram_id is not None, "only people with a phone come here"
    conversation = open_conversation(
        session,
        chat_id=person.telegram_id,
        user_id=person.telegram_id,
        name=owner.name,
        language_code=person.language,
    )
    conversation.owner_id = owner.id
    homes = list_homes(session, owner.id)
    choose_home(session, conversation, homes[0])
    for residency in session.scalars(select(Residency).where(Residency.owner_id == owner.id)):
        residency.verified_by, residency.verified_at = "phone", at


def _play(session: Session, story: Story, *, now: datetime) -> None:
    """Walk one appeal through the services, at the times it would have taken."""
    at = now - timedelta(hours=story.hours_ago)
    conversation = session.scalars(
        select(Conversation).where(Conversation.chat_id == story.telegram_id)
    ).one()
    # The phones begin empty: ids below zero are never Telegram's.
    incoming = IncomingMessage(
        telegram_message_id=-STORIES.index(story) - 1, kind="text", text=story.words
    )
    message = store_message(session, conversation, incoming, at=at)
    appeal = register_appeal(
        session,
        conversation,
        message,
        nature=story.nature,
        category=story.category,
        at=at,
        may_join=False,
    )
    if story.ending == "received":
        return
    agent = session.get_one(StaffMember, appeal.responsible_id)
    by = Actor.staff(agent.id)
    accept_appeal(session, appeal, by=agent, at=at + timedelta(minutes=3))
    if story.ending == "accepted":
        return
    department = session.get_one(Department, appeal.department_id)
    operator = next(
        (m for m in _operators(session) if department.id in {r.department_id for r in m.roles}),
        None,
    )
    dispatch_appeal(
        session,
        appeal,
        department=department,
        operator=operator,
        by=agent,
        at=at + timedelta(minutes=5),
    )
    set_out(session, appeal, by=by, at=at + timedelta(minutes=9))
    arrive(session, appeal, by=by, at=at + timedelta(minutes=14))
    if story.ending == "in_progress":
        return
    done_at = at + timedelta(minutes=27)
    resolve_appeal(session, appeal, resolution=story.resolution, by=by, at=done_at)
    if story.ending == "reopened":
        reopen_appeal(session, appeal, how="half", at=done_at + timedelta(minutes=40))
    if story.ending == "closed":
        confirm_solved(session, appeal, at=done_at + timedelta(minutes=20))
        rate_appeal(session, appeal, stars=story.stars, at=done_at + timedelta(minutes=21))
        conversation.awaiting = None


def _seed_operators(session: Session, projects: dict[str, Project]) -> None:
    """Operators with a phone: always on duty, and faults of doors go to them by themselves."""
    for entry in cast.STAFF:
        if entry.telegram_id is None or entry.project is None:
            continue
        member = session.scalars(select(StaffMember).where(StaffMember.email == entry.email)).one()
        chat = open_conversation(
            session,
            chat_id=entry.telegram_id,
            user_id=entry.telegram_id,
            name=entry.name,
            language_code=entry.languages[0],
        )
        chat.kind, chat.staff_id, chat.language_chosen = "staff", member.id, True
        session.add_all(
            DutyShift(
                project_id=projects[entry.project].id,
                staff_id=member.id,
                weekday=weekday,
                starts=time(0),
                ends=time(0),
            )
            for weekday in range(7)
        )
    project = projects["A"]
    department = find_department_for(session, project.id, "doors_access")
    assert department is not None, "every project has its departments"
    session.add(
        DispatchRule(
            project_id=project.id,
            position=1,
            category="doors_access",
            department_id=department.id,
            supporting_ids=[],
        )
    )
    session.flush()


def _operators(session: Session) -> list[StaffMember]:
    return list(
        session.scalars(
            select(StaffMember).where(StaffMember.password_hash.is_(None)).order_by(StaffMember.id)
        )
    )


def _forget_deliveries(session: Session) -> None:
    """Nothing of the past is sent, and no clock of the past rings."""
    session.execute(
        update(Message)
        .where(Message.direction == "out")
        .values(state="sent", sent_revision=Message.revision, sent_at=Message.created_at)
    )
    session.execute(text("DELETE FROM procrastinate_jobs WHERE task_name = 'deliver_message'"))
