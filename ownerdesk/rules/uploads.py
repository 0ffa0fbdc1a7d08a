"""Which files staff may send to owners: kinds by name and first bytes, sizes by Telegram's limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

from ownerdesk.rules.answering import EmptyFile, FileTooLarge, WrongFileKind

# What the Bot API takes from a bot; a larger picture still goes out as a document.
MAX_PHOTO_BYTES = 10_000_000
MAX_DOCUMENT_BYTES = 50_000_000
MAX_FILES = 10
MAX_NAME = 120
MAX_CAPTION = 1024
HEAD_BYTES = 16

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_OFFICE = "application/vnd.openxmlformats-officedocument"
# By the end of the name: the type it is stored as, and how such a file begins; text begins as it likes.
_TYPES: dict[str, tuple[str, bytes]] = {
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "png": ("image/png", b"\x89PNG"),
    "gif": ("image/gif", b"GIF8"),
    "webp": ("image/webp", b"RIFF"),
    "pdf": ("application/pdf", b"%PDF"),
    "docx": (f"{_OFFICE}.wordprocessingml.document", _ZIP),
    "xlsx": (f"{_OFFICE}.spreadsheetml.sheet", _ZIP),
    "pptx": (f"{_OFFICE}.presentationml.presentation", _ZIP),
    "odt": ("application/vnd.oasis.opendocument.text", _ZIP),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", _ZIP),
    "doc": ("application/msword", _OLE),
    "xls": ("application/vnd.ms-excel", _OLE),
    "txt": ("text/plain", b""),
    "csv": ("text/csv", b""),
}
ENDINGS = tuple(_TYPES)
_PHOTOS = frozenset({"image/jpeg", "image/png"})
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]+")


@dataclass(frozen=True)
class FileKind:
    """How a file goes out. `name` is safe to show and to store."""

    kind: str  # photo or document
    name: str
    mime_type: str


def check_start(name: str, head: bytes) -> str:
    """The type of a file by its name, which its first bytes must bear out. Raises EmptyFile, WrongFileKind."""
    if not name or not head:
        raise EmptyFile
    mime_type, start = _TYPES.get(PurePath(name).suffix.lower().lstrip("."), ("", b""))
    if not mime_type or not head.startswith(start):
        raise WrongFileKind
    return mime_type


def check_size(size: int) -> None:
    """Raises FileTooLarge."""
    if size > MAX_DOCUMENT_BYTES:
        raise FileTooLarge(MAX_DOCUMENT_BYTES)


def classify_file(name: str, mime_type: str, size: int) -> FileKind:
    """What it goes out as."""
    is_photo = mime_type in _PHOTOS and size <= MAX_PHOTO_BYTES
    shown = _UNSAFE.sub(" ", name).strip(" .") or "file"
    return FileKind("photo" if is_photo else "document", shown[-MAX_NAME:], mime_type)
