"""How well owners were understood, week by week; and the messages behind a week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Float, and_, cast, func, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from ownerdesk.model import Conversation, Correction, Handoff, LabelItem, Message
from ownerdesk.rules.drift import Week, start_of, week_of

# An owner wanted a person, or the bot did not understand; emergencies and strangers go to people whatever was read.
HANDED_OFF = ("asked", "two_misses", "not_understood")
SHOWN = 30
LATE = timedelta(days=1)  # messages may be stored a little later than they were written

_language: ColumnElement[str] = func.coalesce(
    Message.reading["language"].astext, Conversation.language
)
_CONFIDENCE = cast(Message.reading["nature_confidence"].astext, Float)
_WEEK = cast(func.date_trunc("week", func.timezone("UTC", Message.created_at)), Date)


def list_weeks(session: Session, *, weeks: int, at: datetime) -> list[Week]:
    """The last `weeks` weeks in which owners wrote, the one under way included, by week and language."""
    since = start_of(week_of(at) - timedelta(weeks=weeks - 1))
    query = (
        select(
            _WEEK.label("monday"),
            _language.label("tongue"),
            func.count(),
            *(
                func.count().filter(_is(measure, since))
                for measure in ("handoffs", "clarifications", "corrections")
            ),
            func.coalesce(func.sum(_CONFIDENCE), 0.0),
        )
        .select_from(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(*_read_since(session, since), Message.created_at <= at)
        .group_by("monday", "tongue")
        .order_by("monday", "tongue")
    )
    rows: list[Any] = list(session.execute(query))
    return [Week(*row) for row in rows]


def list_behind(
    session: Session, *, first: date, language: str, measure: str
) -> list[tuple[Message, int | None]]:
    """The latest messages of a week that a figure counts, for confidence the least sure ones; each with the id of its
    label item, if there is one."""
    since = start_of(first)
    query = (
        select(Message, LabelItem.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .outerjoin(LabelItem, LabelItem.message_id == Message.id)
        .options(selectinload(Message.conversation))
        .where(
            *_read_since(session, since),
            Message.created_at < since + timedelta(weeks=1),
            _language == language,
        )
        .limit(SHOWN)
    )
    if measure == "confidence":
        query = query.order_by(_CONFIDENCE, Message.id.desc())
    else:
        query = query.where(_is(measure, since)).order_by(Message.id.desc())
    return [(message, item_id) for message, item_id in session.execute(query)]


def _is(measure: str, since: datetime) -> ColumnElement[bool]:
    """Whether a message written after `since` counts."""
    handed_off = select(Handoff.message_id).where(
        Handoff.requested_at >= since - LATE,
        Handoff.reason.in_(HANDED_OFF),
        Handoff.message_id.is_not(None),
    )
    tapped = aliased(LabelItem)
    conditions: dict[str, ColumnElement[bool]] = {
        "handoffs": Message.id.in_(handed_off),
        "clarifications": Message.reading["decision"].astext == "clarify",
        "corrections": or_(
            select(Correction.id).where(Correction.message_id == Message.id).exists(),
            select(tapped.id)
            .where(tapped.message_id == Message.id, tapped.reasons.contains(["owner"]))
            .exists(),
        ),
    }
    return conditions[measure]


def _read_since(session: Session, since: datetime) -> Sequence[ColumnElement[bool]]:
    """Owners' messages that were read. The id bounds what is looked at, because ids are indexed and times are not."""
    return [
        Message.id >= _first_id(session, since - LATE),
        and_(Message.direction == "in", Message.reading.is_not(None)),
        Message.created_at >= since,
    ]


def _first_id(session: Session, since: datetime) -> int:
    """By halving: ids grow with time, so that thirty looks find the place among any number of messages."""
    low, high = 0, (session.scalar(select(func.max(Message.id))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        found: Any = session.execute(
            select(Message.id, Message.created_at)
            .where(Message.id >= middle, Message.id < high)
            .order_by(Message.id)
            .limit(1)
        ).first()
        if found is None or found.created_at >= since:
            high = middle
        else:
            low = found.id + 1
    return low
