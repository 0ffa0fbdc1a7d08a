"""The queue of handoffs: who waits for a person, and who holds which conversation."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import path_id
from console.keys import CORE, get_viewer
from console.render import Desk, show
from console.thread import format_reading
from ownerdesk.model import Conversation, Handoff, StaffMember
from ownerdesk.queries.conversations import (
    get_conversation_for_staff,
    list_last_words,
    list_open_handoffs,
)
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import AlreadyHeld, Refusal
from ownerdesk.services import handoffs


async def show_queue(request: web.Request) -> web.StreamResponse:
    return await _queue_page(request)


async def take(request: web.Request) -> web.StreamResponse:
    """Take the conversation and go to it; whoever is second is told who was first."""
    core, viewer, conversation_id = request.app[CORE], get_viewer(request), path_id(request)

    def work(session: Session) -> str:
        member = get_staff_member(session, viewer.staff_id)
        conversation = get_conversation_for_staff(
            session, member, conversation_id, Right.ANSWER_OWNERS
        )
        handoff = handoffs.accept_handoff(session, conversation, by=member, at=core.clock())
        return location_of(handoff)

    try:
        location = await core.transact(work)
    except AlreadyHeld as refusal:
        return await _queue_page(request, refusal=refusal)
    raise web.HTTPSeeOther(location)


def location_of(handoff: Handoff) -> str:
    """The appeal it is about, else the conversation alone."""
    if handoff.appeal_id is not None:
        return f"/appeals/{handoff.appeal_id}"
    return f"/conversations/{handoff.conversation_id}"


async def _queue_page(request: web.Request, *, refusal: Refusal | None = None) -> web.Response:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        found = list_open_handoffs(session, desk.member)
        conversations: list[Conversation] = [h.conversation for h in found]
        holders = {
            h.accepted_by_id: session.get_one(StaffMember, h.accepted_by_id).name
            for h in found
            if h.accepted_by_id is not None
        }
        return {
            "waiting": [h for h in found if h.accepted_at is None],
            "held": [h for h in found if h.accepted_at is not None],
            "holders": holders,
            "readings": {h.id: format_reading(h.message, desk.words) for h in found if h.message},
            "last_words": list_last_words(session, [c.id for c in conversations]),
            "location_of": location_of,
            "notice": desk.words.refusal(refusal) if refusal else "",
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "handoffs.html", build, status=status)


async def _back_to_queue(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/handoffs")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/handoffs", show_queue)
    app.router.add_post("/handoffs/{id}/take", take)
    app.router.add_get("/handoffs/{id}/take", _back_to_queue)
