"""The stand-in as a web application: Bot API, people's API and the phone page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from demo.api import PeopleApi, refuse_plainly
from demo.api_views import Views
from demo.botapi.dispatch import BotApi
from demo.cast import BUILDINGS, HOMES, PHONE_PEOPLE, PROJECTS, STAFF
from demo.errors import ApiError
from demo.state import State
from demo.webhook import deliver_forever

HOST = "127.0.0.1"
PHONE = Path(__file__).parent / "phone"
PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "frame-ancestors 'self'; form-action 'none'; base-uri 'none'"
)


def add_cast(state: State) -> None:
    """Give the invented people of the demo their phones; those already there stay as they are."""
    projects = {project.code: project.name for project in PROJECTS}
    buildings = {(building.project, building.number): building.name for building in BUILDINGS}
    homes = {home.key: home for home in HOMES}
    for person in PHONE_PEOPLE:
        label = "Lives elsewhere"
        if person.home is not None:
            home = homes[person.home]
            place = buildings[home.project, home.building]
            label = f"{projects[home.project]} · {place} {home.number} · {person.role}"
        assert person.telegram_id is not None
        state.add_person(
            person.telegram_id,
            person.linked,
            first_name=person.first_name,
            last_name=person.last_name,
            username=person.username,
            language_code=person.language_code,
            phone=person.phone,
            home=person.home,
            label=label,
        )
    for member in STAFF:
        if member.telegram_id is not None and member.project is not None:
            first_name, _, last_name = member.name.partition(" ")
            state.add_person(
                member.telegram_id,
                True,
                first_name=first_name,
                last_name=last_name,
                language_code=member.languages[0],
                home=None,
                label=f"{projects[member.project]} · {member.role}, {member.department}",
            )


async def _page(request: web.Request) -> web.StreamResponse:
    headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}
    return web.FileResponse(PHONE / "index.html", headers=headers)


async def _slash(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/demo" + (f"?{request.query_string}" if request.query_string else ""))


def make_app(state: State) -> web.Application:
    """An application over a state; it closes the state when it is cleaned up."""
    app = web.Application(middlewares=[refuse_plainly], client_max_size=4 * 1024 * 1024)
    BotApi(state).add_routes(app)
    PeopleApi(state).add_routes(app)
    Views(state).add_routes(app)
    app.router.add_get("/demo", _page)
    app.router.add_get("/demo/", _slash)
    app.router.add_static("/demo/static", PHONE)

    async def deliver(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(deliver_forever(state))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        state.close()

    async def hang_up(_: web.Application) -> None:
        # Open streams and polls would otherwise hold the server back until its grace is over.
        state.feed.close()
        state.updates.interrupt(ApiError(502, "Bad Gateway"))

    app.cleanup_ctx.append(deliver)
    app.on_shutdown.append(hang_up)
    return app


async def serve(state: State, port: int) -> None:
    """Serve on loopback until cancelled."""
    runner = web.AppRunner(make_app(state), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        print(f"Telegram stand-in and phone on http://{HOST}:{port}/demo", flush=True)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
