"""A cast for tests: one project with a home, an owner and a few members of staff, plainly invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    Building,
    Conversation,
    Department,
    DutyShift,
    Example,
    LabelItem,
    Message,
    Owner,
    Project,
    Residency,
    StaffMember,
    StaffRole,
    Unit,
)
from ownerdesk.rules.readings import Reading
from ownerdesk.services.appeals import register_appeal
from ownerdesk.services.conversations import open_conversation
from ownerdesk.services.label_items import collect
from ownerdesk.services.messages import IncomingMessage, store_message

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
LATER = timedelta(minutes=1)


@dataclass
class Cast:
    """Who plays in a test. Alma is the owner; Mara is on duty as an agent, Boris manages, Ike is an electrician."""

    project: Project
    unit: Unit
    alma: Owner
    mara: StaffMember
    boris: StaffMember
    ike: StaffMember
    maintenance: Department
    accounts: Department
    conversation: Conversation


def make_cast(session: Session, *, code: str = "T", chat_id: int = 7001) -> Cast:
    """A project as a company would set it up; the duty list covers every hour of the week."""
    project = Project(
        code=code, name=f"Test Court {code}", timezone="Europe/Madrid", language="en",
        phone="+34 600 000 000",
    )  # fmt: skip
    session.add(project)
    session.flush()
    building = Building(project_id=project.id, name="Birch House", address="1 Test Street")
    session.add(building)
    session.flush()
    unit = Unit(building_id=building.id, entrance="2", floor=4, number="14")
    alma = Owner(name="Alma Test", phone=f"+3460000{chat_id:04d}", language="en")
    session.add_all([unit, alma])
    session.flush()
    session.add(Residency(owner_id=alma.id, unit_id=unit.id, role="owner"))
    maintenance = make_department(
        session,
        project,
        "maintenance",
        ["lighting", "elevator", "water_supply", "drainage", "other"],
    )
    accounts = make_department(session, project, "accounts", ["property_fee", "utility_bill"])
    mara = make_staff(session, project, f"Mara {code}", "agent")
    boris = make_staff(session, project, f"Boris {code}", "manager")
    ike = make_staff(session, project, f"Ike {code}", "operator", department=maintenance)
    for weekday in range(7):
        session.add(
            DutyShift(
                project_id=project.id,
                staff_id=mara.id,
                weekday=weekday,
                starts=time(0),
                ends=time(0),
            )
        )
    conversation = make_conversation(session, chat_id=chat_id)
    conversation.owner_id, conversation.unit_id = alma.id, unit.id
    conversation.project_id = project.id
    session.flush()
    return Cast(project, unit, alma, mara, boris, ike, maintenance, accounts, conversation)


def make_department(
    session: Session, project: Project, code: str, categories: list[str]
) -> Department:
    department = Department(
        project_id=project.id, code=code, names={"en": code.title()}, categories=categories
    )
    session.add(department)
    session.flush()
    return department


def make_staff(
    session: Session,
    project: Project | None,
    name: str,
    role: str,
    *,
    department: Department | None = None,
) -> StaffMember:
    email = f"{name.lower().replace(' ', '.')}@example.com"
    member = StaffMember(name=name, email=email)
    session.add(member)
    session.flush()
    session.add(
        StaffRole(
            staff_id=member.id,
            project_id=project.id if project else None,
            department_id=department.id if department else None,
            role=role,
        )
    )
    session.flush()
    session.refresh(member, ["roles"])
    return member


def put_on_duty(session: Session, project: Project, member: StaffMember) -> None:
    """Round the clock, every day."""
    session.add_all(
        DutyShift(
            project_id=project.id, staff_id=member.id, weekday=day, starts=time(0), ends=time(0)
        )
        for day in range(7)
    )
    session.flush()


def make_staff_chat(
    session: Session, member: StaffMember, *, chat_id: int | None = None
) -> Conversation:
    """The private chat a member of staff has linked."""
    chat_id = chat_id or 8_000_000 + member.id
    chat = Conversation(
        chat_id=chat_id, telegram_user_id=chat_id, kind="staff", staff_id=member.id,
        name=member.name, language=member.language,
    )  # fmt: skip
    session.add(chat)
    session.flush()
    return chat


def make_group_chat(session: Session, department: Department, *, chat_id: int) -> Conversation:
    """A group that the department has linked."""
    group = Conversation(
        chat_id=chat_id, telegram_user_id=chat_id, name="Group", language="en",
        kind="department", department_id=department.id,
    )  # fmt: skip
    session.add(group)
    session.flush()
    return group


def make_operator(
    session: Session, cast: Cast, name: str, *, chat_id: int, on_duty: bool = True
) -> StaffMember:
    """One more of the maintenance department, with a chat."""
    member = make_staff(session, cast.project, name, "operator", department=cast.maintenance)
    make_staff_chat(session, member, chat_id=chat_id)
    if on_duty:
        put_on_duty(session, cast.project, member)
    return member


def make_conversation(
    session: Session, *, chat_id: int = 7001, language: str = "en"
) -> Conversation:
    return open_conversation(
        session, chat_id=chat_id, user_id=chat_id, name="Alma", language_code=language
    )


_ids = iter(range(1, 1_000_000))


def make_message(
    session: Session,
    conversation: Conversation,
    text: str = "The light on the landing is out.",
    *,
    at: datetime = NOON,
    **fields: Any,
) -> Message:
    incoming = IncomingMessage(
        telegram_message_id=fields.pop("telegram_message_id", next(_ids)),
        kind=fields.pop("kind", "text"),
        text=text,
        **fields,
    )
    return store_message(session, conversation, incoming, at=at)


def make_appeal(
    session: Session,
    cast: Cast,
    *,
    nature: str = "help_seeking",
    category: str = "lighting",
    at: datetime = NOON,
) -> Appeal:
    conversation = session.get_one(Conversation, cast.conversation.id)
    message = make_message(session, conversation, at=at)
    return register_appeal(
        session, conversation, message, nature=nature, category=category, at=at, may_join=False
    )


def make_reading(intent: str = "help_seeking", **fields: Any) -> Reading:
    values: dict[str, Any] = {
        "language": "en",
        "intent": intent,
        "intent_confidence": 0.9,
        "ranking": {intent: 0.9, "consultation": 0.1}
        if intent != "consultation"
        else {intent: 1.0},
        "category": "lighting",
        "category_confidence": 0.8,
        "category_ranking": {"lighting": 0.8},
        "kind": "other",
        "kind_confidence": 0.5,
        "entities": (),
        "decision": "accept",
        "alarm": False,
    }
    return Reading(**{**values, **fields})


def list_sent(session: Session, conversation: Conversation) -> list[Message]:
    """What the owner was told, in order."""
    return list(
        session.scalars(
            select(Message)
            .where(Message.conversation_id == conversation.id, Message.direction == "out")
            .order_by(Message.id)
        )
    )


def make_label_item(
    session: Session,
    cast: Cast,
    words: str = "the lift hums",
    *,
    why: str = "unsure",
    alike: int = 0,
    at: datetime = NOON,
    proposed: dict[str, Any] | None = None,
    **reading: Any,
) -> LabelItem:
    """A message in the inbox; those with the same number are alike."""
    conversation = session.get_one(Conversation, cast.conversation.id)
    message = make_message(session, conversation, words, at=at)
    message.reading = make_reading(**{"decision": "clarify", **reading}).as_record()
    session.flush()
    vector = [1.0 if place == alike else 0.0 for place in range(512)]
    item = collect(session, message.id, why=why, proposed=proposed or {}, vector=vector, at=at)
    assert item is not None
    return item


def make_example(
    session: Session,
    cast: Cast,
    words: str = "the lift hums",
    intent: str = "help_seeking",
    **more: Any,
) -> Example:
    """One that was made of no message, unless told otherwise."""
    fields = {"language": "en", "category": "elevator", "use": "train", "source": "staff"} | more
    example = Example(text=words, intent=intent, added_by_id=cast.boris.id, added_at=NOON, **fields)
    session.add(example)
    session.flush()
    return example
