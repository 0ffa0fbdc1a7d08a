"""Recaps: what was said in a conversation before a person takes it, made of what is stored and of nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Handoff, Message
from ownerdesk.model.labels import OPEN_STATES
from ownerdesk.rules.excerpts import cut

LOOKED_AT = 40  # messages of a conversation, from the latest back
QUOTED = 200
ASKED = 3
LATEST = 20  # appeals of a conversation


@dataclass
class Recap:
    """`asked` are the owner's own words, oldest first. `tried` says what was done with their messages: counts by
    `Message.answered_how`. `answers` are the titles of the articles that were sent, `registered` the numbers of the
    appeals that were made; `open` what is open with this owner's chat; `waiting` counts messages without an answer,
    `files` photos and the like."""

    asked: list[str] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    answers: list[str] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)
    open: list[Appeal] = field(default_factory=list)
    waiting: int = 0
    files: int = 0


def read_recaps(session: Session, handoffs: Sequence[Handoff]) -> dict[int, Recap]:
    """By the id of the handoff. Of each conversation the messages since it was last given back count."""
    recaps = {h.conversation_id: Recap() for h in handoffs}
    since = _last_returned(session, list(recaps))
    made = _list_appeals(session, list(recaps))
    for conversation_id, messages in _list_written(session, list(recaps)).items():
        began = since.get(conversation_id)
        fresh = [m for m in messages if began is None or m.created_at > began]
        _fill(recaps[conversation_id], fresh, made[conversation_id])
    for conversation_id, recap in recaps.items():
        recap.open = [a for a in made[conversation_id] if a.state in OPEN_STATES]
    return {h.id: recaps[h.conversation_id] for h in handoffs}


def _fill(recap: Recap, messages: Sequence[Message], made: Sequence[Appeal]) -> None:
    # A shared number and a command say nothing of what somebody wants.
    spoken = [m for m in messages if m.kind != "contact" and not m.text.startswith("/")]
    recap.asked = [cut(m.text, QUOTED) for m in spoken if m.text.strip()][-ASKED:]
    recap.files = sum(1 for m in spoken if m.kind in ("photo", "voice", "video", "document"))
    recap.tried = Counter(m.answered_how for m in messages if m.answered_how)
    recap.waiting = sum(1 for m in messages if m.answered_at is None)
    ids = {m.id for m in messages}
    for appeal in made:
        if appeal.source_message_id not in ids:
            continue
        if appeal.nature == "consultation" and appeal.resolution:
            recap.answers.append(appeal.resolution)
        else:
            recap.registered.append(appeal.number)


def _last_returned(session: Session, conversation_ids: list[int]) -> dict[int, datetime]:
    rows = session.execute(
        select(Handoff.conversation_id, func.max(Handoff.returned_at))
        .where(Handoff.conversation_id.in_(conversation_ids), Handoff.returned_at.is_not(None))
        .group_by(Handoff.conversation_id)
    )
    return {conversation_id: at for conversation_id, at in rows if at is not None}


def _list_written(session: Session, conversation_ids: list[int]) -> dict[int, list[Message]]:
    """The owners' latest messages, oldest first."""
    place = (
        func.row_number()
        .over(partition_by=Message.conversation_id, order_by=Message.id.desc())
        .label("place")
    )
    latest = (
        select(Message.id, place)
        .where(Message.conversation_id.in_(conversation_ids), Message.direction == "in")
        .subquery()
    )
    found = session.scalars(
        select(Message)
        .join(latest, latest.c.id == Message.id)
        .where(latest.c.place <= LOOKED_AT)
        .order_by(Message.id)
    )
    by_conversation: dict[int, list[Message]] = defaultdict(list)
    for message in found:
        by_conversation[message.conversation_id].append(message)
    return by_conversation


def _list_appeals(session: Session, conversation_ids: list[int]) -> dict[int, list[Appeal]]:
    """The latest of each conversation, oldest first."""
    place = (
        func.row_number()
        .over(partition_by=Appeal.conversation_id, order_by=Appeal.id.desc())
        .label("place")
    )
    latest = select(Appeal.id, place).where(Appeal.conversation_id.in_(conversation_ids)).subquery()
    found = session.scalars(
        select(Appeal)
        .join(latest, latest.c.id == Appeal.id)
        .where(latest.c.place <= LATEST)
        .order_by(Appeal.id)
    )
    by_conversation: dict[int, list[Appeal]] = defaultdict(list)
    for appeal in found:
        by_conversation[appeal.conversation_id].append(appeal)
    return by_conversation
