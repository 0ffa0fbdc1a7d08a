"""What an owner reads of somebody who comes: one message, sent when they set out and edited when they arrive (S3, S15).

Owners may switch it off; the card shows the steps all the same. An emergency's are told in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Message
from ownerdesk.services import outbox
from ownerdesk.services.owner_news import list_heard
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import format_when

# Whoever turns back and sets out again so soon is still the same news.
SAME_WAY = timedelta(minutes=30)


Name = Callable[[str], str]


def tell_on_the_way(
    session: Session, appeal: Appeal, name: Name, *, who: str, at: datetime
) -> None:
    """Somebody is on the way; `name` gives what they are called in a language. `who` tells one who comes for an appeal
    from another; the same one again within half an hour, who has not been there meanwhile, is no news. All owners of
    merged appeals hear it."""
    for heard in list_heard(session, appeal):
        known = _find(session, heard, who)
        _ = voice_of(heard.conversation)
        text = _("{number}: {name} is on the way to you.").format(
            number=heard.number, name=name(heard.conversation.language)
        )
        is_said = known is not None and known.text == text and at - known.created_at < SAME_WAY
        if _is_told(heard, appeal) and not is_said:
            _send(session, heard, who, text, at=at)


def tell_arrived(
    session: Session,
    appeal: Appeal,
    name: Name,
    *,
    who: str,
    set_out_at: datetime | None,
    at: datetime,
) -> None:
    """Somebody is there. Who has read that they are on the way finds it there, with both times; else it is news."""
    for heard in list_heard(session, appeal):
        known = _find(session, heard, who) if set_out_at is not None else None
        language = heard.conversation.language
        _ = voice_of(heard.conversation)
        values = {"number": heard.number, "name": name(language)}
        if known is None or set_out_at is None:
            if _is_told(heard, appeal):
                text = _("{number}: {name} has arrived and is starting.").format(**values)
                _send(session, heard, who, text, at=at)
            continue
        zone = appeal.project.timezone
        start, when = (
            format_when(time, timezone=zone, language=language, now=at) for time in (set_out_at, at)
        )
        text = _("{number}: {name} set out at {start}, arrived at {when} and is starting.")
        outbox.revise(session, known, text=text.format(**values, start=start, when=when))


def _is_told(heard: Appeal, appeal: Appeal) -> bool:
    return heard.conversation.progress_pushes or appeal.severity == "emergency"


def _find(session: Session, appeal: Appeal, who: str) -> Message | None:
    return session.scalar(
        select(Message)
        .where(
            Message.appeal_id == appeal.id,
            Message.key.startswith(f"coming:{appeal.id}:{who}:", autoescape=True),
        )
        .order_by(Message.id.desc())
        .limit(1)
    )


def _send(session: Session, appeal: Appeal, who: str, text: str, *, at: datetime) -> None:
    key = f"coming:{appeal.id}:{who}:{at.isoformat()}"
    outbox.send(session, appeal.conversation, text, key=key, at=at, appeal=appeal)
