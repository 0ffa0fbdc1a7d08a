"""Neighbours of the cast: more homes of one building, each with its owner and chat, who report things."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Building, Conversation, Incident, Owner, Residency, Unit
from ownerdesk.services.appeals import register_appeal
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.incident_search import look_for_incident
from tests.make import NOON, Cast, make_conversation, make_message

WATER = "There is no water in the flat"
LIGHT = "The lights on the stairs have gone out"

# Topics that messages of a test may name.
TOPICS = ("water", "light", "lift", "brown", "gate")


@cache
def encode(text: str) -> tuple[float, ...]:
    """A vector of the topics a text names, so that tests decide what is alike: one topic more or less is 0.71."""
    vector = [0.0] * 512
    found = [i for i, topic in enumerate(TOPICS) if topic in text.lower()]
    for i in found or [100 + len(text) % 100]:
        vector[i] = 1.0 / len(found or [0]) ** 0.5
    return tuple(vector)


def make_neighbours(
    session: Session,
    cast: Cast,
    count: int,
    *,
    entrance: str = "2",
    first: int = 1,
    languages: Sequence[str] = ("en",),
) -> list[Conversation]:
    """Owners with homes of their own in the building of the cast's home."""
    building = session.get_one(Building, cast.unit.building_id)
    made = []
    for number in range(first, first + count):
        unit = Unit(building_id=building.id, entrance=entrance, number=f"{entrance}-{number}")
        language = languages[number % len(languages)]
        owner = Owner(name=f"Neighbour {number}", language=language)
        session.add_all([unit, owner])
        session.flush()
        session.add(Residency(owner_id=owner.id, unit_id=unit.id, role="owner"))
        chat = make_conversation(
            session, chat_id=8000 + 100 * int(entrance or 0) + number, language=language
        )
        chat.owner_id, chat.unit_id, chat.project_id = owner.id, unit.id, cast.project.id
        session.flush()
        made.append(chat)
    return made


def report(
    session: Session,
    conversation: Conversation,
    text: str = WATER,
    *,
    category: str = "water_supply",
    nature: str = "help_seeking",
    at: datetime = NOON,
    kind: str | None = None,
    look: bool = True,
) -> Appeal:
    """An owner reports something, and the job that looks for incidents has run."""
    conversation = session.get_one(Conversation, conversation.id)
    message = make_message(session, conversation, text, at=at)
    if nature == "emergency":
        appeal = raise_emergency(
            session, conversation, message, kind=kind or "flooding", found_by="rule", at=at
        )
    else:
        appeal = register_appeal(
            session, conversation, message, nature=nature, category=category, at=at,
            may_join=False,
        )  # fmt: skip
    if look:
        look_for_incident(session, appeal.id, encode, at=at)
    return appeal


def all_incidents(session: Session) -> list[Incident]:
    return list(session.scalars(select(Incident).order_by(Incident.id)))


def only_incident(session: Session) -> Incident:
    (incident,) = all_incidents(session)
    return incident
