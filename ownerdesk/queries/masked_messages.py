"""Owners' messages as people may see them who judge a model: without personal data."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import LabelItem, Message
from ownerdesk.queries.label_items import list_known_names
from ownerdesk.rules.masking import mask


def read_masked(session: Session, message: Message) -> tuple[str, int | None]:
    """The words with other names and numbers, and the id of the label item of the message, if it has one."""
    item = session.scalar(select(LabelItem).where(LabelItem.message_id == message.id))
    if item is not None:
        return item.text, item.id
    return mask(message.text, list_known_names(session, message.conversation))[0], None
