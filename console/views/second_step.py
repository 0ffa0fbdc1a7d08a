"""The second step of one's own account: set up with an app, recovery codes, switched off."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

import segno
from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import read_form
from console.keys import CORE, get_viewer
from console.render import Desk, show
from console.views.account import ask_for_proof
from ownerdesk.model import SecondStep, StaffMember
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.refusals import AlreadyExists, Refusal, WrongCode
from ownerdesk.services import second_steps

HERE = "/account/second-step"


async def show_second_step(request: web.Request) -> web.StreamResponse:
    await ask_for_proof(request)
    return await _page(request)


async def _page(
    request: web.Request, *, refusal: Refusal | None = None, codes: list[str] | None = None
) -> web.Response:
    """`codes` are shown this once: whoever reloads the page sees them no more."""

    def build(session: Session, desk: Desk) -> dict[str, object]:
        step = second_steps.find_second_step(session, desk.member)
        is_on = step is not None and step.confirmed_at is not None
        return {
            "is_on": is_on,
            "since": step.confirmed_at if step else None,
            "secret": "" if step is None or is_on else _in_groups(step.secret),
            "picture": "" if step is None or is_on else _draw(step, desk.member),
            "codes": codes or [],
            "codes_left": second_steps.count_recovery_codes(session, desk.member),
            "is_demanded": get_viewer(request).must_set_up_second_step and not is_on,
            "notice": desk.words.refusal(refusal) if refusal else "",
        }

    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK
    return await show(request, "second_step.html", build, status=status)


def _in_groups(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def _draw(step: SecondStep, member: StaffMember) -> str:
    """The QR code as an address of the kind `data:`. Dark on light in both themes: cameras want it so."""
    code = segno.make(second_steps.provisioning_uri(step, member), error="m")
    return code.svg_data_uri(scale=4, border=3, dark="#000", light="#fff")


async def begin(request: web.Request) -> web.StreamResponse:
    await ask_for_proof(request)
    core, viewer = request.app[CORE], get_viewer(request)

    def work(session: Session) -> None:
        second_steps.begin(session, get_staff_member(session, viewer.staff_id), at=core.clock())

    with suppress(AlreadyExists):  # it is on: the page says so
        await core.transact(work)
    raise web.HTTPSeeOther(HERE)


async def confirm(request: web.Request) -> web.StreamResponse:
    await ask_for_proof(request)
    core, viewer, form = request.app[CORE], get_viewer(request), await read_form(request)

    def work(session: Session) -> list[str]:
        member = get_staff_member(session, viewer.staff_id)
        return second_steps.confirm(session, member, form.get("code", ""), at=core.clock())

    try:
        return await _page(request, codes=await core.transact(work))
    except WrongCode as refusal:
        return await _page(request, refusal=refusal)


async def make_codes(request: web.Request) -> web.StreamResponse:
    await ask_for_proof(request)
    core, viewer = request.app[CORE], get_viewer(request)

    def work(session: Session) -> list[str]:
        member = get_staff_member(session, viewer.staff_id)
        return second_steps.replace_recovery_codes(session, member, at=core.clock())

    try:
        return await _page(request, codes=await core.transact(work))
    except WrongCode:
        raise web.HTTPSeeOther(HERE) from None


async def switch_off(request: web.Request) -> web.StreamResponse:
    await ask_for_proof(request)
    core, viewer = request.app[CORE], get_viewer(request)

    def work(session: Session) -> None:
        member = get_staff_member(session, viewer.staff_id)
        second_steps.switch_off(session, member, by=member, at=core.clock())

    await core.transact(work)
    raise web.HTTPSeeOther(HERE)


async def _back(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(HERE)


def add_routes(app: web.Application) -> None:
    app.router.add_get(HERE, show_second_step)
    app.router.add_post(f"{HERE}/begin", begin)
    app.router.add_post(f"{HERE}/confirm", confirm)
    app.router.add_post(f"{HERE}/codes", make_codes)
    app.router.add_post(f"{HERE}/off", switch_off)
    app.router.add_get(f"{HERE}/{{action}}", _back)
