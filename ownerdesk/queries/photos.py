"""Photos of the work: sent by operators with their jobs, or put with the resolution at the desk."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ownerdesk.model import Attachment, Message


def list_work_photos(session: Session, appeal_id: int) -> Sequence[Attachment]:
    return session.scalars(_photos(appeal_id).order_by(Attachment.id)).all()


def has_work_photo(session: Session, appeal_id: int) -> bool:
    return session.scalar(_photos(appeal_id).limit(1)) is not None


def _photos(appeal_id: int) -> Select[Attachment]:
    from_operator = (Message.author == "staff") & (Message.direction == "in")
    from_desk = (Message.author == "note") & (Message.kind == "photo")
    return (
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .where(
            Message.appeal_id == appeal_id,
            or_(from_operator, from_desk),
            Attachment.state == "stored",
        )
    )
