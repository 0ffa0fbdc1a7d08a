"""Log in, with a password and where the account has one with a second step; log out; choose the language."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web
from sqlalchemy.orm import Session

from console.auth import (
    COOKIE,
    LOGIN_SLOTS,
    LOGINS_AT_ONCE,
    go_on,
    guess,
    locked_words,
    set_cookie,
)
from console.devices import device_of
from console.forms import read_form
from console.keys import CORE, find_viewer, get_viewer
from console.places import safe_next
from console.render import LANGUAGE_COOKIE, choose_language, show_plain
from console.words import Words
from ownerdesk.services import logins, staff
from ownerdesk.services.logins import LogIn
from ownerdesk.texts import LANGUAGES, supported


async def show_login(request: web.Request) -> web.StreamResponse:
    target = safe_next(request.query.get("next", ""))
    if find_viewer(request) is not None:
        raise web.HTTPSeeOther(target)
    return show_plain(request, "login.html", {"target": target, "email": "", "notice": ""})


async def log_in(request: web.Request) -> web.StreamResponse:
    core, form = request.app[CORE], await read_form(request)
    target, email = safe_next(form.get("next", "")), form.get("email", "")

    def check(session: Session) -> LogIn:
        return logins.log_in(
            session,
            email=email,
            password=form.get("password", ""),
            device=device_of(request),
            at=core.clock(),
        )

    outcome = await guess(request, check)
    assert outcome is not None, "a password is always checked"
    if outcome.token:
        return go_on(request, outcome, quote(target) if outcome.awaits_code else target)
    words = Words(choose_language(request), core.clock())
    notice = locked_words(words, outcome) or words._("E-mail or password is wrong.")
    context = {"target": target, "email": email, "notice": notice}
    return show_plain(request, "login.html", context, status=_status(outcome))


def _status(outcome: LogIn) -> HTTPStatus:
    return HTTPStatus.TOO_MANY_REQUESTS if outcome.locked_until else HTTPStatus.UNAUTHORIZED


async def show_code(request: web.Request) -> web.StreamResponse:
    """The second half; without the first, the log-in."""
    core, target = request.app[CORE], safe_next(request.query.get("next", ""))
    if find_viewer(request) is not None:
        raise web.HTTPSeeOther(target)
    token = request.cookies.get(COOKIE, "")
    if not await core.transact(logins.is_half_way, token, at=core.clock()):
        raise web.HTTPSeeOther(f"/login?next={quote(target)}")
    return show_plain(request, "login_code.html", {"target": target, "notice": ""})


async def enter_code(request: web.Request) -> web.StreamResponse:
    core, form = request.app[CORE], await read_form(request)
    target, token = safe_next(form.get("next", "")), request.cookies.get(COOKIE, "")

    def check(session: Session) -> LogIn | None:
        return logins.enter_code(
            session, token, form.get("code", ""), device=device_of(request), at=core.clock()
        )

    outcome = await guess(request, check)
    if outcome is None:
        raise web.HTTPSeeOther(f"/login?next={quote(target)}")
    if outcome.token:
        return go_on(request, outcome, target)
    words = Words(choose_language(request), core.clock())
    notice = locked_words(words, outcome) or words._(
        "That code is wrong, was used already, or is too old."
    )
    context = {"target": target, "notice": notice}
    return show_plain(request, "login_code.html", context, status=_status(outcome))


async def log_out(request: web.Request) -> web.StreamResponse:
    await request.app[CORE].transact(logins.log_out, get_viewer(request).token)
    response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/login"})
    response.del_cookie(COOKIE, path="/")
    return response


async def choose(request: web.Request) -> web.StreamResponse:
    """The language, kept with the person, and in the browser for the log-in page."""
    form, viewer = await read_form(request), find_viewer(request)
    language = form.get("language", "")
    if language not in LANGUAGES:
        raise web.HTTPBadRequest
    if viewer is not None:
        await request.app[CORE].transact(
            staff.choose_language, viewer.staff_id, supported(language)
        )
    target = safe_next(form.get("next", ""))
    response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": target})
    set_cookie(request, response, LANGUAGE_COOKIE, language)
    return response


def add_routes(app: web.Application) -> None:
    app[LOGIN_SLOTS] = asyncio.Semaphore(LOGINS_AT_ONCE)
    app.router.add_get("/login", show_login)
    app.router.add_post("/login", log_in)
    app.router.add_get("/login/code", show_code)
    app.router.add_post("/login/code", enter_code)
    app.router.add_post("/logout", log_out)
    app.router.add_post("/language", choose)
