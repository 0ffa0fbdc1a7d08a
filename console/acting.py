"""The frame around every form of the console: one transaction, then on to a page; or refused on the page it came from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import Form, read_form
from console.keys import CORE, get_viewer
from ownerdesk.model import StaffMember
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.refusals import NotAllowed, NotFound, Refusal

Work = Callable[[Session, StaffMember, Form, datetime], str]


class Page(Protocol):
    """Draws the page a form stands on, with the refusal in words and what was typed still in its fields."""

    def __call__(
        self, request: web.Request, *, refusal: Refusal | None, kept: Form | None
    ) -> Awaitable[web.Response]: ...


def is_no_page(_: NotFound) -> bool:
    return True


async def act(
    request: web.Request,
    work: Work,
    page: Page,
    *,
    is_gone: Callable[[NotFound], bool] = is_no_page,
) -> web.StreamResponse:
    """Do what the form asks and go to the address that `work` returns.

    A refusal changes nothing and shows the page again. What was not found is no page at all (404), unless
    `is_gone` denies it: then it was one choice among the fields. What is not allowed never is a page.
    """
    core, viewer = request.app[CORE], get_viewer(request)
    form = await read_form(request)

    def do(session: Session) -> str:
        return work(session, get_staff_member(session, viewer.staff_id), form, core.clock())

    try:
        location = await core.transact(do)
    except NotAllowed:
        raise  # the same answer as for what does not exist
    except NotFound as refusal:
        if is_gone(refusal):
            raise
        return await page(request, refusal=refusal, kept=form)
    except Refusal as refusal:
        return await page(request, refusal=refusal, kept=form)
    raise web.HTTPSeeOther(location)
