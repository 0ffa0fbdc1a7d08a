"""The console as a web application, and as a part that runs until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from console.frames import SharedFrames
from console.keys import CALLS, CORE, FRAMES, HUB, ROWS
from console.live import Hub
from console.menu import list_menu
from console.middleware import (
    add_security_headers,
    ask_for_login,
    refuse_forged_forms,
    speak_of_errors,
)
from console.render import set_up_templates
from console.sharing import SharedCalls, SharedRows
from console.shortcuts import list_shortcuts
from console.views import (
    account,
    aftercare,
    appeal_page,
    buildings,
    bulk_actions,
    conversations,
    demo,
    dispatch,
    emergencies,
    events,
    figure_cases,
    figures,
    files,
    handoffs,
    health,
    home,
    improvement_plans,
    incidents,
    labelling,
    login,
    notices,
    palette,
    reply_tools,
    saved_views,
    second_step,
    webhook,
    welcome,
    work_list,
)
from console.views import settings as settings_pages
from ownerdesk.bootstrap import Core
from ownerdesk.settings import Settings

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
MAX_BODY = 1024 * 1024
STOP_SECONDS = 1.5
VENDOR = {
    "htmx.min.js": HERE / "node_modules" / "htmx.org" / "dist" / "htmx.min.js",
    "sse.min.js": HERE / "node_modules" / "htmx-ext-sse" / "dist" / "sse.min.js",
}


def make_app(settings: Settings, core: Core) -> web.Application:
    """An application over a core, which stays the caller's to close."""
    app = web.Application(
        client_max_size=MAX_BODY,
        middlewares=[speak_of_errors, refuse_forged_forms, ask_for_login],
    )
    app[CORE] = core
    app[HUB] = Hub(core)
    app[FRAMES] = SharedFrames(core, app[HUB])
    app[CALLS] = SharedCalls()
    app[ROWS] = SharedRows()
    app.on_response_prepare.append(add_security_headers)
    app.on_shutdown.append(_end_streams)
    app.cleanup_ctx.append(_listen)
    set_up_templates(
        app,
        list_sections=settings_pages.list_sections,
        list_menu=list_menu,
        list_shortcuts=list_shortcuts,
    )
    for views in (
        home,
        login,
        work_list,
        bulk_actions,
        saved_views,
        appeal_page,
        buildings,
        handoffs,
        emergencies,
        incidents,
        reply_tools,
        conversations,
        notices,
        dispatch,
        figures,
        figure_cases,
        improvement_plans,
        labelling,
        files,
        events,
        health,
        webhook,
        aftercare,
        account,
        second_step,
        welcome,
        palette,
        settings_pages,
    ):
        views.add_routes(app)
    if settings.is_demo:
        demo.add_routes(app)
    app.router.add_get("/static/vendor/{name}", _send_vendor)
    app.router.add_static("/static/", HERE / "static")
    return app


async def _send_vendor(request: web.Request) -> web.StreamResponse:
    """Of the installed packages only the two files that pages ask for."""
    path = VENDOR.get(request.match_info["name"])
    if path is None or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path)


async def _listen(app: web.Application) -> AsyncIterator[None]:
    task = asyncio.create_task(app[HUB].listen())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _end_streams(app: web.Application) -> None:
    app[HUB].close()


async def serve(settings: Settings, core: Core) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    runner = web.AppRunner(make_app(settings, core), access_log=None, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        logger.info("console: listening on port %d", settings.port)
        async with core.beating("console"):
            await stop.wait()
    finally:
        await runner.cleanup()


def run(settings: Settings) -> None:
    """The part `console`: blocks until it is told to stop."""
    core = Core(settings, check_connections=True)
    try:
        asyncio.run(serve(settings, core))
    finally:
        core.close()
