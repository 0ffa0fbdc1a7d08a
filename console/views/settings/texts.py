"""Texts of the bot: every one an owner can be told, worded in a draft, shown as on the phone, and put into service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form
from console.problems import list_problems, problem_words, version_in_form
from console.render import Context, Desk, show
from console.views.settings.common import add_form, lead_to, optional_id
from console.views.settings.scope import Scope, open_scope, read_scope, wanted_scope
from console.words import Words
from ownerdesk.model import BotTextSet, StaffMember
from ownerdesk.queries.staff import list_staff
from ownerdesk.queries.versions import find_draft, find_in_service, list_past
from ownerdesk.rules.access import Right
from ownerdesk.rules.bot_texts import EXAMPLES, Change
from ownerdesk.rules.fields import Unusable
from ownerdesk.rules.gaps import fill_gaps
from ownerdesk.rules.refusals import Refusal, VersionNotFound
from ownerdesk.services.bot_texts import (
    OwnerText,
    begin_line,
    changes_of,
    discard_draft,
    find_faults,
    get_owner_text,
    lacking_in,
    list_bodies,
    list_owner_texts,
    put_into_service,
    roll_back,
    save_text,
)
from ownerdesk.services.content_edits import version_of
from ownerdesk.texts import LANGUAGES

BASE = "/settings/texts"
RIGHT = Right.MANAGE_CONTENT

# Where staff look for a text, by the file that says it.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "start": ("commands", "texts", "contacts"),
    "appeals": (
        "cards", "appeals", "progress", "assignments", "enclosures", "places", "matters",
        "statuses", "summaries", "coming", "cancelling", "merging", "splitting",
    ),
    "closing": ("closure", "return_visits", "visit_results", "turning", "follower_answers"),
    "promises": ("promises", "apologies", "asking", "sweep"),
    "people": ("handoffs", "handovers", "transfers", "conversations", "intake"),
    "emergencies": ("emergencies", "alarms", "neighbours"),
    "incidents": ("incidents", "incident_news", "planned_works"),
    "answers": ("knowledge", "paid_services", "outside", "remedies"),
    "small_talk": ("responses",),
    "names": ("wording",),
}  # fmt: skip


def group_of(text: OwnerText) -> str:
    """What is said by a file that no group knows is among the rest."""
    return next((group for group, files in GROUPS.items() if text.file in files), "rest")


def group_names(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "start": _("Welcome, commands, settings"),
        "appeals": _("Appeals on their way"),
        "closing": _("Closing and asking back"),
        "promises": _("Promises and apologies"),
        "people": _("When people take over"),
        "emergencies": _("Emergencies"),
        "incidents": _("Incidents and planned works"),
        "answers": _("Answers, paid services, remedies"),
        "small_talk": _("Small talk"),
        "names": _("Names, states and promises"),
        "rest": _("Buttons and the rest"),
    }


def _build_list(request: web.Request, kept: Form | None) -> Callable[[Session, Desk], Context]:
    def build(session: Session, desk: Desk) -> Context:
        wanted = (kept or {}).get("project") or wanted_scope(request)
        scope = open_scope(session, desk, wanted, RIGHT)
        line = begin_line(scope.project_id)
        draft, current = find_draft(session, line), find_in_service(session, line)
        query = request.query.get("q", "").strip()[:200]
        only_own = request.query.get("only") == "own"
        return {
            "scope": scope,
            "base": BASE,
            "here": BASE,
            "q": query,
            "only_own": only_own,
            "groups": _list_groups(session, desk, scope, draft, current, query, only_own),
            "kept": kept or {},
            **_describe_versions(session, desk, scope, draft, current),
        }

    return build


def _list_groups(
    session: Session,
    desk: Desk,
    scope: Scope,
    draft: BotTextSet | None,
    current: BotTextSet | None,
    query: str,
    only_own: bool,
) -> list[tuple[str, list[dict[str, Any]]]]:
    """The texts by where they are said, as they are in the draft; without one, as in service."""
    own = list_bodies(draft if draft is not None else current)
    drafted = {change.key for change in changes_of(draft, current)} if draft is not None else set()
    common = _say_for_all(session, scope)
    language = desk.words.language
    shown: dict[str, list[dict[str, Any]]] = {group: [] for group in (*GROUPS, "rest")}
    for text in list_owner_texts():
        said = {**common.get(text.key, {}), **own.get(text.key, {})}
        if only_own and text.key not in own and text.key not in drafted:
            continue
        if query and not _has(text, said, query):
            continue
        own_here = own.get(text.key, {})
        shown[group_of(text)].append(
            {
                "text": text,
                "said": said.get(language) or text.originals[language][0],
                "own": [LANGUAGES[code] for code in own_here],
                "lacking": [LANGUAGES[code] for code in LANGUAGES if own_here and code not in own_here],
                "is_common": text.key in common and text.key not in own,
                "is_drafted": text.key in drafted,
            }
        )  # fmt: skip
    return [(group_names(desk.words)[group], texts) for group, texts in shown.items() if texts]


def _say_for_all(session: Session, scope: Scope) -> dict[str, dict[str, str]]:
    """What all projects say, where the scope is one of them."""
    return list_bodies(find_in_service(session, begin_line(None))) if scope.project else {}


def _describe_versions(
    session: Session,
    desk: Desk,
    scope: Scope,
    draft: BotTextSet | None,
    current: BotTextSet | None,
) -> Context:
    """The draft with what it changes and what its check finds, what is in service, and what was before."""
    past = list_past(session, begin_line(scope.project_id))
    common = _say_for_all(session, scope)
    return {
        "draft": draft,
        "current": current,
        "changes": _show_changes(changes_of(draft, current), common) if draft is not None else [],
        "lacking": {
            key: [LANGUAGES[language] for language in missing]
            for key, missing in (lacking_in(draft, current) if draft is not None else {}).items()
        },
        "faults": [
            (text, problem_words(problem, desk.words))
            for text, problem in (find_faults(draft, current) if draft is not None else [])
        ],
        "past": [(one, _show_changes(changes_of(one, current), common)) for one in past],
        "original": _show_changes(changes_of(None, current), common),
        "names": {member.id: member.name for member in list_staff(session)},
        "when": lambda at: desk.words.when(at, desk.zone_of(scope.project_id)),
        "count_texts": lambda one: len(list_bodies(one)),
        "example": dict(EXAMPLES),
        "filled": fill_gaps,
    }


def _show_changes(
    changes: Sequence[Change], common: Mapping[str, Mapping[str, str]]
) -> list[tuple[OwnerText, list[dict[str, str]]]]:
    """What is heard before and after, by text. Where a project has no words of its own, those of all are heard."""
    texts = {text.key: text for text in list_owner_texts()}
    shown: dict[str, list[dict[str, str]]] = {}
    for one in changes:
        if one.key not in texts:
            continue
        otherwise = common.get(one.key, {}).get(one.language)
        otherwise = otherwise or texts[one.key].originals[one.language][0]
        shown.setdefault(one.key, []).append(
            {
                "language": one.language,
                "before": one.before or otherwise,
                "after": one.after or otherwise,
            }
        )
    return [(texts[key], rows) for key, rows in shown.items()]


async def _list_page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    build = _build_list(request, kept)

    def whole(session: Session, desk: Desk) -> Context:
        notice = _notice(refusal, desk.words) if refusal else ""
        return {**build(session, desk), "notice": notice}

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "settings/texts.html", whole, status=status)


def _notice(refusal: Refusal, words: Words) -> str:
    if isinstance(refusal, Unusable):
        return " ".join(dict.fromkeys(problem_words(one, words) for one in refusal.problems))
    return words.refusal(refusal)


async def show_list(request: web.Request) -> web.StreamResponse:
    return await _list_page(request)


def _has(text: OwnerText, said: Mapping[str, str], query: str) -> bool:
    everything = [text.key, *said.values(), *(t for each in text.originals.values() for t in each)]
    return any(query.casefold() in one.casefold() for one in everything)


async def show_text(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
) -> web.Response:
    text = get_owner_text(request.match_info["text"])

    def build(session: Session, desk: Desk) -> dict[str, object]:
        wanted = (kept or {}).get("project") or wanted_scope(request)
        scope = open_scope(session, desk, wanted, RIGHT)
        line = begin_line(scope.project_id)
        draft, current = find_draft(session, line), find_in_service(session, line)
        said = list_bodies(current).get(text.key, {})
        own = list_bodies(draft).get(text.key, {}) if draft is not None else said
        common = _say_for_all(session, scope).get(text.key, {})
        stored = {f"body.{language}": own.get(language, "") for language in LANGUAGES}
        return {
            "scope": scope,
            "base": BASE,
            "here": BASE,
            "text": text,
            "group": group_names(desk.words)[group_of(text)],
            "lacking": [name for code, name in LANGUAGES.items() if own and code not in own],
            "is_drafted": own != said,
            "said": said,
            "otherwise": {
                code: [common[code]] if code in common else text.originals[code]
                for code in LANGUAGES
            },
            "typed": stored if kept is None else kept,
            "seen": version_in_form(refusal, kept, version_of(own)),
            "problems": list_problems(refusal, kept, stored, desk.words),
            "example": dict(EXAMPLES),
            "filled": fill_gaps,
            "notice": desk.words.refusal(refusal) if refusal else "",
        }

    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
    return await show(request, "settings/text.html", build, status=status)


async def save(request: web.Request) -> web.StreamResponse:
    text = get_owner_text(request.match_info["text"])

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        project_id = read_scope(session, by, form.get("project", ""), RIGHT)
        bodies = {language: form.get(f"body.{language}", "") for language in LANGUAGES}
        seen = form.get("seen", "")
        save_text(session, project_id, text, bodies, seen=seen, by=by, at=at)
        return f"{BASE}/{text.id}?project={form['project']}"

    return await acting.act(request, work, _page)


def _put(session: Session, by: StaffMember, form: Form, at: datetime, project: int | None) -> None:
    seen, reason = form.get("seen", ""), form.get("reason", "")
    put_into_service(session, project, seen=seen, reason=reason, by=by, at=at)


def _discard(
    session: Session, by: StaffMember, form: Form, at: datetime, project: int | None
) -> None:
    discard_draft(session, project, by=by, at=at)


def _roll_back(
    session: Session, by: StaffMember, form: Form, at: datetime, project: int | None
) -> None:
    """An empty `set` means the originals alone."""
    roll_back(
        session, project, optional_id(form, "set"), seen=optional_id(form, "seen"), by=by, at=at
    )


Do = Callable[[Session, StaffMember, Form, datetime, int | None], None]
ACTIONS: Mapping[str, Do] = {"put": _put, "discard": _discard, "roll-back": _roll_back}


async def act(request: web.Request) -> web.StreamResponse:
    do = ACTIONS.get(request.match_info["action"])
    if do is None:
        raise web.HTTPNotFound

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        project_id = read_scope(session, by, form.get("project", ""), RIGHT)
        do(session, by, form, at, project_id)
        return f"{BASE}?project={form['project']}"

    return await acting.act(
        request, work, _list_page, is_gone=lambda refusal: not isinstance(refusal, VersionNotFound)
    )


def add_routes(app: web.Application) -> None:
    app.router.add_get(BASE, show_list)
    app.router.add_get(f"{BASE}/{{text}}", show_text)
    app.router.add_post(f"{BASE}/{{text}}", save)
    add_form(app, f"{BASE}/draft/{{action}}", act, lead_to(lambda request: BASE))
