"""Files people and the bot have sent: kept under the data folder, named by id."""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from demo.errors import Json
from demo.journal import Journal

FOLDERS = {
    "photo": "photos",
    "document": "documents",
    "voice": "voice",
    "video": "videos",
    "sticker": "stickers",
}
SUFFIXES = {"photo": ".jpg", "voice": ".oga", "video": ".mp4", "sticker": ".webp"}


@dataclass
class Upload:
    """A file that has arrived whole and lies in the incoming folder."""

    path: Path
    name: str
    mime: str
    size: int


class FileStore:
    """Stored files by `file_id`; the bytes lie under `files/`."""

    def __init__(self, journal: Journal, folder: Path) -> None:
        self._journal = journal
        self._folder = folder / "files"
        self._folder.mkdir(parents=True, exist_ok=True)
        for leftover in self._folder.glob("incoming-*"):
            leftover.unlink()
        self._by_path = {record["file_path"]: key for key, record in self._records().items()}

    def _records(self) -> dict[str, Json]:
        return self._journal.table("file")

    def incoming(self) -> BinaryIO:
        """A fresh file to write what is arriving into; its `name` is where it lies."""
        return open(self._folder / f"incoming-{secrets.token_hex(8)}", "wb")

    def keep(self, upload: Upload, kind: str) -> Json:
        """Take an upload in; the record has `file_id`, `file_unique_id`, `size`, `name`, `mime`."""
        number = len(self._records()) + 1
        suffix = SUFFIXES.get(kind) or Path(upload.name).suffix[:12]
        disk = f"{number:06d}-{secrets.token_hex(4)}"
        upload.path.rename(self._folder / disk)
        file_path = f"{FOLDERS[kind]}/file_{number}{suffix}"
        return self._register(kind, disk, upload.size, upload.name, upload.mime, file_path)

    def variant(self, record: Json, number: int) -> Json:
        """Another id for the same bytes: the sizes Telegram makes of a photo."""
        path = Path(record["file_path"])
        file_path = f"{path.parent}/{path.stem}_{number}{path.suffix}"
        return self._register(
            record["kind"],
            record["disk"],
            record["size"],
            record["name"],
            record["mime"],
            file_path,
        )

    def _register(
        self, kind: str, disk: str, size: int, name: str, mime: str, file_path: str
    ) -> Json:
        record = {
            "file_id": "BQACAg" + secrets.token_urlsafe(40),
            "file_unique_id": "AgAD" + secrets.token_urlsafe(8),
            "kind": kind,
            "disk": disk,
            "size": size,
            "name": name,
            "mime": mime,
            "file_path": file_path,
        }
        self._journal.put("file", str(record["file_id"]), record)
        self._by_path[file_path] = str(record["file_id"])
        return record

    def find(self, file_id: str) -> Json | None:
        return self._records().get(file_id)

    def find_by_path(self, file_path: str) -> Json | None:
        return self._records().get(self._by_path.get(file_path, ""))

    def disk_path(self, record: Json) -> Path:
        return self._folder / str(record["disk"])


def parse_image_size(path: Path) -> tuple[int, int]:
    """Width and height read from a PNG, GIF or JPEG header; (0, 0) when it is none of them."""
    with open(path, "rb") as file:
        head = file.read(262_144)
    if head[:8] == b"\x89PNG\r\n\x1a\n" and len(head) >= 24:
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    if head[:6] in (b"GIF87a", b"GIF89a"):
        width, height = struct.unpack("<HH", head[6:10])
        return width, height
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return 512, 512
    return _parse_jpeg_size(head)


def _parse_jpeg_size(head: bytes) -> tuple[int, int]:
    if head[:2] != b"\xff\xd8":
        return 0, 0
    at = 2
    while at + 9 < len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        # Start-of-frame markers carry the size; C4, C8 and CC share their range but do not.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return 0, 0
