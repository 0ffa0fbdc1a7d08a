"""Parameters of a call, whichever way they came: query, form, multipart or JSON body."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, web

from demo.errors import ApiError, Json, bad_request
from demo.files import FileStore, Upload
from demo.limits import MAX_UPLOAD

CHUNK = 64 * 1024


class Params:
    """Typed access to one call's parameters."""

    def __init__(self, values: Json, uploads: dict[str, Upload]) -> None:
        self._values = values
        self.uploads = uploads

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """The value as text, empty when absent."""
        value = self._values.get(name)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        text = value if isinstance(value, str) else str(value)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise bad_request("strings must be encoded in UTF-8") from None
        return text

    def integer(self, name: str, default: int = 0) -> int:
        """The value as a number, as leniently as Telegram reads it."""
        text = self.text(name).strip()
        try:
            return int(text)
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        return self.text(name).strip().lower() in ("true", "1", "yes", "t")

    def json(self, name: str, what: str) -> Any:
        """A nested value, decoded if it came as text; None when absent."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {what} JSON object") from None

    def chat_id(self) -> int:
        """The chat a call names."""
        text = self.text("chat_id").strip()
        if not text:
            raise bad_request("chat_id is empty")
        try:
            return int(text)
        except ValueError:
            raise bad_request("chat not found") from None


async def receive(reader: BodyPartReader, files: FileStore, limit: int) -> Upload:
    """Write an arriving file to disk; more than `limit` bytes is refused with 413."""
    with files.incoming() as out:
        upload = Upload(
            path=Path(out.name),
            name=reader.filename or "file",
            mime=reader.headers.get("Content-Type", "application/octet-stream"),
            size=0,
        )
        while chunk := await reader.read_chunk(CHUNK):
            upload.size += len(chunk)
            if upload.size <= limit:
                out.write(chunk)
    if upload.size > limit:
        upload.path.unlink()
        raise ApiError(413, "Request Entity Too Large")
    return upload


async def read_params(request: web.Request, files: FileStore) -> Params:
    """Everything one call brought; the body wins over the query."""
    values: Json = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type.startswith("multipart/"):
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            if part.filename is not None:
                uploads[part.name] = await receive(part, files, MAX_UPLOAD)
            else:
                values[part.name] = (await part.read(decode=True)).decode("utf-8", "replace")
    elif request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise bad_request("can't parse request JSON object") from None
        if not isinstance(body, dict):
            raise bad_request("can't parse request JSON object")
        values.update(body)
    elif request.can_read_body:
        values.update(await request.post())
    return Params(values, uploads)
