"""Files beside a reply: kept until it is sent, then attachments of what the owner gets; dropped when forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Attachment, Conversation, Message, StaffMember, Upload
from ownerdesk.queries.uploads import list_old_uploads, list_uploads
from ownerdesk.rules.answering import TooManyFiles, UploadGone
from ownerdesk.rules.uploads import MAX_FILES, FileKind

FORGOTTEN_AFTER = timedelta(days=7)


def keep_upload(
    session: Session,
    conversation: Conversation,
    file: FileKind,
    *,
    size: int,
    path: str,
    by: StaffMember,
    at: datetime,
) -> Upload:
    """`size` in bytes; `path` is relative to the files folder, where the file is already. Raises TooManyFiles."""
    if len(list_uploads(session, conversation.id, by.id)) >= MAX_FILES:
        raise TooManyFiles(MAX_FILES)
    upload = Upload(
        conversation_id=conversation.id, staff_id=by.id, kind=file.kind, name=file.name,
        mime_type=file.mime_type, size=size, path=path, created_at=at,
    )  # fmt: skip
    session.add(upload)
    session.flush()
    return upload


def drop_upload(
    session: Session, conversation: Conversation, upload_id: int, *, by: StaffMember
) -> str | None:
    """Take a file away again; the path of what may be deleted, None when it was gone already."""
    (upload,) = _lock(session, conversation, [upload_id], by=by) or (None,)
    if upload is None:
        return None
    session.delete(upload)
    session.flush()
    return upload.path


def take_uploads(
    session: Session, conversation: Conversation, upload_ids: Sequence[int], *, by: StaffMember
) -> list[Upload]:
    """The files of a reply, locked, in the order of the form. Raises UploadGone when one is not the person's any
    more: what was not seen to go out must not be missing silently."""
    found = {u.id: u for u in _lock(session, conversation, upload_ids, by=by)}
    if set(found) != set(upload_ids):
        raise UploadGone
    return [found[upload_id] for upload_id in dict.fromkeys(upload_ids)]


def _lock(
    session: Session, conversation: Conversation, upload_ids: Sequence[int], *, by: StaffMember
) -> list[Upload]:
    return list(
        session.scalars(
            select(Upload)
            .where(
                Upload.id.in_(upload_ids),
                Upload.conversation_id == conversation.id,
                Upload.staff_id == by.id,
            )
            .order_by(Upload.id)
            .with_for_update()
        )
    )


def attach(session: Session, message: Message, upload: Upload) -> None:
    """The file goes out with the message from now, and belongs to it."""
    session.add(
        Attachment(
            message_id=message.id, kind=upload.kind, state="stored", name=upload.name,
            mime_type=upload.mime_type, size=upload.size, path=upload.path,
        )
    )  # fmt: skip
    session.delete(upload)
    session.flush()


def forget_uploads(session: Session, *, at: datetime) -> list[str]:
    """Drop what nobody sent for a week; the paths of what may be deleted."""
    old = list_old_uploads(session, before=at - FORGOTTEN_AFTER)
    paths = [upload.path for upload in old]
    for upload in old:
        session.delete(upload)
    return paths
