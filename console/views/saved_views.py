"""Saving the list as it is narrowed, for oneself or for a project, and forgetting it."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import BadForm, Form, parse_id, path_id
from console.listing import ListQuery
from console.render import Desk, show
from ownerdesk.model import StaffMember
from ownerdesk.queries.saved_views import get_managed_view
from ownerdesk.rules.refusals import Refusal
from ownerdesk.services.saved_views import forget_view, save_view


async def save(request: web.Request) -> web.StreamResponse:
    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        query = _query_of(form)
        sharing = form.get("project", "")
        save_view(
            session,
            name=form.get("name", ""),
            query=query.as_view(),
            project_id=parse_id(sharing, "project") if sharing else None,
            by=by,
            at=at,
        )
        return f"/appeals?{urlencode(query.as_view())}"

    return await acting.act(request, work, _refused_page)


async def forget(request: web.Request) -> web.StreamResponse:
    view_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        forget_view(session, get_managed_view(session, by, view_id), by=by, at=at)
        return "/appeals"

    return await acting.act(request, work, _refused_page)


def _query_of(form: Form) -> ListQuery:
    return ListQuery.parse(dict(parse_qsl(form.get("query", ""))))


async def _refused_page(
    request: web.Request, *, refusal: Refusal | None, kept: Form | None
) -> web.Response:
    """The name alone, with what was wrong with it, and the way back to the list."""
    form = kept or {}

    def build(session: Session, desk: Desk) -> dict[str, object]:
        return {
            "notice": desk.words.refusal(refusal or BadForm("name")),
            "kept": form,
            "back": _query_of(form).as_view(),
        }

    return await show(request, "saved_view.html", build, status=409)


async def _back_to_list(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/appeals")


def add_routes(app: web.Application) -> None:
    app.router.add_post("/saved-views", save)
    app.router.add_post("/saved-views/{id}/forget", forget)
    # A reload after a refusal asks for the address of the form.
    app.router.add_get("/saved-views", _back_to_list)
    app.router.add_get("/saved-views/{id}/forget", _back_to_list)
