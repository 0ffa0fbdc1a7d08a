"""Return visits to be paid and recorded, summaries to be written, and early warnings to be judged."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console.forms import Form, parse_choice, path_id, read_form
from console.keys import CORE, get_viewer
from console.render import Desk, show
from ownerdesk.model import Appeal, Message, StaffMember
from ownerdesk.model.aftercare import RETURN_VISIT_RESULTS
from ownerdesk.model.labels import CATEGORY_GROUPS
from ownerdesk.queries.aftercare import (
    find_summary,
    list_open_visits,
    list_repeats,
    list_without_summary,
    read_step,
)
from ownerdesk.queries.early_warnings import get_warning_for_staff, list_warnings, name_subject
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import NotFound, Refusal
from ownerdesk.services.early_warnings import judge_warning
from ownerdesk.services.summaries import send_summary, write_summary
from ownerdesk.services.visit_results import get_visit_for_staff, record_visit
from ownerdesk.wording import (
    format_warning,
    step_names,
    visit_reason_names,
    visit_result_names,
    visit_script,
)

GROUP_OF = {label: group for group, labels in CATEGORY_GROUPS.items() for label in labels}
SUMMED_UP_STATES = ("resolved", "closed")
FEEDBACK = ("right", "false_alarm")


def read_aftercare(session: Session, desk: Desk, appeal: Appeal) -> dict[str, object]:
    """What the appeal's page shows of it."""
    step = read_step(session, appeal)
    return {
        "step": step_names(desk.words._)[step] if step else "",
        "repeats": list_repeats(session, appeal.id),
        "summary": find_summary(session, appeal.id),
        "may_sum_up": desk.may(appeal.project_id, Right.WORK_APPEALS)
        and appeal.state in SUMMED_UP_STATES,
    }


def sum_up(session: Session, appeal: Appeal, by: StaffMember, form: Form, at: datetime) -> None:
    """The form of the appeal's page."""
    summary = write_summary(
        session,
        appeal,
        cause=form.get("cause", ""),
        learnt=form.get("learnt", ""),
        correction=form.get("correction", ""),
        prevention=form.get("prevention", ""),
        for_owner=form.get("for_owner", ""),
        by=by,
        at=at,
    )
    if form.get("send"):
        send_summary(session, appeal, summary, by=by, at=at)


async def show_visits(request: web.Request) -> web.StreamResponse:
    return await _visits_page(request)


async def record_result(request: web.Request) -> web.StreamResponse:
    core, viewer, visit_id = request.app[CORE], get_viewer(request), path_id(request)
    form = await read_form(request)

    def work(session: Session) -> None:
        member = get_staff_member(session, viewer.staff_id)
        visit = get_visit_for_staff(session, member, visit_id, Right.WORK_APPEALS)
        result = parse_choice(form, "result", RETURN_VISIT_RESULTS)
        record_visit(
            session, visit, result=result, answer=form.get("answer", ""), by=member, at=core.clock()
        )

    try:
        await core.transact(work)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _visits_page(request, refusal=refusal, kept=form)
    raise web.HTTPSeeOther("/return-visits")


async def _visits_page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        _ = desk.words._
        visits = list_open_visits(session, desk.member)
        return {
            "visits": visits,
            "scripts": {v.id: visit_script(GROUP_OF.get(v.appeal.category, ""), _) for v in visits},
            "reasons": visit_reason_names(_),
            "results": visit_result_names(_),
            "unsummed": list_without_summary(session, desk.member),
            "notice": desk.words.refusal(refusal) if refusal else "",
            "kept": kept or {},
            "tried_id": int(request.match_info.get("id", "0")),
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "return_visits.html", build, status=status)


async def show_warnings(request: web.Request) -> web.StreamResponse:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        found = list_warnings(session, desk.member)
        rows = [
            {
                "warning": warning,
                "zone": desk.zone_of(warning.project_id),
                "subject": name_subject(session, warning),
                "reason": format_warning(
                    warning,
                    desk.words._,
                    timezone=desk.zone_of(warning.project_id),
                    language=desk.words.language,
                    now=desk.now,
                ),
                "evidence": _evidence(session, warning.evidence),
            }
            for warning in found
        ]
        return {"rows": rows}

    return await show(request, "early_warnings.html", build)


def _evidence(session: Session, evidence: list[dict[str, int]]) -> list[tuple[str, str]]:
    """The address and the words of what is behind a warning. A message is read where it stands."""
    links: dict[str, str] = {}
    for item in evidence:
        appeal_id, text = item.get("appeal"), ""
        if "message" in item:
            message = session.get(Message, item["message"])
            if message is None:
                continue
            appeal_id, text = message.appeal_id, message.text[:120]
            if appeal_id is None:
                links.setdefault(f"/conversations/{message.conversation_id}", text)
                continue
        appeal = session.get(Appeal, appeal_id) if appeal_id else None
        if appeal is not None:
            links.setdefault(f"/appeals/{appeal.id}", f"{appeal.number} {text or appeal.summary}")
    return list(links.items())


async def judge(request: web.Request) -> web.StreamResponse:
    core, viewer, warning_id = request.app[CORE], get_viewer(request), path_id(request)
    form = await read_form(request)

    def work(session: Session) -> None:
        member = get_staff_member(session, viewer.staff_id)
        warning = get_warning_for_staff(session, member, warning_id, Right.SEE_FIGURES)
        feedback = parse_choice(form, "feedback", FEEDBACK)
        judge_warning(session, warning, feedback, by=member, at=core.clock())

    await core.transact(work)
    raise web.HTTPSeeOther("/early-warnings")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/return-visits", show_visits)
    app.router.add_post("/return-visits/{id}/result", record_result)
    app.router.add_get("/return-visits/{id}/result", _back_to_visits)
    app.router.add_get("/early-warnings", show_warnings)
    app.router.add_post("/early-warnings/{id}/feedback", judge)


async def _back_to_visits(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/return-visits")
