"""One appeal on one page: what is promised and by whom, the conversation, and everything that may be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.facts import list_facts, list_facts_since
from console.forms import Form, path_id
from console.keys import CORE, get_viewer
from console.photo_forms import read_photo_form
from console.render import Desk, show
from console.stale import StaleForm, check_seen, latest_fact
from console.thread import parse_since, read_thread
from console.understanding import read_understanding
from console.views.aftercare import read_aftercare
from console.views.appeal_actions import (
    ACTIONS,
    BUTTONS,
    SPLIT_NATURES,
    Action,
    find_other,
    say_resolution,
)
from console.views.clock_actions import CLOCK_ACTIONS, read_clocks
from console.views.jobs import read_jobs
from ownerdesk.model import Appeal, Incident, Message, StaffMember
from ownerdesk.model.labels import KINDS, NATURES, OPEN_STATES
from ownerdesk.queries.appeals import find_rating, get_appeal_for_staff
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.guides import find_guide
from ownerdesk.queries.merging import list_linked_appeals, list_merge_candidates, list_merged
from ownerdesk.queries.messages import list_said_of
from ownerdesk.queries.owner_file import read_owner_file
from ownerdesk.queries.similar import list_similar
from ownerdesk.queries.staff import (
    get_staff_member,
    list_departments,
    list_operators_by_department,
)
from ownerdesk.rules.access import Right
from ownerdesk.rules.appeals import is_allowed, reopening_of
from ownerdesk.rules.places import Named
from ownerdesk.rules.refusals import NotFound, Refusal, WrongState
from ownerdesk.rules.resolutions import required_fields
from ownerdesk.services.guide_ticks import list_ticks
from ownerdesk.services.holding import hold_back
from ownerdesk.services.incident_news import title_of
from ownerdesk.services.resolving import Resolution, resolve_with
from ownerdesk.services.undo import NothingToUndo, find_undoable, keep, undo, watch
from ownerdesk.wording import format_named


async def show_appeal(request: web.Request) -> web.StreamResponse:
    return await _appeal_page(request)


async def act(request: web.Request) -> web.StreamResponse:
    """One of the actions of the page: done in one transaction, or refused with the page and the reason."""
    name = request.match_info["action"]
    action = ACTIONS.get(name) or CLOCK_ACTIONS.get(name)
    if action is None:
        raise web.HTTPNotFound
    appeal_id = path_id(request)
    seconds = request.app[CORE].settings.hold_back_seconds

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        appeal, other = _lock(session, by, appeal_id, action, form)
        check_seen(session, appeal, form)

        def do() -> None:
            action.do(session, appeal, by, form, at)

        is_urgent = appeal.severity == "emergency" or form.get("nature") == "emergency"
        if action.is_held and not is_urgent:
            watched = [appeal, other] if other is not None else [appeal]
            _do_held(session, watched, do, name=name, by=by, at=at, seconds=seconds)
        else:
            do()
        return f"/appeals/{appeal_id}"

    return await acting.act(
        request, work, _appeal_page, is_gone=lambda refusal: not action.may_miss(refusal)
    )


def _lock(
    session: Session, by: StaffMember, appeal_id: int, action: Action, form: Form
) -> tuple[Appeal, Appeal | None]:
    """The appeal, and the second one that the form names; two are locked by id, so that nobody waits for ever."""
    if not action.has_other:
        return get_appeal_for_staff(session, by, appeal_id, action.right, lock=True), None
    appeal = get_appeal_for_staff(session, by, appeal_id, action.right)
    other_id = find_other(session, appeal, form).id
    locked = {
        i: get_appeal_for_staff(session, by, i, action.right, lock=True)
        for i in sorted({appeal_id, other_id})
    }
    return locked[appeal_id], locked[other_id]


def _do_held(
    session: Session,
    appeals: list[Appeal],
    do: Callable[[], None],
    *,
    name: str,
    by: StaffMember,
    at: datetime,
    seconds: int,
) -> None:
    """What is said waits for a few seconds, and what was done is kept as long."""
    appeal = appeals[0]
    watched = watch(session, [a.id for a in appeals])
    with hold_back(session, until=at + timedelta(seconds=seconds)) as hold:
        do()
        keep(session, watched, hold, appeal, action=name, by=by, at=at)


async def resolve(request: web.Request) -> web.StreamResponse:
    """The same for the one form that may bring a file."""
    appeal_id, core, viewer = path_id(request), request.app[CORE], get_viewer(request)
    form = await read_photo_form(request)
    seconds = core.settings.hold_back_seconds
    said = say_resolution(form.fields)
    said = Resolution(said.done, said.cause, said.parts, form.photo)

    def work(session: Session) -> None:
        if form.refusal is not None:
            raise form.refusal
        by, at = get_staff_member(session, viewer.staff_id), core.clock()
        appeal = get_appeal_for_staff(session, by, appeal_id, Right.WORK_APPEALS, lock=True)
        check_seen(session, appeal, form.fields)
        _do_held(
            session, [appeal], lambda: resolve_with(session, appeal, said, by=by, at=at),
            name="resolve", by=by, at=at, seconds=seconds,
        )  # fmt: skip

    try:
        await core.transact(work)
    except NotFound:
        form.discard()
        raise
    except Refusal as refusal:
        form.discard()
        return await _appeal_page(request, refusal=refusal, kept=form.fields, tried="resolve")
    raise web.HTTPSeeOther(f"/appeals/{appeal_id}")


async def take_back(request: web.Request) -> web.StreamResponse:
    """Undo what one has just done."""
    appeal_id, held_id = path_id(request), path_id(request, "held")

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        appeal = get_appeal_for_staff(session, by, appeal_id, Right.SEE_APPEALS, lock=True)
        undo(session, appeal, held_id, by=by, at=at)
        return f"/appeals/{appeal_id}"

    return await acting.act(
        request, work, _appeal_page, is_gone=lambda refusal: not isinstance(refusal, NothingToUndo)
    )


async def _appeal_page(
    request: web.Request,
    *,
    refusal: Refusal | None = None,
    kept: Form | None = None,
    tried: str = "",
) -> web.Response:
    appeal_id = path_id(request)

    def build(session: Session, desk: Desk) -> dict[str, object]:
        appeal = get_appeal_for_staff(session, desk.member, appeal_id, Right.SEE_APPEALS)
        changes = []
        if isinstance(refusal, StaleForm):
            changes = list_facts_since(session, appeal, desk.words, refusal.seen)
        elif isinstance(refusal, WrongState):  # who was quicker
            changes = list_facts(session, appeal, desk.words)[:1]
        return {
            **_read_appeal(session, desk, appeal, since=parse_since(request)),
            "notice": desk.words.refusal(refusal) if refusal else "",
            "changes": changes,
            "kept": kept or {},
            "tried": tried or request.match_info.get("action", ""),
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "appeal.html", build, status=status)


def _read_appeal(
    session: Session, desk: Desk, appeal: Appeal, *, since: int | None
) -> dict[str, Any]:
    conversation, words = appeal.conversation, desk.words
    may_work = desk.may(appeal.project_id, Right.WORK_APPEALS)
    may_answer = desk.may(appeal.project_id, Right.ANSWER_OWNERS)
    source = session.get(Message, appeal.source_message_id) if appeal.source_message_id else None
    incident = session.get(Incident, appeal.incident_id) if appeal.incident_id else None
    links = [
        (link, other) for link, other in list_linked_appeals(session, appeal.id)
        if desk.may(other.project_id, Right.SEE_APPEALS) and other.merged_into_id != appeal.id
    ]  # fmt: skip
    return {
        "appeal": appeal,
        "zone": appeal.project.timezone,
        "seen": latest_fact(session, appeal),
        "held": find_undoable(session, appeal.id, by=desk.member, at=desk.now),
        "work": read_jobs(session, desk, appeal),
        "thread": read_thread(
            session, conversation, desk.member, words, may_answer=may_answer, since=since
        ),
        "facts": list_facts(session, appeal, words),
        "clocks": read_clocks(session, appeal, desk),
        "rating": find_rating(session, appeal.id),
        "file": read_owner_file(session, conversation, desk.member),
        "similar": list_similar(session, appeal, desk.member),
        "understood": read_understanding(appeal, source, words, may_correct=may_work),
        "named": format_named(Named.of(source.reading), words._) if source else "",
        "incident": (incident, title_of(incident, words.language)) if incident else None,
        "merged_into": session.get(Appeal, appeal.merged_into_id)
        if appeal.merged_into_id
        else None,
        "merged": list_merged(session, appeal.id),
        "links": links,
        "guide": find_guide(session, appeal.project_id, appeal.category, words.language),
        "ticks": list_ticks(session, appeal),
        **_read_choices(session, desk, appeal, source, may_work=may_work),
        **read_aftercare(session, desk, appeal),
    }


def _read_choices(
    session: Session, desk: Desk, appeal: Appeal, source: Message | None, *, may_work: bool
) -> dict[str, Any]:
    """What the forms offer."""
    departments = list_departments(session, appeal.project_id) if may_work else []
    operators = list_operators_by_department(session, [d.id for d in departments])
    can_split = may_work and appeal.state in OPEN_STATES
    return {
        "may_work": may_work,
        "buttons": {
            b.name for b in BUTTONS
            if may_work and is_allowed(appeal.state, b.transition)
            and not (b.name == "set-out" and appeal.on_the_way_at)
        },
        "may_take": may_work and appeal.state in OPEN_STATES and appeal.state != "received"
        and appeal.responsible_id != desk.member.id,
        "may_reopen": may_work
        and is_allowed(appeal.state, reopening_of(appeal.state, appeal.closed_by)),
        "can_correct": may_work and appeal.state in OPEN_STATES,
        "can_split": can_split,
        "parts_of": _list_parts(session, appeal) if can_split else [],
        "required": required_fields(
            appeal.nature, read_categories(session).group_of(appeal.category)
        ),
        "departments": [(d, operators[d.id]) for d in departments],
        "candidates": list_merge_candidates(session, appeal) if may_work else [],
        "natures": NATURES if source else SPLIT_NATURES,
        "split_natures": SPLIT_NATURES,
        "category_groups": read_categories(session).groups,
        "kinds": KINDS,
    }  # fmt: skip


def _list_parts(session: Session, appeal: Appeal) -> list[Message]:
    """What the owner added, each of which may be a matter of its own."""
    return [
        message
        for message in list_said_of(session, appeal.id)
        if message.id != appeal.source_message_id
    ]


def add_routes(app: web.Application) -> None:
    app.router.add_get("/appeals/{id}", show_appeal)
    app.router.add_post("/appeals/{id}/resolve", resolve)
    app.router.add_post("/appeals/{id}/undo/{held}", take_back)
    app.router.add_post("/appeals/{id}/{action}", act)
    # A reload after a refusal asks for the address of the action.
    app.router.add_get("/appeals/{id}/{action}", _back_to_appeal)
    app.router.add_get("/appeals/{id}/undo/{held}", _back_to_appeal)


async def _back_to_appeal(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(f"/appeals/{path_id(request)}")
