"""What an owner reads of somebody who comes: one message, sent when they set out and edited when they arrive (S3, S15).

Owners may switch it off; the card shows the steps all the same. An emergency's are told in any case.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Message
from ownerdesk.services import outbox
from ownerdesk.texts import format_when, translator

# Whoever turns back and sets out again so soon is still the same news.
SAME_WAY = timedelta(minutes=30)


def tell_on_the_way(session: Session, appeal: Appeal, name: str, *, who: str, at: datetime) -> None:
    """Somebody is on the way. `who` tells one who comes for an appeal from another; the same one again within half an
    hour, who has not been there meanwhile, is no news."""
    known = _find(session, appeal, who)
    _ = translator(appeal.conversation.language)
    text = _("{number}: {name} is on the way to you.").format(number=appeal.number, name=name)
    is_said = known is not None and known.text == text and at - known.created_at < SAME_WAY
    if _is_told(appeal) and not is_said:
        _send(session, appeal, who, text, at=at)


def tell_arrived(
    session: Session,
    appeal: Appeal,
    name: str,
    *,
    who: str,
    set_out_at: datetime | None,
    at: datetime,
) -> None:
    """Somebody is there. Who has read that they are on the way finds it there, with both times; else it is news."""
    known = _find(session, appeal, who) if set_out_at is not None else None
    language = appeal.conversation.language
    _ = translator(language)
    if known is None or set_out_at is None:
        if _is_told(appeal):
            text = _("{number}: {name} has arrived and is starting.")
            _send(session, appeal, who, text.format(number=appeal.number, name=name), at=at)
        return
    zone = appeal.project.timezone
    start, when = (
        format_when(time, timezone=zone, language=language, now=at) for time in (set_out_at, at)
    )
    text = _("{number}: {name} set out at {start}, arrived at {when} and is starting.")
    outbox.revise(
        session, known, text=text.format(number=appeal.number, name=name, start=start, when=when)
    )


def _is_told(appeal: Appeal) -> bool:
    return appeal.conversation.progress_pushes or appeal.severity == "emergency"


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
