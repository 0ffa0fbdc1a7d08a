"""The page behind a link of a manager: confirm the name, set a password, and be in."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console.auth import LOGIN_SLOTS, go_on
from console.devices import device_of
from console.forms import Form, read_form
from console.keys import CORE
from console.render import choose_language, show_plain
from console.words import Words
from ownerdesk.rules.refusals import LinkOver, Refusal
from ownerdesk.services import accounts, logins
from ownerdesk.services.logins import LogIn


async def show_welcome(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, notice: str = "", kept: Form | None = None
) -> web.Response:
    core, token = request.app[CORE], request.match_info["token"]

    def find(session: Session) -> tuple[str, str]:
        member = accounts.get_member_of_link(session, token, at=core.clock())
        return member.name, member.email

    try:
        name, email = await core.transact(find)
    except LinkOver as refusal:
        return _over(request, refusal)
    context = {"name": (kept or {}).get("name", name), "email": email, "notice": notice}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if notice else HTTPStatus.OK
    return show_plain(request, "welcome.html", context, status=status)


def _over(request: web.Request, refusal: Refusal) -> web.Response:
    words = Words(choose_language(request), request.app[CORE].clock())
    context = {"name": "", "email": "", "notice": words.refusal(refusal)}
    return show_plain(request, "welcome.html", context, status=HTTPStatus.NOT_FOUND)


async def accept(request: web.Request) -> web.StreamResponse:
    core, form = request.app[CORE], await read_form(request)
    words = Words(choose_language(request), core.clock())
    if form.get("new") != form.get("again"):
        return await _page(request, notice=words._("The two new passwords differ."), kept=form)

    def work(session: Session) -> LogIn:
        at = core.clock()
        member = accounts.use_link(
            session,
            request.match_info["token"],
            name=form.get("name", ""),
            password=form.get("new", ""),
            at=at,
        )
        return logins.open_session(session, member, device=device_of(request), at=at)

    try:
        async with request.app[LOGIN_SLOTS]:
            outcome = await core.transact(work)
    except LinkOver as refusal:
        return _over(request, refusal)
    except Refusal as refusal:
        return await _page(request, notice=words.refusal(refusal), kept=form)
    return go_on(request, outcome, "/appeals")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/welcome/{token}", show_welcome)
    app.router.add_post("/welcome/{token}", accept)
