"""A conversation as it is shown: both sides as bubbles, with what became of each message."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from aiohttp import web
from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.composer import Composer, read_composer
from console.forms import BadForm, parse_id
from console.words import Words
from ownerdesk.model import Appeal, Attachment, Conversation, Message, StaffMember
from ownerdesk.queries.conversations import find_open_handoff
from ownerdesk.queries.messages import list_stretch
from ownerdesk.queries.staff import read_staff_names
from ownerdesk.rules.readings import SecondMatter
from ownerdesk.texts import is_foreign

_OUR_TAGS = re.compile(r"(</?[bi]>)")


@dataclass(frozen=True)
class File:
    """A file or a place that came with a message, and how it is shown."""

    id: int
    how: str  # image, audio, video, place, download, or waiting with the reason in `note`
    name: str
    note: str = ""
    map_url: str = ""


@dataclass(frozen=True)
class Bubble:
    """One message. `side` is owner, us or note; `state` only of what we sent."""

    id: int
    side: str
    who: str
    body: Markup
    at: datetime
    edited_at: datetime | None
    state: str
    error: str
    appeal_number: str
    appeal_id: int | None
    reading: str
    language: str | None = None
    buttons: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    kind_name: str = ""


@dataclass(frozen=True)
class Thread:
    """A conversation with who holds it, and why the viewer may or may not write now. `seen` is the last message shown,
    `older` where a longer stretch begins, `since` where this one was asked to begin."""

    conversation: Conversation
    bubbles: list[Bubble]
    seen: int
    older: int | None
    is_latest: bool
    since: int | None
    holder: str
    is_mine: bool
    may_answer: bool
    composer: Composer | None
    waiting_since: datetime | None
    reason: str


def parse_since(request: web.Request) -> int | None:
    """Where the address wants the messages to begin; what cannot be an id is no wish."""
    try:
        return parse_id(request.query.get("since", ""), "since")
    except BadForm:
        return None


def read_thread(
    session: Session,
    conversation: Conversation,
    member: StaffMember,
    words: Words,
    *,
    may_answer: bool,
    since: int | None = None,
) -> Thread:
    """The latest messages, or those since one, and the state of the handoff."""
    shown = list_stretch(session, conversation.id, since=since)
    messages = shown.messages
    people = _names(session, {m.staff_id for m in messages} | {conversation.assignee_id})
    numbers = _numbers(session, {m.appeal_id for m in messages})
    handoff = find_open_handoff(session, conversation.id)
    is_held = conversation.state == "person"
    return Thread(
        conversation=conversation,
        bubbles=[_bubble(m, conversation, words, people, numbers) for m in messages],
        seen=messages[-1].id if messages else 0,
        older=shown.older,
        is_latest=shown.is_latest,
        since=since,
        holder=people.get(conversation.assignee_id or 0, "") if is_held else "",
        is_mine=is_held and conversation.assignee_id == member.id,
        may_answer=may_answer,
        composer=read_composer(session, conversation, handoff, member) if may_answer else None,
        waiting_since=handoff.requested_at if handoff and handoff.accepted_at is None else None,
        reason=words.handoff_reasons.get(handoff.reason, "") if handoff else "",
    )


def _names(session: Session, ids: set[int | None]) -> dict[int, str]:
    return read_staff_names(session, {i for i in ids if i is not None})


def _numbers(session: Session, ids: set[int | None]) -> dict[int, str]:
    if not ids - {None}:
        return {}
    rows = session.execute(select(Appeal.id, Appeal.number).where(Appeal.id.in_(ids - {None})))
    return dict(rows.all())


def _bubble(
    message: Message,
    conversation: Conversation,
    words: Words,
    people: dict[int, str],
    numbers: dict[int, str],
) -> Bubble:
    side = {"owner": "owner", "note": "note"}.get(message.author, "us")
    who = conversation.name if side == "owner" else people.get(message.staff_id or 0, "Ownerdesk")
    is_sent = message.direction == "out" and message.author != "note"
    return Bubble(
        id=message.id,
        side=side,
        who=who,
        body=format_text(message.text, is_html=message.is_html),
        at=message.created_at,
        edited_at=message.edited_at,
        state=message.state if is_sent else "",
        error=(message.error or "") if message.state == "failed" else "",
        appeal_number=numbers.get(message.appeal_id or 0, ""),
        appeal_id=message.appeal_id,
        reading=format_reading(message, words),
        language=message.language if side == "owner" else conversation.language,
        buttons=_buttons(message),
        files=[_file(a, words) for a in message.attachments],
        kind_name="" if message.text or message.attachments else _kind_name(message.kind, words),
    )


def format_text(text: str, *, is_html: bool) -> Markup:
    """Plain text escaped; our own HTML keeps its bold and italic, and everything else in it is text."""
    if not is_html:
        return escape(text)
    parts = _OUR_TAGS.split(text)
    return Markup("").join(
        Markup(part)  # noqa: S704 - one of four tags, spelled by the pattern
        if _OUR_TAGS.fullmatch(part)
        else escape(html.unescape(part))
        for part in parts
    )


def _buttons(message: Message) -> list[str]:
    rows = (message.markup or {}).get("inline") or []
    return [str(b.get("text", "")) for row in rows for b in row]


def format_reading(message: Message, words: Words) -> str:
    """What the reader understood, with how sure it was, and the language where it is not one we answer in."""
    reading = message.reading
    if not reading or message.direction != "in":
        return ""
    parts = [words.language_name(message.language)] if is_foreign(message.language) else []
    for name, names in (("nature", words.natures), ("category", words.categories)):
        label = names.get(reading.get(name) or "")
        if label:
            sure = reading.get(f"{name}_confidence")
            parts.append(f"{label} {sure:.0%}" if isinstance(sure, int | float) else label)
    second = SecondMatter.of(reading)
    if second is not None:
        _ = words._
        parts.append(
            _("second matter: {nature}, {category}").format(
                nature=words.natures[second.nature], category=words.categories[second.category]
            )
        )
    return " · ".join(parts)


def _kind_name(kind: str, words: Words) -> str:
    _ = words._
    return {
        "sticker": _("Sticker"),
        "contact": _("Contact"),
        "location": _("Place"),
        "photo": _("Photo"),
        "voice": _("Voice message"),
        "video": _("Video"),
        "document": _("File"),
    }.get(kind, _("Message without text"))


_SHOWN = {"photo": "image", "voice": "audio", "audio": "audio", "video": "video"}


def _file(attachment: Attachment, words: Words) -> File:
    _ = words._
    name = attachment.name or _kind_name(attachment.kind, words)
    if attachment.latitude is not None and attachment.longitude is not None:
        at = f"{attachment.latitude:.6f}"
        to = f"{attachment.longitude:.6f}"
        query = urlencode({"mlat": at, "mlon": to})
        url = f"https://www.openstreetmap.org/?{query}#map=18/{at}/{to}"
        return File(attachment.id, "place", f"{at}, {to}", map_url=url)
    if attachment.state == "stored":
        return File(attachment.id, _SHOWN.get(attachment.kind, "download"), name)
    note = {
        "pending": _("The file is still on its way"),
        "too_large": _("The file is larger than 20 MB and was not fetched"),
        "failed": _("The file could not be fetched"),
    }.get(attachment.state, "")
    return File(attachment.id, "waiting", name, note=note)
