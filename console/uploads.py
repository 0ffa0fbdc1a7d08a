"""Files of a form, streamed to disk as they come: never whole in memory, and gone again when they are refused."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from aiohttp import BodyPartReader, web

from ownerdesk.rules.answering import EmptyFile
from ownerdesk.rules.uploads import FileKind, check_size, check_start, classify_file

FOLDER = "uploads"
CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class ReceivedFile:
    """A file on disk; `path` is relative to the files folder, `size` in bytes."""

    kind: FileKind
    path: str
    size: int


async def receive_file(request: web.Request, files_dir: Path) -> ReceivedFile:
    """The first file of a form. Raises EmptyFile, FileTooLarge, WrongFileKind; nothing stays on disk then."""
    if not request.content_type.startswith("multipart/"):
        raise EmptyFile
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.filename is not None:
            return await _keep(part, files_dir)
    raise EmptyFile


async def _keep(part: BodyPartReader, files_dir: Path) -> ReceivedFile:
    """By a name of our own: what the browser calls the file is only ever shown."""
    relative = Path(FOLDER) / secrets.token_hex(16)
    target = files_dir / relative
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    name, size = part.filename or "", 0
    chunk = await part.read_chunk(CHUNK_BYTES)
    mime_type = check_start(name, chunk)
    try:
        with target.open("wb") as sink:
            while chunk:
                size += len(chunk)
                check_size(size)
                sink.write(chunk)
                chunk = await part.read_chunk(CHUNK_BYTES)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return ReceivedFile(classify_file(name, mime_type, size), str(relative), size)
