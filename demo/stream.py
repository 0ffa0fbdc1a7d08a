"""Server-sent events for phones: what changed while away first, then what changes."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from demo.errors import Json
from demo.state import State

BEAT_SECONDS = 15.0
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


async def _write(response: web.StreamResponse, event: Json, number: int | None = None) -> None:
    head = f"id: {number}\n" if number is not None else ""
    text = json.dumps({key: value for key, value in event.items() if key != "event"})
    await response.write(f"{head}event: {event['event']}\ndata: {text}\n\n".encode())


async def _follow(response: web.StreamResponse, queue: asyncio.Queue[Json | None]) -> None:
    """Pass events on until the page leaves or the stand-in stops."""
    while True:
        try:
            event = await asyncio.wait_for(queue.get(), BEAT_SECONDS)
        except TimeoutError:
            # A comment line keeps proxies from closing the stream and finds pages that have left.
            await response.write(b": still here\n\n")
            continue
        if event is None:
            return
        number = event["message"]["seq"] if event["event"] == "message" else None
        await _write(response, event, number)


def _last_seen(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID") or request.query.get("changed_since", "")
    return int(text) if text.isdigit() else None


async def stream_person(state: State, request: web.Request, person_id: int) -> web.StreamResponse:
    """Changes in all of one person's chats; without a known last event only what comes now."""
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    with state.feed.subscribe(person_id) as queue:
        # Subscribed first, read afterwards: a change in between is sent twice, never lost.
        seen = _last_seen(request)
        chats = state.chats_of(person_id)
        seq = state.last_number("seq")
        missed = [
            record
            for chat in chats
            for record in state.messages(chat["id"])
            if seen is not None and seen < record["seq"] <= seq
        ]
        try:
            await _write(response, {"event": "ready"}, seq if seen is None else None)
            for record in sorted(missed, key=lambda record: record["seq"]):
                event = {"event": "message", "message": state.view(record, person_id)}
                await _write(response, event, record["seq"])
            for chat in chats:
                event = {"event": "chat", "chat_id": chat["id"], "chat": state.chat_view(chat)}
                await _write(response, event)
            await _follow(response, queue)
        except ConnectionError:
            return response
    return response


async def stream_everything(state: State, request: web.Request) -> web.StreamResponse:
    """Who has news, for the list of people."""
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    with state.feed.subscribe(0) as queue:
        try:
            await _write(response, {"event": "ready"})
            await _follow(response, queue)
        except ConnectionError:
            return response
    return response
