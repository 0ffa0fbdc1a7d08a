"""What helps somebody who writes: ready answers, articles, colleagues to name, files, a preview, who else is here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import BadForm, parse_choice, parse_id, path_id, read_form
from console.keys import CORE, HUB, get_viewer
from console.render import show_part
from console.uploads import receive_file
from console.views.conversations import conversation_page
from console.views.talk import parse_ids
from console.words import Words
from ownerdesk.model import Appeal, Conversation, StaffMember
from ownerdesk.queries.appeals import get_appeal_for_staff
from ownerdesk.queries.canned_replies import list_canned_replies, read_values
from ownerdesk.queries.conversations import get_conversation_for_staff
from ownerdesk.queries.knowledge import search_articles
from ownerdesk.queries.owners import get_project_of
from ownerdesk.queries.staff import get_staff_member, list_with_right
from ownerdesk.queries.uploads import list_uploads
from ownerdesk.rules.access import Right
from ownerdesk.rules.answering import AnsweringRefusal
from ownerdesk.rules.excerpts import take_sentences
from ownerdesk.rules.refusals import AppealNotFound
from ownerdesk.rules.splitting import split_text
from ownerdesk.rules.variables import fill_known, fill_variables
from ownerdesk.services.presence import DOING, be_present
from ownerdesk.services.uploads import drop_upload, keep_upload, take_uploads
from ownerdesk.texts import pick

SHORT = 200
SHOWN = 160
MAX_CHARACTERS = 4096

Read = Callable[[Session, Conversation, Appeal | None, StaffMember], Any]


async def _answer(request: web.Request, read: Read) -> web.Response:
    """As JSON, for somebody who may answer here."""
    core, viewer, conversation_id = request.app[CORE], get_viewer(request), path_id(request)

    def work(session: Session) -> Any:
        member = get_staff_member(session, viewer.staff_id)
        conversation = get_conversation_for_staff(
            session, member, conversation_id, Right.ANSWER_OWNERS
        )
        appeal = _find_appeal(session, member, conversation, request.query)
        return read(session, conversation, appeal, member)

    return web.json_response(await core.transact(work))


def _find_appeal(
    session: Session, member: StaffMember, conversation: Conversation, query: Mapping[str, str]
) -> Appeal | None:
    """The appeal on whose page somebody writes. Raises AppealNotFound for one of another conversation."""
    if not query.get("appeal"):
        return None
    try:
        appeal_id = parse_id(query["appeal"], "appeal")
    except BadForm:
        raise AppealNotFound from None
    appeal = get_appeal_for_staff(session, member, appeal_id, Right.SEE_APPEALS)
    if appeal.conversation_id != conversation.id:
        raise AppealNotFound
    return appeal


async def list_replies(request: web.Request) -> web.StreamResponse:
    """Ready answers in the owner's language, filled in as far as anything is known."""

    def read(
        session: Session, conversation: Conversation, appeal: Appeal | None, member: StaffMember
    ) -> Any:
        at = request.app[CORE].clock()
        values = read_values(session, conversation, by=member, at=at, appeal=appeal)
        found = list_canned_replies(
            session,
            project_id=conversation.project_id,
            category=appeal.category if appeal else None,
        )
        return [
            {
                "mark": f"/{reply.shortcut}",
                "name": pick(reply.names, member.language),
                "text": fill_known(pick(reply.bodies, conversation.language), values),
            }
            for reply in found
        ]

    return await _answer(request, read)


async def list_articles(request: web.Request) -> web.StreamResponse:
    """Articles in the owner's language: each whole, and in short where it is long."""
    text = request.query.get("q", "").replace("\x00", "")[:SHORT]

    def read(
        session: Session, conversation: Conversation, appeal: Appeal | None, member: StaffMember
    ) -> Any:
        project = get_project_of(session, conversation)
        found = search_articles(
            session, text, language=conversation.language, project_id=conversation.project_id
        )
        options = []
        for article in found:
            body = article.body.replace("{phone}", project.phone).replace("{project}", project.name)
            short = take_sentences(body, SHORT)
            options.append({"mark": "", "name": article.title, "text": body, "short": short})
        return options

    return await _answer(request, read)


async def list_colleagues(request: web.Request) -> web.StreamResponse:
    """Whom a note may name: those who may see the conversation."""

    def read(
        session: Session, conversation: Conversation, appeal: Appeal | None, member: StaffMember
    ) -> Any:
        able = list_with_right(session, conversation.project_id, Right.SEE_APPEALS)
        return [
            {"mark": "@", "name": m.name, "text": f"@{m.name} "} for m in able if m.id != member.id
        ]

    return await _answer(request, read)


async def preview(request: web.Request) -> web.StreamResponse:
    """The reply as it would arrive, or why it cannot be sent."""
    form, conversation_id = await read_form(request), path_id(request)

    def build(session: Session, member: StaffMember, words: Words) -> dict[str, object]:
        conversation = get_conversation_for_staff(
            session, member, conversation_id, Right.ANSWER_OWNERS
        )
        appeal = _find_appeal(session, member, conversation, request.query)
        values = read_values(session, conversation, by=member, at=words.now, appeal=appeal)
        text, notice = form.get("text", "").strip(), ""
        try:
            text = fill_variables(text, values)
            wanted = parse_ids(form.get("uploads", ""), "uploads")
            files = take_uploads(session, conversation, wanted, by=member)
        except AnsweringRefusal as refusal:
            text, files, notice = fill_known(text, values), [], words.refusal(refusal)
        return {
            "conversation": conversation,
            "parts": split_text(text, MAX_CHARACTERS) if text else [],
            "files": files,
            "notice": notice,
        }

    return await show_part(request, "reply_preview.html", build)


async def add_file(request: web.Request) -> web.StreamResponse:
    """Put a file beside the reply; it goes out when the reply does."""
    core, viewer, conversation_id = request.app[CORE], get_viewer(request), path_id(request)

    def check(session: Session) -> None:
        member = get_staff_member(session, viewer.staff_id)
        get_conversation_for_staff(session, member, conversation_id, Right.ANSWER_OWNERS)

    await core.transact(check)  # before anything is written to disk
    files_dir = core.settings.files_dir
    try:
        received = await receive_file(request, files_dir)
    except AnsweringRefusal as refusal:
        return await _show_uploads(request, refusal)

    def work(session: Session) -> None:
        member = get_staff_member(session, viewer.staff_id)
        conversation = get_conversation_for_staff(
            session, member, conversation_id, Right.ANSWER_OWNERS
        )
        keep_upload(
            session, conversation, received.kind, size=received.size, path=received.path,
            by=member, at=core.clock(),
        )  # fmt: skip

    try:
        await core.transact(work)
    except BaseException as error:
        (files_dir / received.path).unlink(missing_ok=True)
        if not isinstance(error, AnsweringRefusal):
            raise
        return await _show_uploads(request, error)
    return await _show_uploads(request)


async def remove_file(request: web.Request) -> web.StreamResponse:
    core, viewer, conversation_id = request.app[CORE], get_viewer(request), path_id(request)
    upload_id = path_id(request, "upload_id")

    def work(session: Session) -> str | None:
        member = get_staff_member(session, viewer.staff_id)
        conversation = get_conversation_for_staff(
            session, member, conversation_id, Right.ANSWER_OWNERS
        )
        return drop_upload(session, conversation, upload_id, by=member)

    path = await core.transact(work)
    if path is not None:
        (core.settings.files_dir / path).unlink(missing_ok=True)
    return await _show_uploads(request)


async def _show_uploads(
    request: web.Request, refusal: AnsweringRefusal | None = None
) -> web.StreamResponse:
    """The files beside the reply; without script, the page they stand on."""
    conversation_id = path_id(request)
    if "HX-Request" not in request.headers:
        if refusal is not None:
            return await conversation_page(request, refusal=refusal, kept=None)
        appeal_id = request.query.get("appeal", "")
        back = f"/appeals/{appeal_id}" if appeal_id.isdecimal() else ""
        raise web.HTTPSeeOther(back or f"/conversations/{conversation_id}")

    def build(session: Session, member: StaffMember, words: Words) -> dict[str, object]:
        get_conversation_for_staff(session, member, conversation_id, Right.ANSWER_OWNERS)
        return {
            "uploads": list_uploads(session, conversation_id, member.id),
            "uploads_base": f"/conversations/{conversation_id}/uploads",
            "appeal_query": f"?appeal={request.query['appeal']}"
            if "appeal" in request.query
            else "",
            "notice": words.refusal(refusal) if refusal else "",
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show_part(request, "uploads.html", build, status=status)


async def say_present(request: web.Request) -> web.StreamResponse:
    """A page says every few seconds that somebody looks at it or types in it."""
    core, viewer, conversation_id = request.app[CORE], get_viewer(request), path_id(request)
    form = await read_form(request)
    try:
        what = parse_choice(form, "what", DOING)
    except BadForm:
        raise web.HTTPBadRequest from None

    def work(session: Session) -> None:
        member = get_staff_member(session, viewer.staff_id)
        conversation = get_conversation_for_staff(session, member, conversation_id)
        be_present(session, conversation, by=member, what=what)

    await core.transact(work)
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def show_present(request: web.Request) -> web.StreamResponse:
    """Who else is here."""
    conversation_id = path_id(request)
    present = request.app[HUB].presence.list_present(conversation_id)

    def build(session: Session, member: StaffMember, words: Words) -> dict[str, object]:
        get_conversation_for_staff(session, member, conversation_id)
        others = {s: what for s, what in present.items() if s != member.id}
        named = {s: session.get_one(StaffMember, s).name for s in others}
        return {
            "typing": sorted(named[s] for s, what in others.items() if what == "typing"),
            "looking": sorted(named[s] for s, what in others.items() if what != "typing"),
        }

    return await show_part(request, "presence.html", build)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/conversations/{id}/replies", list_replies)
    app.router.add_get("/conversations/{id}/articles", list_articles)
    app.router.add_get("/conversations/{id}/colleagues", list_colleagues)
    app.router.add_post("/conversations/{id}/preview", preview)
    app.router.add_post("/conversations/{id}/uploads", add_file)
    app.router.add_post("/conversations/{id}/uploads/{upload_id}/remove", remove_file)
    app.router.add_get("/conversations/{id}/presence", show_present)
    app.router.add_post("/conversations/{id}/presence", say_present)
