"""The reading half of the people's API: what phones show and what tests and benchmarks ask.

Its routes are in the table of `demo.api`.
"""

from __future__ import annotations

import time

from aiohttp import web

from demo.botapi.intake import webhook
from demo.botapi.profile import profile_text
from demo.errors import RefusedError
from demo.requests import read_body, read_number
from demo.state import State
from demo.stream import stream_everything, stream_person

# Only these are shown by a browser as what they claim to be; anything else is downloaded, so that
# a file sent by a person can never run as a page of this origin.
SHOWN_INLINE = (
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "video/mp4",
    "video/webm",
    "audio/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/webm",
    "audio/wav",
    "audio/x-wav",
)


class Views:
    """The routes, over one state."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add_routes(self, app: web.Application) -> None:
        router, api = app.router, "/demo/api"
        router.add_get(f"{api}/people/{{person_id:\\d+}}/messages", self.messages)
        router.add_get(f"{api}/people/{{person_id:\\d+}}/events", self.events)
        router.add_get(f"{api}/events", self.everything)
        router.add_get(f"{api}/files/{{file_id}}", self.file)
        router.add_get(f"{api}/bot", self.bot)
        router.add_get(f"{api}/log", self.log)
        router.add_get(f"{api}/status", self.status)
        router.add_get(f"{api}/faults", self.faults)
        router.add_post(f"{api}/faults", self.faults)
        router.add_delete(f"{api}/faults", self.faults)

    def _person_id(self, request: web.Request) -> int:
        person_id = int(request.match_info["person_id"])
        self._state.person(person_id)
        return person_id

    async def messages(self, request: web.Request) -> web.StreamResponse:
        state, person_id = self._state, self._person_id(request)
        chat = state.chat(read_number(request.query, "chat_id") or person_id)
        if chat is None or person_id not in chat["members"]:
            raise RefusedError(404, "no such chat")
        since = read_number(request.query, "since") or 0
        changed = read_number(request.query, "changed_since") or 0
        shown = [
            state.view(record, person_id)
            for record in state.messages(chat["id"])
            if record["message_id"] > since and record["seq"] > changed
        ]
        seq = state.last_number("seq")
        return web.json_response({"messages": shown, "seq": seq, "chat": state.chat_view(chat)})

    async def events(self, request: web.Request) -> web.StreamResponse:
        return await stream_person(self._state, request, self._person_id(request))

    async def everything(self, request: web.Request) -> web.StreamResponse:
        return await stream_everything(self._state, request)

    async def file(self, request: web.Request) -> web.StreamResponse:
        record = self._state.files.find(request.match_info["file_id"])
        if record is None:
            raise RefusedError(404, "no such file")
        mime = str(record["mime"]).split(";")[0]
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=86400"}
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        if mime in SHOWN_INLINE:
            headers["Content-Type"] = mime
        else:
            headers["Content-Type"] = "application/octet-stream"
            headers["Content-Disposition"] = "attachment"
        return web.FileResponse(self._state.files.disk_path(record), headers=headers)

    async def bot(self, request: web.Request) -> web.StreamResponse:
        language = request.query.get("language", "")
        texts = {
            field: profile_text(self._state, field, language)
            for field in ("description", "short_description")
        }
        name = profile_text(self._state, "name", language) or self._state.config.bot_name
        return web.json_response(self._state.bot_user() | {"first_name": name} | texts)

    async def log(self, request: web.Request) -> web.StreamResponse:
        entries = self._state.log.since(read_number(request.query, "since") or 0)
        return web.json_response({"entries": entries, "now_mono": time.monotonic()})

    async def status(self, request: web.Request) -> web.StreamResponse:
        state = self._state
        return web.json_response(
            {
                "pending_updates": state.updates.count(),
                "webhook": bool(webhook(state)["url"]),
                "people": len(state.people()),
                "messages": len(state.journal.table("message")),
                "seq": state.last_number("seq"),
            }
        )

    async def faults(self, request: web.Request) -> web.StreamResponse:
        faults = self._state.faults
        if request.method == "POST":
            faults.change(await read_body(request))
        elif request.method == "DELETE":
            faults.clear()
        return web.json_response(faults.to_json())
