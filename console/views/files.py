"""Files that owners sent: behind the same access check as their conversation, and never run by the browser."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import path_id
from console.keys import CORE, get_viewer
from ownerdesk.model import Attachment
from ownerdesk.queries.appeals import get_appeal_for_staff
from ownerdesk.queries.conversations import get_conversation_for_staff
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.access import Right

# What a browser only shows or plays. SVG and HTML are left out on purpose: they can hold scripts.
SHOWN_TYPES = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "audio/ogg",
        "audio/mpeg",
        "audio/mp4",
        "video/mp4",
        "video/webm",
    }
)
# Telegram does not say the type of these; it sends them in one format only.
KIND_TYPES = {"photo": "image/jpeg", "voice": "audio/ogg", "video": "video/mp4"}
UNKNOWN_TYPE = "application/octet-stream"


async def send_file(request: web.Request) -> web.StreamResponse:
    core, viewer, attachment_id = request.app[CORE], get_viewer(request), path_id(request)

    def find(session: Session) -> Attachment:
        attachment = session.get(Attachment, attachment_id)
        if attachment is None or attachment.state != "stored" or not attachment.path:
            raise web.HTTPNotFound
        member = get_staff_member(session, viewer.staff_id)
        message = attachment.message
        if message.author == "staff" and message.appeal_id is not None:  # a photo of the work
            get_appeal_for_staff(session, member, message.appeal_id, Right.SEE_APPEALS)
        else:
            get_conversation_for_staff(session, member, message.conversation_id)
        return attachment

    attachment = await core.transact(find)
    root = core.settings.files_dir.resolve()
    path = (root / (attachment.path or "")).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise web.HTTPNotFound
    content_type = type_of(attachment)
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": _disposition(attachment, path, content_type),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=3600",
    }
    return web.FileResponse(path, headers=headers)


def type_of(attachment: Attachment) -> str:
    """The type it is sent as: one that is only shown or played, else one that is only saved."""
    stated = attachment.mime_type.partition(";")[0].strip().lower()
    wanted = stated or KIND_TYPES.get(attachment.kind, "")
    return wanted if wanted in SHOWN_TYPES else UNKNOWN_TYPE


def _disposition(attachment: Attachment, path: Path, content_type: str) -> str:
    how = "inline" if content_type != UNKNOWN_TYPE else "attachment"
    return f"{how}; filename*=UTF-8''{quote(attachment.name or path.name, safe='')}"


def add_routes(app: web.Application) -> None:
    app.router.add_get("/files/{id}", send_file)
