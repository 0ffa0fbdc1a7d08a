"""Log in, log out, change the password, choose the language."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console.auth import COOKIE, set_cookie
from console.forms import read_form
from console.keys import CORE, find_viewer, get_viewer
from console.places import safe_next
from console.render import LANGUAGE_COOKIE, Desk, choose_language, show, show_plain
from console.words import Words
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.refusals import Refusal, WeakPassword
from ownerdesk.services import staff
from ownerdesk.texts import LANGUAGES, supported

SLOW_DOWN_SECONDS = 0.2  # for each failure so far
# Checking a password is made to be slow: more than this many at once would starve everybody else of threads.
LOGINS_AT_ONCE = 3
LOGIN_SLOTS = web.AppKey("login_slots", asyncio.Semaphore)


async def show_login(request: web.Request) -> web.StreamResponse:
    target = safe_next(request.query.get("next", ""))
    if find_viewer(request) is not None:
        raise web.HTTPSeeOther(target)
    return _login_page(request, target=target)


async def log_in(request: web.Request) -> web.StreamResponse:
    core, form = request.app[CORE], await read_form(request)
    target, email = safe_next(form.get("next", "")), form.get("email", "")
    async with request.app[LOGIN_SLOTS]:
        outcome = await core.transact(
            staff.log_in,
            email=email,
            password=form.get("password", ""),
            user_agent=request.headers.get("User-Agent", ""),
            at=core.clock(),
        )
    words = Words(choose_language(request), core.clock())
    if outcome.locked_until is not None:
        left = (outcome.locked_until - core.clock()).total_seconds()
        notice = words._("Too many wrong passwords. Try again in {time}.").format(
            time=words.span(left + 60)
        )
        return _login_page(
            request, target=target, email=email, notice=notice, status=HTTPStatus.TOO_MANY_REQUESTS
        )
    if not outcome.token:
        await asyncio.sleep(SLOW_DOWN_SECONDS * outcome.failures)
        notice = words._("E-mail or password is wrong.")
        return _login_page(
            request, target=target, email=email, notice=notice, status=HTTPStatus.UNAUTHORIZED
        )
    response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": target})
    set_cookie(request, response, COOKIE, outcome.token)
    return response


def _login_page(
    request: web.Request,
    *,
    target: str,
    email: str = "",
    notice: str = "",
    status: int = HTTPStatus.OK,
) -> web.Response:
    context = {"target": target, "email": email, "notice": notice}
    return show_plain(request, "login.html", context, status=status)


async def log_out(request: web.Request) -> web.StreamResponse:
    await request.app[CORE].transact(staff.log_out, get_viewer(request).token)
    response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/login"})
    response.del_cookie(COOKIE, path="/")
    return response


async def show_password(request: web.Request) -> web.StreamResponse:
    return await _password_page(request)


async def change_password(request: web.Request) -> web.StreamResponse:
    core, viewer, form = request.app[CORE], get_viewer(request), await read_form(request)
    if form.get("new") != form.get("again"):
        return await _password_page(request, differs=True)

    def change(session: Session) -> None:
        staff.change_password(
            session,
            get_staff_member(session, viewer.staff_id),
            old=form.get("old", ""),
            new=form.get("new", ""),
            keep_session_id=viewer.session_id,
        )

    try:
        async with request.app[LOGIN_SLOTS]:
            await core.transact(change)
    except Refusal as refusal:
        if not isinstance(refusal, WeakPassword):
            await asyncio.sleep(SLOW_DOWN_SECONDS)
        return await _password_page(request, refusal=refusal)
    raise web.HTTPSeeOther("/appeals")


async def _password_page(
    request: web.Request, *, refusal: Refusal | None = None, differs: bool = False
) -> web.Response:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        notice = desk.words.refusal(refusal) if refusal else ""
        if differs:
            notice = desk.words._("The two new passwords differ.")
        return {"notice": notice, "must_change": get_viewer(request).must_change_password}

    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal or differs else HTTPStatus.OK
    return await show(request, "password.html", build, status=status)


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
    app.router.add_post("/logout", log_out)
    app.router.add_get("/password", show_password)
    app.router.add_post("/password", change_password)
    app.router.add_post("/language", choose)
