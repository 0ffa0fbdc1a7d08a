"""My account: how I like the console, my password, and where I am logged in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.auth import guess, locked_words, set_cookie
from console.devices import describe, device_of
from console.forms import Form, parse_choice, parse_id, read_form
from console.frames import Viewer
from console.keys import CORE, get_viewer
from console.places import safe_next
from console.render import THEME_COOKIE, Desk, show
from console.words import Words
from ownerdesk.model import StaffMember, StaffSession
from ownerdesk.model.staff import THEMES
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.refusals import Refusal, WeakPassword, WrongLogin
from ownerdesk.services import accounts, logins, passwords, second_steps
from ownerdesk.services.logins import LogIn


async def show_account(request: web.Request) -> web.StreamResponse:
    return await _account_page(request)


async def _account_page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    viewer = get_viewer(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        return {
            "themes": THEMES,
            "theme_names": theme_names(desk.words),
            "has_second_step": second_steps.has_second_step(session, desk.member),
            "codes_left": second_steps.count_recovery_codes(session, desk.member),
            "sessions": [
                (row, device_words(desk.words, row), row.id == viewer.session_id)
                for row in logins.list_sessions(session, desk.member, at=desk.now)
            ],
            "notice": desk.words.refusal(refusal) if refusal else "",
        }

    return await show(
        request, "account.html", build, status=HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    )


def theme_names(words: Words) -> dict[str, str]:
    _ = words._
    return {"system": _("As the system"), "light": _("Light"), "dark": _("Dark")}


def device_words(words: Words, row: StaffSession) -> str:
    """`Firefox on Android`, as far as it is known."""
    browser, system = describe(row.user_agent)
    if browser and system:
        return words._("{browser} on {system}").format(browser=browser, system=system)
    return browser or system or words._("Unknown device")


def _choose_looks(
    session: Session, by: StaffMember, form: Form, at: datetime, viewer: Viewer
) -> None:
    theme = parse_choice(form, "theme", THEMES)
    accounts.choose_looks(session, by, theme=theme, uses_keys=form.get("keys") == "yes")


def _end_session(
    session: Session, by: StaffMember, form: Form, at: datetime, viewer: Viewer
) -> None:
    only_id = parse_id(form.get("session", ""), "session")
    logins.end_sessions(session, by, by=by, only_id=only_id, at=at)


def _end_others(
    session: Session, by: StaffMember, form: Form, at: datetime, viewer: Viewer
) -> None:
    logins.end_sessions(session, by, by=by, keep_id=viewer.session_id, at=at)


Do = Callable[[Session, StaffMember, Form, datetime, Viewer], None]
ACTIONS: dict[str, Do] = {
    "looks": _choose_looks,
    "end-session": _end_session,
    "end-others": _end_others,
}


async def act(request: web.Request) -> web.StreamResponse:
    do, viewer = ACTIONS.get(request.match_info["action"]), get_viewer(request)
    if do is None:
        raise web.HTTPNotFound

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        do(session, by, form, at, viewer)
        return "/account"

    try:
        return await acting.act(request, work, _account_page)
    except web.HTTPSeeOther as leaving:
        theme = (await read_form(request)).get("theme", "")
        if theme in THEMES:
            # The log-in page has nobody to ask; it looks as this browser was last told.
            set_cookie(request, leaving, THEME_COOKIE, theme)
        raise


async def _back(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/account")


async def show_password(request: web.Request) -> web.StreamResponse:
    return await _password_page(request)


async def change_password(request: web.Request) -> web.StreamResponse:
    """The old password is a guess like any other: it is counted, and locks."""
    core, viewer, form = request.app[CORE], get_viewer(request), await read_form(request)
    if form.get("new") != form.get("again"):
        words = Words(viewer.language, core.clock())
        return await _password_page(request, notice=words._("The two new passwords differ."))
    words = Words(viewer.language, core.clock())
    outcome = await guess(request, _prover(request, form.get("old", "")))
    assert outcome is not None, "a proof is always checked"
    if outcome.member is None:
        notice = locked_words(words, outcome) or words.refusal(WrongLogin())
        return await _password_page(request, notice=notice)

    def change(session: Session) -> None:
        passwords.change_password(
            session,
            get_staff_member(session, viewer.staff_id),
            old=form.get("old", ""),
            new=form.get("new", ""),
            keep_session_id=viewer.session_id,
            at=core.clock(),
        )

    try:
        await core.transact(change)
    except (WeakPassword, WrongLogin) as refusal:
        return await _password_page(request, notice=words.refusal(refusal))
    raise web.HTTPSeeOther("/appeals")


async def _password_page(request: web.Request, *, notice: str = "") -> web.Response:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        return {"notice": notice, "must_change": get_viewer(request).must_change_password}

    status = HTTPStatus.UNPROCESSABLE_ENTITY if notice else HTTPStatus.OK
    return await show(request, "password.html", build, status=status)


def _prover(request: web.Request, proof: str) -> Callable[[Session], LogIn]:
    core, viewer = request.app[CORE], get_viewer(request)

    def check(session: Session) -> LogIn:
        return logins.prove(
            session, viewer.session_id, proof, device=device_of(request), at=core.clock()
        )

    return check


async def show_proof(request: web.Request) -> web.StreamResponse:
    """Who sits there? Asked before what a borrowed browser must not change."""
    return await _proof_page(request, safe_next(request.query.get("next", "")))


async def prove(request: web.Request) -> web.StreamResponse:
    core, viewer, form = request.app[CORE], get_viewer(request), await read_form(request)
    target = safe_next(form.get("next", ""))
    outcome = await guess(request, _prover(request, form.get("proof", "")))
    assert outcome is not None, "a proof is always checked"
    if outcome.member is None:
        words = Words(viewer.language, core.clock())
        notice = locked_words(words, outcome) or words._(
            "That is neither your password nor a code."
        )
        return await _proof_page(request, target, notice=notice)
    raise web.HTTPSeeOther(target)


async def _proof_page(request: web.Request, target: str, *, notice: str = "") -> web.Response:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        return {
            "target": target,
            "notice": notice,
            "has_second_step": second_steps.has_second_step(session, desk.member),
        }

    status = HTTPStatus.UNPROCESSABLE_ENTITY if notice else HTTPStatus.OK
    return await show(request, "proof.html", build, status=status)


async def ask_for_proof(request: web.Request) -> None:
    """Leads to the page that asks, and back here, unless somebody has just shown who they are."""
    core, viewer = request.app[CORE], get_viewer(request)
    if not await core.transact(logins.is_proved, viewer.session_id, at=core.clock()):
        back = request.path if request.method == "GET" else "/account/second-step"
        raise web.HTTPSeeOther(f"/account/proof?next={quote(back)}")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/password", show_password)
    app.router.add_post("/password", change_password)
    app.router.add_get("/account", show_account)
    app.router.add_get("/account/proof", show_proof)
    app.router.add_post("/account/proof", prove)
    app.router.add_post("/account/{action}", act)
    app.router.add_get("/account/{action}", _back)
