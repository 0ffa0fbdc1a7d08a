"""Forms with a photo: read as they stream in, kept in the files folder, and taken away again when the form is refused."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import BodyPartReader, web

from console.forms import read_form
from console.keys import CORE
from ownerdesk.rules.refusals import Refusal
from ownerdesk.services.resolving import StoredPhoto

MAX_PHOTO = 20 * 1024 * 1024
MAX_TEXT = 64 * 1024
# How a file of each type begins; what it calls itself is not asked.
BEGINNINGS = {b"\xff\xd8\xff": ("image/jpeg", "jpg"), b"\x89PNG\r\n\x1a\n": ("image/png", "png")}
LONGEST_BEGINNING = max(map(len, BEGINNINGS))


class NotAPhoto(Refusal):
    """The file is no JPEG or PNG."""


class PhotoTooLarge(Refusal):
    """The file is larger than MAX_PHOTO bytes."""


@dataclass
class PhotoForm:
    """The text fields, and the photo where one was chosen. `refusal` is why it could not be taken."""

    fields: dict[str, str] = field(default_factory=dict)
    photo: StoredPhoto | None = None
    path: Path | None = None
    refusal: Refusal | None = None

    def discard(self) -> None:
        """The form was refused: nobody will look for the file."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


async def read_photo_form(request: web.Request) -> PhotoForm:
    """A form that may hold a file named `photo`; one without is read as any other."""
    if request.content_type != "multipart/form-data":
        return PhotoForm(fields=await read_form(request))
    form = PhotoForm()
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        if part.name == "photo" and part.filename:
            await _take_photo(request, part, form)
        elif part.filename is None:
            text = (await _read_at_most(part, MAX_TEXT)).decode("utf-8", "replace")
            form.fields.setdefault(part.name, text.replace("\x00", "").replace("\r\n", "\n"))
    return form


async def _read_at_most(part: BodyPartReader, size: int) -> bytes:
    """Chunks come as the network cuts them."""
    read = b""
    while len(read) < size and (chunk := await part.read_chunk()):
        read += chunk
    return read[:size]


async def _take_photo(request: web.Request, part: BodyPartReader, form: PhotoForm) -> None:
    beginning = b""
    while len(beginning) < LONGEST_BEGINNING and (more := await part.read_chunk()):
        beginning += more
    known = next((v for k, v in BEGINNINGS.items() if beginning.startswith(k)), None)
    if known is None:
        form.refusal = NotAPhoto()
        return
    mime_type, ending = known
    root = request.app[CORE].settings.files_dir
    relative = f"work/{secrets.token_hex(16)}.{ending}"
    form.path = root / relative
    form.path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with form.path.open("wb") as file:
        chunk = beginning
        while chunk:
            size += len(chunk)
            if size > MAX_PHOTO:
                form.refusal = PhotoTooLarge()
                break
            file.write(chunk)
            chunk = await part.read_chunk()
    if form.refusal is not None:
        form.discard()
        return
    name = Path(part.filename or "").name[:120]
    form.photo = StoredPhoto(relative, name, mime_type, size)
