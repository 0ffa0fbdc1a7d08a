"""A conversation without an appeal: mostly somebody unknown whom a person has to answer."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form, path_id
from console.render import Desk, show
from console.thread import parse_since, read_thread
from console.views.talk import TALK, Talk
from ownerdesk.model import StaffMember
from ownerdesk.queries.appeals import list_own_appeals
from ownerdesk.queries.conversations import get_conversation_for_staff
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import Refusal


async def show_conversation(request: web.Request) -> web.StreamResponse:
    return await conversation_page(request, refusal=None, kept=None)


async def act(request: web.Request) -> web.StreamResponse:
    """One of the actions of the thread: done in one transaction, or refused with the page and the reason."""
    do = TALK.get(request.match_info["action"])
    if do is None:
        raise web.HTTPNotFound
    conversation_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        conversation = get_conversation_for_staff(session, by, conversation_id, Right.ANSWER_OWNERS)
        do(Talk(session, conversation, None, by, form, at))
        return f"/conversations/{conversation_id}"

    return await acting.act(request, work, conversation_page)


async def conversation_page(
    request: web.Request, *, refusal: Refusal | None, kept: Form | None
) -> web.Response:
    conversation_id = path_id(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        conversation = get_conversation_for_staff(session, desk.member, conversation_id)
        may_answer = desk.may(conversation.project_id, Right.ANSWER_OWNERS)
        return {
            "thread": read_thread(
                session,
                conversation,
                desk.member,
                desk.words,
                may_answer=may_answer,
                since=parse_since(request),
            ),
            "conversation": conversation,
            "zone": desk.zone_of(conversation.project_id),
            "others": [
                a
                for a in list_own_appeals(session, conversation, only_open=False)
                if desk.may(a.project_id, Right.SEE_APPEALS)
            ],
            "notice": desk.words.refusal(refusal) if refusal else "",
            "kept": kept or {},
            "tried": request.match_info.get("action", ""),
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "conversation.html", build, status=status)


async def _back(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(f"/conversations/{path_id(request)}")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/conversations/{id}", show_conversation)
    app.router.add_post("/conversations/{id}/{action}", act)
    app.router.add_get("/conversations/{id}/{action}", _back)
