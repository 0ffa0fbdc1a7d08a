"""Resolving from the desk: what was done for the owner, and what caused it, which parts and a photo for the company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Attachment, Message, StaffMember
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.photos import has_work_photo
from ownerdesk.rules.appeals import AppealAction, next_state
from ownerdesk.rules.refusals import MissingText
from ownerdesk.rules.resolutions import required_fields
from ownerdesk.services.events import Actor
from ownerdesk.services.live import announce
from ownerdesk.services.progress import MAX_REASON, MAX_RESOLUTION, check_text, resolve_appeal


@dataclass(frozen=True)
class StoredPhoto:
    """A file that lies in the files folder already; `path` is relative to it, `size` in bytes."""

    path: str
    name: str
    mime_type: str
    size: int


@dataclass(frozen=True)
class Resolution:
    """What a form says."""

    done: str
    cause: str = ""
    parts: str = ""
    photo: StoredPhoto | None = None


def resolve_with(
    session: Session, appeal: Appeal, said: Resolution, *, by: StaffMember, at: datetime
) -> None:
    """Raises what `resolve_appeal` raises, and MissingText for a field that the category cannot do without."""
    next_state(appeal.state, AppealAction.RESOLVE)
    done = check_text("resolution", said.done, MAX_RESOLUTION)
    wanted = required_fields(appeal.nature, read_categories(session).group_of(appeal.category))
    cause = check_text("cause", said.cause, MAX_RESOLUTION) if said.cause.strip() else ""
    parts = check_text("parts", said.parts, MAX_REASON) if said.parts.strip() else ""
    for field, text in (("cause", cause), ("parts", parts)):
        if field in wanted and not text:
            raise MissingText(field)
    is_shown = said.photo is not None or has_work_photo(session, appeal.id)
    if "photo" in wanted and not is_shown:
        raise MissingText("photo")
    appeal.cause, appeal.parts = cause or None, parts or None
    resolve_appeal(session, appeal, resolution=done, by=Actor.staff(by.id), at=at)
    if said.photo is not None:
        _keep_photo(session, appeal, said.photo, by=by, at=at)


def _keep_photo(
    session: Session, appeal: Appeal, photo: StoredPhoto, *, by: StaffMember, at: datetime
) -> None:
    """A note with a file: staff see it in the conversation, the owner does not."""
    note = Message(
        conversation_id=appeal.conversation_id,
        appeal_id=appeal.id,
        direction="out",
        author="note",
        staff_id=by.id,
        kind="photo",
        state="noted",
        created_at=at,
    )
    session.add(note)
    session.flush()
    session.add(
        Attachment(
            message_id=note.id,
            kind="photo",
            state="stored",
            name=photo.name,
            mime_type=photo.mime_type,
            size=photo.size,
            path=photo.path,
        )
    )
    announce(session, "message", conversation=appeal.conversation_id, appeal=appeal.id)
