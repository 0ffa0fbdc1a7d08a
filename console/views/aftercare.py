"""Return visits to be paid and recorded, summaries to be written, and early warnings to be judged."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form, parse_choice, path_id
from console.render import Desk, show
from ownerdesk.model import Appeal, EarlyWarning, Message, StaffMember
from ownerdesk.model.aftercare import RETURN_VISIT_RESULTS
from ownerdesk.queries.aftercare import (
    find_summary,
    list_open_visits,
    list_paid_visits,
    list_repeats,
    list_without_summary,
    read_step,
)
from ownerdesk.queries.early_warnings import get_warning_for_staff, list_warnings, name_subject
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import Refusal
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

SUMMED_UP_STATES = ("resolved", "closed")
VISIT_TABS = ("mine", "overdue", "paid")
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
    visit_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        visit = get_visit_for_staff(session, by, visit_id, Right.WORK_APPEALS)
        result = parse_choice(form, "result", RETURN_VISIT_RESULTS)
        record_visit(session, visit, result=result, answer=form.get("answer", ""), by=by, at=at)
        return "/return-visits"

    return await acting.act(request, work, _visits_page)


async def _visits_page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    tab = request.query.get("tab", "")

    def build(session: Session, desk: Desk) -> dict[str, object]:
        _ = desk.words._
        visits = list_open_visits(session, desk.member)
        shown = {
            "mine": [v for v in visits if v.staff_id == desk.member.id],
            "overdue": [v for v in visits if v.due_at < desk.now],
        }
        return {
            "tab": tab if tab in VISIT_TABS else "",
            "counts": {"": len(visits), **{name: len(found) for name, found in shown.items()}},
            "visits": shown.get(tab, visits),
            "paid": list_paid_visits(session, desk.member) if tab == "paid" else [],
            "scripts": {
                v.id: visit_script(desk.words.all_categories.group_of(v.appeal.category), _)
                for v in visits
            },
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
    return await _warnings_page(request)


async def _warnings_page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    tab = request.query.get("tab", "")

    def build(session: Session, desk: Desk) -> dict[str, object]:
        found = list_warnings(session, desk.member)
        open_ones = [warning for warning in found if warning.feedback is None]
        shown = {"open": open_ones, "judged": [w for w in found if w.feedback is not None]}
        return {
            "tab": tab if tab in shown else "",
            "counts": {"": len(found), **{name: len(part) for name, part in shown.items()}},
            "rows": [_warning_row(session, desk, w) for w in shown.get(tab, list(found))],
            "notice": desk.words.refusal(refusal) if refusal else "",
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "early_warnings.html", build, status=status)


def _warning_row(session: Session, desk: Desk, warning: EarlyWarning) -> dict[str, object]:
    zone = desk.zone_of(warning.project_id)
    return {
        "warning": warning,
        "zone": zone,
        "subject": name_subject(session, warning),
        "building_id": warning.subject_id if warning.subject == "building" else None,
        "reason": format_warning(
            warning, desk.words._, timezone=zone, language=desk.words.language, now=desk.now
        ),
        "evidence": _evidence(session, warning.evidence),
    }


def _evidence(session: Session, evidence: list[dict[str, int]]) -> list[tuple[str, str]]:
    """The address and the words of what is behind a warning. A message is read where it stands."""
    links: dict[str, str] = {}
    for item in evidence:
        appeal_id, text, place = item.get("appeal"), "", ""
        if "message" in item:
            message = session.get(Message, item["message"])
            if message is None:
                continue
            appeal_id, text, place = message.appeal_id, message.text[:120], f"#message-{message.id}"
            if appeal_id is None:
                links[f"/conversations/{message.conversation_id}{place}"] = text
                continue
        appeal = session.get(Appeal, appeal_id) if appeal_id else None
        if appeal is not None:
            links[f"/appeals/{appeal.id}{place}"] = f"{appeal.number} {text or appeal.summary}"
    return list(links.items())


async def judge(request: web.Request) -> web.StreamResponse:
    warning_id = path_id(request)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        warning = get_warning_for_staff(session, by, warning_id, Right.SEE_FIGURES)
        judge_warning(session, warning, parse_choice(form, "feedback", FEEDBACK), by=by, at=at)
        return "/early-warnings"

    return await acting.act(request, work, _warnings_page)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/return-visits", show_visits)
    app.router.add_post("/return-visits/{id}/result", record_result)
    app.router.add_get("/return-visits/{id}/result", _back_to_visits)
    app.router.add_get("/early-warnings", show_warnings)
    app.router.add_post("/early-warnings/{id}/feedback", judge)
    app.router.add_get("/early-warnings/{id}/feedback", _back_to_warnings)


async def _back_to_visits(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/return-visits")


async def _back_to_warnings(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/early-warnings")
