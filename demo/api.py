"""The people's API under /demo/api: what the phone page, tests and benchmarks drive.

Bodies are JSON unless a file is sent (multipart, files in fields named `file`). Where a chat is
meant, `chat_id` may name a group; without it the private chat with the bot is meant. Refusals are
`{"error": reason}` with a 4xx status.

GET    /people                              {people: [...]} with label, started, blocked
POST   /people                              first_name, last_name?, username?, language_code?,
                                            phone?, home?, id?, started? -> person
GET    /people/{id}                         person with chats and commands
POST   /people/{id}/text                    text, reply_to? -> message (commands are texts too)
POST   /people/{id}/file/{kind}             multipart file, caption?, duration?, reply_to? with
                                            kind photo, document, voice, video -> message
POST   /people/{id}/album                   multipart, 2-10 files, caption? -> {messages}
POST   /people/{id}/location                latitude, longitude -> message
POST   /people/{id}/sticker                 emoji -> message
POST   /people/{id}/contact                 own: true, or phone_number, first_name, user_id?
POST   /people/{id}/edit                    message_id, text -> message
POST   /people/{id}/forward                 message_id -> message
POST   /people/{id}/press                   message_id, text or callback_data, wait?, timeout?,
                                            force? -> {answered, text, show_alert, url, seq}
POST   /people/{id}/key                     text of a reply keyboard's button -> message
POST   /people/{id}/block, /unblock         -> chat
GET    /people/{id}/messages                ?since=message_id or ?changed_since=seq, chat_id?,
                                            -> {messages, seq, chat with its keyboard}
GET    /people/{id}/events                  server-sent events: message, chat, callback, typing,
                                            delivered; Last-Event-ID or ?changed_since=seq
GET    /events                              server-sent events for all: activity, people, profile
POST   /groups                              title, members -> chat
POST   /groups/{chat_id}/migrate            -> the supergroup
GET    /files/{file_id}                     the bytes
GET    /bot                                 ?language= -> name, username, descriptions
GET    /log                                 ?since=n -> {entries, now_mono}: update_created,
                                            update_delivered, call, each with at, mono and ids
GET    /status                              pending updates, webhook or polling, counts
GET POST DELETE /faults                     see demo.faults; POST answers what is on now
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import BodyPartReader, web

from demo import people
from demo.botapi.params import receive
from demo.botapi.profile import commands_for
from demo.errors import ApiError, Json, RefusedError
from demo.files import Upload
from demo.requests import parse_number, read_body, read_number
from demo.state import State

MAX_PERSON_UPLOAD = 200 * 1024 * 1024
FIRST_ADDED_PERSON = 9001
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def refuse_plainly(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals into answers, and pages of other sites away."""
    if not request.path.startswith("/demo"):
        return await handler(request)
    changing = request.method not in ("GET", "HEAD")
    # Pages on other ports of this machine count as same-site, and are no part of the demo either.
    site = request.headers.get("Sec-Fetch-Site", "none")
    if changing and site not in ("same-origin", "none"):
        return _error(403, "requests from other sites are refused")
    try:
        return await handler(request)
    except RefusedError as refusal:
        return _error(refusal.status, refusal.reason)
    except ApiError as refusal:
        return _error(refusal.code, refusal.description)


def _error(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)


class PeopleApi:
    """The routes, over one state."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add_routes(self, app: web.Application) -> None:
        router, api = app.router, "/demo/api"
        router.add_get(f"{api}/people", self.list_people)
        router.add_post(f"{api}/people", self.add_person)
        router.add_post(f"{api}/groups", self.add_group)
        router.add_post(f"{api}/groups/{{chat_id:-?\\d+}}/migrate", self.migrate)
        person = f"{api}/people/{{person_id:\\d+}}"
        router.add_get(person, self.show_person)
        router.add_post(f"{person}/text", self.text)
        router.add_post(f"{person}/file/{{kind}}", self.send_file)
        router.add_post(f"{person}/album", self.album)
        router.add_post(f"{person}/location", self.location)
        router.add_post(f"{person}/sticker", self.sticker)
        router.add_post(f"{person}/contact", self.contact)
        router.add_post(f"{person}/edit", self.edit)
        router.add_post(f"{person}/forward", self.forward)
        router.add_post(f"{person}/press", self.press)
        router.add_post(f"{person}/key", self.key)
        router.add_post(f"{person}/block", self.block)
        router.add_post(f"{person}/unblock", self.unblock)

    def _person_id(self, request: web.Request) -> int:
        person_id = int(request.match_info["person_id"])
        self._state.person(person_id)
        return person_id

    def _person_view(self, person: Json) -> Json:
        chat = self._state.chat(person["id"]) or {}
        return person | {"started": chat.get("started"), "blocked": chat.get("blocked")}

    # Who there is

    async def list_people(self, request: web.Request) -> web.StreamResponse:
        people_ = [self._person_view(person) for person in self._state.people()]
        return web.json_response({"people": people_})

    async def add_person(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        first_name = str(body.get("first_name", "")).strip()
        if not first_name:
            raise RefusedError(400, "first_name is needed")
        person_id = read_number(body, "id")
        if person_id is None:
            person_id = self._state.next_number("person", FIRST_ADDED_PERSON)
        elif person_id <= 0 or self._state.chat(person_id) is not None:
            raise RefusedError(409, "that id is taken")
        keys = ("last_name", "username", "language_code", "phone", "home", "label")
        details = {key: str(body[key]) for key in keys if body.get(key)}
        started = bool(body.get("started", False))
        person = self._state.add_person(person_id, started, first_name=first_name, **details)
        return web.json_response(self._person_view(person), status=201)

    async def show_person(self, request: web.Request) -> web.StreamResponse:
        state, person_id = self._state, self._person_id(request)
        chats = [state.chat_view(chat) for chat in state.chats_of(person_id)]
        view = self._person_view(state.person(person_id))
        commands = commands_for(state, person_id)
        return web.json_response(view | {"chats": chats, "commands": commands})

    # What they send

    async def _send(self, request: web.Request, body: Json, content: Json) -> web.StreamResponse:
        message = people.send(
            self._state,
            self._person_id(request),
            content,
            read_number(body, "chat_id"),
            read_number(body, "reply_to"),
        )
        return web.json_response(message)

    async def text(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        return await self._send(request, body, people.make_text(str(body.get("text", ""))))

    async def key(self, request: web.Request) -> web.StreamResponse:
        """A reply keyboard's button: sends its text, or one's own contact when it asks for it."""
        body, person_id = await read_body(request), self._person_id(request)
        chat = self._state.chat(read_number(body, "chat_id") or person_id) or {}
        markup = (chat.get("keyboard") or {}).get("markup", {})
        buttons = [button for row in markup.get("keyboard", []) for button in row]
        for button in buttons:
            if not isinstance(button, dict) or button["text"] != body.get("text"):
                continue
            if button.get("request_contact"):
                contact = people.make_contact(self._state, person_id, {"own": True})
                return await self._send(request, body, contact)
            if button.get("request_location"):
                raise RefusedError(409, "that button asks for a location; send one")
            return await self._send(request, body, people.make_text(button["text"]))
        raise RefusedError(404, "no such button")

    async def _read_files(self, request: web.Request) -> tuple[list[Upload], Json]:
        if not request.content_type.startswith("multipart/"):
            raise RefusedError(400, "send the file as multipart/form-data")
        uploads: list[Upload] = []
        fields: Json = {}
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.filename is not None:
                uploads.append(await receive(part, self._state.files, MAX_PERSON_UPLOAD))
            elif part.name is not None:
                fields[part.name] = await part.text()
        if not uploads:
            raise RefusedError(400, "there is no file in the request")
        return uploads, fields

    async def send_file(self, request: web.Request) -> web.StreamResponse:
        uploads, fields = await self._read_files(request)
        names = ("duration", "width", "height")
        details = {name: parse_number(fields[name], name) for name in names if fields.get(name)}
        caption = str(fields.get("caption", ""))
        kind = request.match_info["kind"]
        if kind not in ("voice", "video"):
            details = {}
        content = people.make_file(self._state, uploads[0], kind, caption, **details)
        return await self._send(request, fields, content)

    async def album(self, request: web.Request) -> web.StreamResponse:
        uploads, fields = await self._read_files(request)
        sent = people.send_album(
            self._state,
            self._person_id(request),
            uploads,
            str(fields.get("caption", "")),
            read_number(fields, "chat_id"),
        )
        return web.json_response({"messages": sent})

    async def location(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        try:
            place = people.make_location(float(body["latitude"]), float(body["longitude"]))
        except (KeyError, TypeError, ValueError):
            raise RefusedError(400, "latitude and longitude are needed") from None
        return await self._send(request, body, place)

    async def sticker(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        sticker = people.make_sticker(self._state, str(body.get("emoji", "")))
        return await self._send(request, body, sticker)

    async def contact(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        content = people.make_contact(self._state, self._person_id(request), body)
        return await self._send(request, body, content)

    async def edit(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        message = people.edit(
            self._state,
            self._person_id(request),
            parse_number(body.get("message_id"), "message_id"),
            str(body.get("text", "")),
            read_number(body, "chat_id"),
        )
        return web.json_response(message)

    async def forward(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        message_id = parse_number(body.get("message_id"), "message_id")
        person_id, chat_id = self._person_id(request), read_number(body, "chat_id")
        return web.json_response(people.forward(self._state, person_id, message_id, chat_id))

    async def press(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        parse_number(body.get("message_id"), "message_id")
        return web.json_response(await people.press(self._state, self._person_id(request), body))

    async def block(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(people.set_blocked(self._state, self._person_id(request), True))

    async def unblock(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(people.set_blocked(self._state, self._person_id(request), False))

    async def add_group(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        members = [parse_number(member, "members") for member in body.get("members") or []]
        chat = people.add_group(self._state, str(body.get("title", "")), members)
        return web.json_response(chat, status=201)

    async def migrate(self, request: web.Request) -> web.StreamResponse:
        chat_id = int(request.match_info["chat_id"])
        return web.json_response(people.migrate_group(self._state, chat_id))
