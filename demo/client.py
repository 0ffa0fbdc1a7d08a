"""A person's phone for tests and benchmarks: acts over HTTP, listens over server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, FormData

from demo.errors import Json

Predicate = Callable[[Json], bool]
RECONNECT_SECONDS = 0.2


class PhoneRefusedError(Exception):
    """The stand-in said no; `status` is the HTTP status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.reason = reason


class NothingCameError(AssertionError):
    """No message that was waited for came in time."""


class StandIn:
    """What is not one person's: people, faults, log, groups."""

    def __init__(self, base_url: str, session: ClientSession) -> None:
        self.api = base_url.rstrip("/") + "/demo/api"
        self._session = session

    async def call(self, method: str, path: str, **arguments: Any) -> Any:
        async with self._session.request(method, self.api + path, **arguments) as answer:
            body = await answer.json()
            if answer.status >= 400:
                raise PhoneRefusedError(answer.status, str(body.get("error")))
            return body

    async def people(self) -> list[Json]:
        return list((await self.call("GET", "/people"))["people"])

    async def add_person(self, first_name: str, **details: Any) -> Json:
        """`details`: id, last_name, username, language_code, phone, started."""
        body = {"first_name": first_name} | details
        return dict(await self.call("POST", "/people", json=body))

    async def add_group(self, title: str, members: list[int]) -> Json:
        return dict(await self.call("POST", "/groups", json={"title": title, "members": members}))

    async def migrate_group(self, chat_id: int) -> Json:
        return dict(await self.call("POST", f"/groups/{chat_id}/migrate"))

    async def set_fault(self, **fault: Any) -> Json:
        """See `demo.faults`: method, times, mode, status, after, latency_ms, duplicate, swap."""
        return dict(await self.call("POST", "/faults", json=fault))

    async def clear_faults(self) -> None:
        await self.call("DELETE", "/faults")

    async def log(self, since: int = 0) -> list[Json]:
        return list((await self.call("GET", "/log", params={"since": since}))["entries"])

    async def status(self) -> Json:
        return dict(await self.call("GET", "/status"))


class Phone:
    """One person's phone, open at one chat; use it as `async with Phone(url, 5001) as phone`.

    It keeps every message of the private chat with the bot, or of the group `chat_id`, as it now
    stands. `wait_for` looks at what the bot has sent or changed since this phone's own last act,
    so a test reads like a conversation.
    """

    def __init__(self, base_url: str, person_id: int, chat_id: int | None = None) -> None:
        self.person_id = person_id
        self.chat_id = person_id if chat_id is None else chat_id
        self.messages: dict[int, Json] = {}
        self.chat: Json = {}
        self.callbacks: list[Json] = []
        self.typing: list[str] = []
        self._base_url = base_url
        self._path = f"/people/{person_id}"
        self._mark = 0
        self._seq = 0
        self._changed = asyncio.Condition()
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._session = ClientSession(timeout=ClientTimeout(total=60))
        self.stand_in = StandIn(self._base_url, self._session)
        chosen = {"chat_id": str(self.chat_id)}
        found = await self.stand_in.call("GET", f"{self._path}/messages", params=chosen)
        self.chat, self._seq = found["chat"], found["seq"]
        self._mark = self._seq
        self.messages = {message["message_id"]: message for message in found["messages"]}
        self._listener = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        await self._session.close()

    # Listening

    async def _listen(self) -> None:
        while True:
            with suppress(ClientError, ConnectionError, TimeoutError):
                await self._read_stream()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _read_stream(self) -> None:
        url = f"{self.stand_in.api}{self._path}/events"
        timeout = ClientTimeout(total=None, sock_read=60)
        parameters = {"changed_since": str(self._seq)}
        async with self._session.get(url, params=parameters, timeout=timeout) as stream:
            name = ""
            async for line in stream.content:
                text = line.decode().rstrip("\n")
                if text.startswith("event: "):
                    name = text.removeprefix("event: ")
                elif text.startswith("data: "):
                    await self._take(name, json.loads(text.removeprefix("data: ")))

    async def _take(self, name: str, data: Json) -> None:
        async with self._changed:
            if name == "message":
                message = data["message"]
                if message["chat_id"] == self.chat_id:
                    self.messages[message["message_id"]] = message
                self._seq = max(self._seq, message["seq"])
            elif name == "chat" and data["chat_id"] == self.chat_id:
                self.chat = data["chat"]
            elif name == "callback":
                self.callbacks.append(data)
            elif name == "typing":
                self.typing.append(data["action"])
            self._changed.notify_all()

    async def wait_until(self, condition: Callable[[], Any], seconds: float = 10) -> Any:
        """Wait for anything about this phone to hold; returns the condition's value."""
        async with self._changed:
            try:
                async with asyncio.timeout(seconds):
                    while not (value := condition()):
                        await self._changed.wait()
            except TimeoutError:
                raise NothingCameError(
                    f"nothing that was waited for came to {self.person_id} in {seconds} s; "
                    f"since then: {[m.get('text') for m in self.received()]}"
                ) from None
            return value

    def received(self, after: int | None = None) -> list[Json]:
        """What the bot sent or changed after `seq` number `after`, in order of change."""
        mark = self._mark if after is None else after
        found = [m for m in self.messages.values() if m["from_bot"] and m["seq"] > mark]
        return sorted(found, key=lambda message: int(message["seq"]))

    async def wait_for(
        self, wanted: Predicate | str | None = None, seconds: float = 10, after: int | None = None
    ) -> Json:
        """The first message of the bot that is wanted: a part of its text, or a predicate.

        Without `after` it must have been sent or changed since this phone's own last act.
        """
        if wanted is None:
            predicate: Predicate = lambda message: not message["deleted"]  # noqa: E731
        elif isinstance(wanted, str):
            part = wanted
            predicate = lambda message: part in get_text(message)  # noqa: E731
        else:
            predicate = wanted
        mark = self._mark if after is None else after

        def find() -> Json | None:
            return next((m for m in self.received(mark) if predicate(m)), None)

        return dict(await self.wait_until(find, seconds))

    def mark(self) -> int:
        """Now, as a `seq` number for `after`."""
        return self._seq

    # Acting

    async def _act(self, path: str, **arguments: Any) -> Any:
        form = arguments.get("data")
        if isinstance(form, FormData):
            form.add_field("chat_id", str(self.chat_id))
        elif "json" in arguments:
            arguments["json"] = arguments["json"] | {"chat_id": self.chat_id}
        result = await self.stand_in.call("POST", self._path + path, **arguments)
        # The stand-in says at which moment the act happened. The stream may be behind or ahead.
        acts = result.get("messages", [result])
        self._mark = max(self._mark, acts[0].get("seq", 0))
        return result

    async def send_text(self, text: str, reply_to: int | None = None) -> Json:
        return dict(await self._act("/text", json={"text": text, "reply_to": reply_to}))

    async def send_file(
        self, kind: str, content: bytes, name: str, mime: str, caption: str = "", **extra: Any
    ) -> Json:
        """`kind` is photo, document, voice or video; `extra` may hold duration and reply_to."""
        form = FormData({"caption": caption} | {key: str(extra[key]) for key in extra})
        form.add_field("file", content, filename=name, content_type=mime)
        return dict(await self._act(f"/file/{kind}", data=form))

    async def send_photo(self, content: bytes, caption: str = "") -> Json:
        return await self.send_file("photo", content, "photo.jpg", "image/jpeg", caption)

    async def send_document(
        self, content: bytes, name: str, mime: str = "application/octet-stream", caption: str = ""
    ) -> Json:
        return await self.send_file("document", content, name, mime, caption)

    async def send_voice(self, content: bytes, duration: int = 3) -> Json:
        return await self.send_file("voice", content, "voice.oga", "audio/ogg", duration=duration)

    async def send_video(self, content: bytes, caption: str = "") -> Json:
        return await self.send_file("video", content, "video.mp4", "video/mp4", caption)

    async def send_album(self, photos: list[bytes], caption: str = "") -> list[Json]:
        form = FormData({"caption": caption})
        for number, photo in enumerate(photos):
            form.add_field("file", photo, filename=f"{number}.jpg", content_type="image/jpeg")
        return list((await self._act("/album", data=form))["messages"])

    async def send_location(self, latitude: float, longitude: float) -> Json:
        place = {"latitude": latitude, "longitude": longitude}
        return dict(await self._act("/location", json=place))

    async def send_sticker(self, emoji: str = "👍") -> Json:
        return dict(await self._act("/sticker", json={"emoji": emoji}))

    async def share_contact(self) -> Json:
        """One's own number, as the request_contact button sends it."""
        return dict(await self._act("/contact", json={"own": True}))

    async def send_contact(
        self, phone_number: str, first_name: str, user_id: int | None = None
    ) -> Json:
        """Somebody else's contact."""
        body = {"phone_number": phone_number, "first_name": first_name, "user_id": user_id}
        return dict(await self._act("/contact", json=body))

    async def edit(self, message_id: int, text: str) -> Json:
        body = {"message_id": message_id, "text": text}
        return dict(await self._act("/edit", json=body))

    async def forward(self, message_id: int) -> Json:
        return dict(await self._act("/forward", json={"message_id": message_id}))

    async def press(
        self,
        message: Json | int,
        text: str | None = None,
        data: str | None = None,
        wait: bool = True,
        force: bool = False,
    ) -> Json:
        """Press the inline button with this text or callback data; returns the bot's answer."""
        message_id = message if isinstance(message, int) else message["message_id"]
        body = {"message_id": message_id, "wait": wait, "force": force}
        names = {"text": text, "callback_data": data}
        body |= {key: value for key, value in names.items() if value is not None}
        return dict(await self._act("/press", json=body))

    async def press_key(self, text: str) -> Json:
        """Press a button of the reply keyboard."""
        return dict(await self._act("/key", json={"text": text}))

    async def block(self) -> None:
        await self._act("/block")

    async def unblock(self) -> None:
        await self._act("/unblock")

    async def commands(self) -> list[Json]:
        return list((await self.stand_in.call("GET", self._path))["commands"])

    async def download(self, file_id: str) -> bytes:
        """The bytes of a file the bot sent."""
        async with self._session.get(f"{self.stand_in.api}/files/{file_id}") as answer:
            return await answer.read()


def get_text(message: Json) -> str:
    """The words of a message: its text or its caption."""
    return str(message.get("text") or message.get("caption") or "")


def list_buttons(message: Json) -> list[Json]:
    """The inline buttons of a message, row by row in one list."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def list_keys(chat: Json) -> list[str]:
    """The texts of the reply keyboard that a chat shows."""
    markup = (chat.get("keyboard") or {}).get("markup", {})
    return [
        key["text"] if isinstance(key, dict) else key
        for row in markup.get("keyboard", [])
        for key in row
    ]
