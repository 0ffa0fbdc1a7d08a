"""The queue of handoffs: who waits for a person and why, who holds which conversation, and what is asked of whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console.composer import OpenTransfer, read_transfer
from console.forms import path_id
from console.keys import CORE, get_viewer
from console.recaps import list_open, list_tried
from console.render import Desk, show
from console.thread import format_reading
from ownerdesk.model import Handoff, StaffMember
from ownerdesk.queries.conversations import get_conversation_for_staff, list_open_handoffs
from ownerdesk.queries.recaps import Recap, read_recaps
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.access import Right
from ownerdesk.rules.answering import TransferOver
from ownerdesk.rules.refusals import AlreadyHeld, Refusal
from ownerdesk.services import handoffs, transfers


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

    return await _go(request, work)


async def accept(request: web.Request) -> web.StreamResponse:
    """Accept a transfer from the queue, and go to the conversation."""
    core, viewer, conversation_id = request.app[CORE], get_viewer(request), path_id(request)

    def work(session: Session) -> str:
        member = get_staff_member(session, viewer.staff_id)
        conversation = get_conversation_for_staff(
            session, member, conversation_id, Right.ANSWER_OWNERS
        )
        handoff = transfers.get_transfer(session, conversation).handoff
        transfers.accept_transfer(session, conversation, by=member, at=core.clock())
        return location_of(handoff)

    return await _go(request, work)


async def _go(request: web.Request, work: Callable[[Session], str]) -> web.StreamResponse:
    try:
        location = await request.app[CORE].transact(work)
    except (AlreadyHeld, TransferOver) as refusal:
        return await _queue_page(request, refusal=refusal)
    raise web.HTTPSeeOther(location)


def location_of(handoff: Handoff) -> str:
    """The appeal it is about, else the conversation alone."""
    if handoff.appeal_id is not None:
        return f"/appeals/{handoff.appeal_id}"
    return f"/conversations/{handoff.conversation_id}"


@dataclass(frozen=True)
class Row:
    """One handoff as the queue shows it."""

    handoff: Handoff
    recap: Recap
    tried: list[str]
    open: list[tuple[str, str]]
    reading: str
    holder: str
    transfer: OpenTransfer | None
    zone: str


async def _queue_page(request: web.Request, *, refusal: Refusal | None = None) -> web.Response:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        found = list_open_handoffs(session, desk.member)
        recaps = read_recaps(session, found)
        rows = [_row(session, desk, handoff, recaps[handoff.id]) for handoff in found]
        asked = [r for r in rows if r.transfer and r.transfer.is_asked_of_me]
        return {
            "asked": asked,
            "waiting": [r for r in rows if r.handoff.accepted_at is None],
            "held": [r for r in rows if r.handoff.accepted_at is not None and r not in asked],
            "location_of": location_of,
            "notice": desk.words.refusal(refusal) if refusal else "",
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "handoffs.html", build, status=status)


def _row(session: Session, desk: Desk, handoff: Handoff, recap: Recap) -> Row:
    conversation = handoff.conversation
    zone = desk.zone_of(conversation.project_id)
    holder = session.get(StaffMember, handoff.accepted_by_id) if handoff.accepted_by_id else None
    is_held = handoff.accepted_at is not None
    return Row(
        handoff=handoff,
        recap=recap,
        tried=list_tried(recap, desk.words),
        open=list_open(recap, desk.words, zone),
        reading=format_reading(handoff.message, desk.words) if handoff.message else "",
        holder=holder.name if holder else "",
        transfer=read_transfer(session, conversation, handoff, desk.member) if is_held else None,
        zone=zone,
    )


async def _back_to_queue(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/handoffs")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/handoffs", show_queue)
    for name, handler in (("take", take), ("accept", accept)):
        app.router.add_post(f"/handoffs/{{id}}/{name}", handler)
        app.router.add_get(f"/handoffs/{{id}}/{name}", _back_to_queue)
