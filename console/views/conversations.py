"""A conversation without an appeal: mostly somebody unknown whom a person has to answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import Form, parse_nonce, path_id, read_form
from console.keys import CORE, get_viewer
from console.render import Desk, show
from console.thread import read_thread
from ownerdesk.model import Conversation, StaffMember
from ownerdesk.queries.appeals import list_own_appeals
from ownerdesk.queries.conversations import get_conversation_for_staff
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotFound, Refusal
from ownerdesk.services import handoffs, messages

Do = Callable[[Session, Conversation, StaffMember, Form, datetime], object]


def _take_over(
    session: Session, conversation: Conversation, by: StaffMember, form: Form, at: datetime
) -> None:
    handoffs.accept_handoff(session, conversation, by=by, at=at)


def _reply(
    session: Session, conversation: Conversation, by: StaffMember, form: Form, at: datetime
) -> None:
    text = form.get("text", "")
    handoffs.reply(session, conversation, text, by=by, key=parse_nonce(form), at=at)


def _hand_back(
    session: Session, conversation: Conversation, by: StaffMember, form: Form, at: datetime
) -> None:
    handoffs.return_to_bot(session, conversation, by=by, at=at)


def _note(
    session: Session, conversation: Conversation, by: StaffMember, form: Form, at: datetime
) -> None:
    messages.add_note(session, conversation, form.get("text", ""), staff_id=by.id, at=at)


ACTIONS: dict[str, Do] = {
    "take-over": _take_over,
    "reply": _reply,
    "hand-back": _hand_back,
    "note": _note,
}


async def show_conversation(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def act(request: web.Request) -> web.StreamResponse:
    do = ACTIONS.get(request.match_info["action"])
    if do is None:
        raise web.HTTPNotFound
    core, viewer, conversation_id = request.app[CORE], get_viewer(request), path_id(request)
    form = await read_form(request)

    def work(session: Session) -> None:
        member = get_staff_member(session, viewer.staff_id)
        conversation = get_conversation_for_staff(
            session, member, conversation_id, Right.ANSWER_OWNERS
        )
        do(session, conversation, member, form, core.clock())

    try:
        await core.transact(work)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _page(request, refusal=refusal, kept=form)
    raise web.HTTPSeeOther(f"/conversations/{conversation_id}")


async def _page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    conversation_id = path_id(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        conversation = get_conversation_for_staff(session, desk.member, conversation_id)
        may_answer = desk.may(conversation.project_id, Right.ANSWER_OWNERS)
        return {
            "thread": read_thread(
                session, conversation, desk.member, desk.words, may_answer=may_answer
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
