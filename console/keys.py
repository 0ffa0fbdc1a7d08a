"""What the application and a request carry, each under a typed key."""

from __future__ import annotations

from aiohttp import ClientSession, web

from console.frames import Frame, SharedFrames, Viewer
from console.live import Hub
from console.sharing import SharedCalls, SharedRows
from ownerdesk.bootstrap import Core

CORE = web.AppKey("core", Core)
HUB = web.AppKey("hub", Hub)
FRAMES = web.AppKey("frames", SharedFrames)
CALLS = web.AppKey("calls", SharedCalls)
ROWS = web.AppKey("rows", SharedRows)
DEMO_CLIENT = web.AppKey("demo_client", ClientSession)


VIEWER = web.RequestKey("viewer", Viewer)
FRAME = web.RequestKey("frame", Frame)


def find_viewer(request: web.Request) -> Viewer | None:
    return request.get(VIEWER)


def get_viewer(request: web.Request) -> Viewer:
    """Only for pages behind the log-in: the middleware has let nobody else through."""
    viewer = find_viewer(request)
    assert viewer is not None, "the middleware lets only viewers through"
    return viewer
