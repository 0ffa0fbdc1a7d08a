"""Telegram's messages, parsed once into what the core stores."""

from __future__ import annotations

from telegram import Message
from telegram.constants import FileSizeLimit

from ownerdesk.services.messages import IncomingFile, IncomingMessage

assert int(FileSizeLimit.FILESIZE_DOWNLOAD) == 20_000_000, "the Bot API's limit has changed"


def parse_message(message: Message) -> IncomingMessage:
    """Kind, words and files of a message, whatever it is."""
    kind, files = _parse_files(message)
    text = message.text or message.caption or ""
    if message.sticker is not None:
        text = message.sticker.emoji or ""
    if message.contact is not None:
        text = f"{message.contact.first_name} {message.contact.phone_number}"
    return IncomingMessage(
        telegram_message_id=message.message_id,
        kind=kind,
        text=text,
        media_group_id=message.media_group_id,
        files=files,
    )


def _parse_files(message: Message) -> tuple[str, list[IncomingFile]]:
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return "photo", [
            IncomingFile("photo", largest.file_id, "photo.jpg", "image/jpeg", largest.file_size)
        ]
    for kind in ("document", "voice", "video", "video_note", "audio", "animation"):
        file = getattr(message, kind)
        if file is not None:
            name = getattr(file, "file_name", None) or kind
            mime_type = getattr(file, "mime_type", None) or ""
            stored = {"video_note": "video", "audio": "voice", "animation": "video"}.get(kind, kind)
            return stored, [IncomingFile(stored, file.file_id, name, mime_type, file.file_size)]
    if message.location is not None:
        place = message.location
        return "location", [
            IncomingFile("location", latitude=place.latitude, longitude=place.longitude)
        ]
    if message.sticker is not None:
        return "sticker", []
    if message.contact is not None:
        return "contact", []
    return "text" if message.text else "unknown", []
