"""The stream of news to an open page."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web

from console.frames import SharedFrames, Sight
from console.keys import FRAMES, HUB, get_viewer
from console.live import Access, Hub, Subscriber
from ownerdesk.queries.staff import has_right
from ownerdesk.rules.access import Right

BEAT_SECONDS = 15.0
PAUSE_SECONDS = 0.4  # news of a burst go out together
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


async def stream(request: web.Request) -> web.StreamResponse:
    """Names of what changed, until the page leaves, the log-in ends or the server stops."""
    hub, frames, viewer = request.app[HUB], request.app[FRAMES], get_viewer(request)
    sight = await frames.find(viewer.token)
    if sight is None:
        return web.Response(status=204)
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    seen = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    # A ConnectionResetError says that the page has left.
    with (
        hub.subscribe(_access_of(sight), seen=seen) as subscriber,
        suppress(ConnectionResetError),
    ):
        await response.write(b"retry: 2000\n\n")
        while not hub.is_closing and await _refresh_access(subscriber, viewer.token, frames):
            await _tell(response, hub, subscriber)
    return response


async def _tell(response: web.StreamResponse, hub: Hub, subscriber: Subscriber) -> None:
    """What is new for one beat. A comment ends it: it keeps proxies from closing the stream and finds pages
    that have left."""
    ends_at = asyncio.get_running_loop().time() + BEAT_SECONDS
    while await _is_woken(subscriber, ends_at) and not hub.is_closing:
        if subscriber.is_outdated:
            return
        for name in subscriber.take():
            news = f"id: {hub.last_id}\nevent: {name}\ndata: {name}\n\n"
            await response.write(news.encode())
        await asyncio.sleep(PAUSE_SECONDS)
    if not hub.is_closing:
        await response.write(b": still here\n\n")


async def _is_woken(subscriber: Subscriber, ends_at: float) -> bool:
    try:
        async with asyncio.timeout_at(ends_at):
            await subscriber.woken.wait()
    except TimeoutError:
        return False
    return True


async def _refresh_access(subscriber: Subscriber, token: str, frames: SharedFrames) -> bool:
    """The log-in may have ended since, or a role been taken away."""
    subscriber.is_outdated = False
    sight = await frames.find(token)
    if sight is not None:
        subscriber.access = _access_of(sight)
    return sight is not None


def _access_of(sight: Sight) -> Access:
    member = sight.frame.member
    return Access(
        member.id,
        frozenset(project.id for project in sight.frame.projects),
        is_admin=has_right(member, None, Right.ADMINISTER),
    )


def add_routes(app: web.Application) -> None:
    app.router.add_get("/events", stream)
