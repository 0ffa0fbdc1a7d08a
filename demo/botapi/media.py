"""Methods that send files, and the way back: getFile."""

from __future__ import annotations

from typing import Any

from demo.botapi.markup import make_caption, read_caption
from demo.botapi.params import Params
from demo.botapi.send import post, put_message
from demo.errors import Json, bad_request
from demo.files import Upload, parse_image_size
from demo.limits import MAX_DOWNLOAD, MAX_PHOTO
from demo.state import State

GROUPABLE = ("photo", "video", "document")


def describe(state: State, record: Json, **details: Any) -> Json:
    """A stored file as the message field of its kind."""
    ids = {"file_id": record["file_id"], "file_unique_id": record["file_unique_id"]}
    base = ids | {"file_size": record["size"]}
    kind = record["kind"]
    if kind == "photo":
        return {"photo": _sizes(state, record)}
    if kind == "document":
        return {"document": base | {"file_name": record["name"], "mime_type": record["mime"]}}
    if kind == "voice":
        return {"voice": base | {"duration": 3, "mime_type": record["mime"]} | details}
    if kind == "video":
        video = {"width": 640, "height": 360, "duration": 5, "mime_type": record["mime"]}
        return {"video": base | video | {"file_name": record["name"]} | details}
    sticker = {"type": "regular", "width": 512, "height": 512}
    sticker |= {"is_animated": False, "is_video": False}
    return {"sticker": base | sticker | details}


def _sizes(state: State, record: Json) -> list[Json]:
    """A small and a large size; both have the full bytes, since nothing here scales pictures."""
    width, height = parse_image_size(state.files.disk_path(record))
    width, height = width or 1280, height or 960
    sizes = []
    for number, side in enumerate((320, 1280), start=1):
        scale = min(1.0, side / max(width, height))
        copy = record if side == 1280 else state.files.variant(record, number)
        size = {"file_id": copy["file_id"], "file_unique_id": copy["file_unique_id"]}
        size |= {"width": max(1, int(width * scale)), "height": max(1, int(height * scale))}
        sizes.append(size | {"file_size": copy["size"]})
    return sizes


def keep(state: State, upload: Upload, kind: str) -> Json:
    """Store an arrived file; a photo above Telegram's size is refused."""
    if upload.size == 0:
        upload.path.unlink()
        raise bad_request("file must be non-empty")
    if kind == "photo" and upload.size > MAX_PHOTO:
        upload.path.unlink()
        raise bad_request(
            f"file of size {upload.size} bytes is too big for a photo; "
            f"the maximum size is {MAX_PHOTO} bytes"
        )
    return state.files.keep(upload, kind)


def _find_file(state: State, params: Params, kind: str, name: str) -> Json:
    """The file a call means: an upload in its own field, `attach://field`, or a `file_id`."""
    if name.startswith("attach://"):
        name = name.removeprefix("attach://")
        if name not in params.uploads:
            raise bad_request("file must be non-empty")
        return keep(state, params.uploads[name], kind)
    if not name:
        raise bad_request(f"there is no {kind} in the request")
    if name.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    record = state.files.find(name)
    if record is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if record["kind"] != kind:
        raise bad_request(
            f"can't use file of type {record['kind'].capitalize()} as {kind.capitalize()}"
        )
    return record


async def _send_file(state: State, params: Params, kind: str) -> Any:
    state.chat_for_bot(params.chat_id())
    name = f"attach://{kind}" if kind in params.uploads else params.text(kind)
    caption = read_caption(params)
    content = describe(state, _find_file(state, params, kind, name))
    return post(state, params, content | caption)


async def send_photo(state: State, params: Params) -> Any:
    return await _send_file(state, params, "photo")


async def send_document(state: State, params: Params) -> Any:
    return await _send_file(state, params, "document")


async def send_voice(state: State, params: Params) -> Any:
    return await _send_file(state, params, "voice")


async def send_video(state: State, params: Params) -> Any:
    return await _send_file(state, params, "video")


async def send_media_group(state: State, params: Params) -> Any:
    chat = state.chat_for_bot(params.chat_id())
    items = params.json("media", "media")
    if not isinstance(items, list) or not items:
        raise bad_request("there is no media to send" if not items else "expected an Array")
    if not 2 <= len(items) <= 10:
        raise bad_request("media group must include 2-10 items")
    kinds = {str(item.get("type")) for item in items}
    if not kinds <= set(GROUPABLE):
        raise bad_request("can't parse InputMedia: type must be photo, video or document")
    if "document" in kinds and len(kinds) > 1:
        raise bad_request("document can't be mixed with other media types")
    contents = []
    for item in items:
        record = _find_file(state, params, item["type"], str(item.get("media", "")))
        mode = str(item.get("parse_mode") or "")
        caption = make_caption(str(item.get("caption") or ""), mode, item.get("caption_entities"))
        contents.append(describe(state, record) | caption)
    state.limits.take(chat["id"], len(items))
    group = {"media_group_id": str(state.next_number("album", 13_000_000_000))}
    return [put_message(state, chat, content | group, None)["message"] for content in contents]


async def get_file(state: State, params: Params) -> Any:
    file_id = params.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    record = state.files.find(file_id)
    if record is None:
        raise bad_request("invalid file_id")
    if record["size"] > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": file_id,
        "file_unique_id": record["file_unique_id"],
        "file_size": record["size"],
        "file_path": record["file_path"],
    }
