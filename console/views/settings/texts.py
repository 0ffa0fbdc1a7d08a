"""Texts of the bot: every one an owner can be told, worded by the company in its own way, and shown as on the phone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form
from console.problems import list_problems, version_in_form
from console.render import Desk, show
from console.views.settings.scope import open_scope, read_scope, wanted_scope
from console.words import Words
from ownerdesk.model import StaffMember
from ownerdesk.rules.access import Right
from ownerdesk.rules.bot_texts import EXAMPLES
from ownerdesk.rules.gaps import fill_gaps
from ownerdesk.rules.refusals import Refusal
from ownerdesk.services.bot_texts import (
    OwnerText,
    get_owner_text,
    list_bodies,
    list_owner_texts,
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


async def show_list(request: web.Request) -> web.StreamResponse:
    def build(session: Session, desk: Desk) -> dict[str, object]:
        scope = open_scope(session, desk, wanted_scope(request), RIGHT)
        query = request.query.get("q", "").strip()[:200]
        own = list_bodies(session, scope.project_id)
        common = list_bodies(session, None) if scope.project else {}
        only_own = request.query.get("only") == "own"
        language = desk.words.language
        shown: dict[str, list[dict[str, Any]]] = {group: [] for group in (*GROUPS, "rest")}
        for text in list_owner_texts():
            said = {**common.get(text.key, {}), **own.get(text.key, {})}
            if only_own and text.key not in own:
                continue
            if query and not _has(text, said, query):
                continue
            shown[group_of(text)].append(
                {
                    "text": text,
                    "said": said.get(language) or text.originals[language][0],
                    "own": [LANGUAGES[code] for code in own.get(text.key, {})],
                    "lacking": [
                        LANGUAGES[code]
                        for code in LANGUAGES
                        if text.key in own and code not in own[text.key]
                    ],
                    "is_common": text.key in common and text.key not in own,
                }
            )
        return {
            "scope": scope,
            "base": BASE,
            "here": BASE,
            "q": query,
            "only_own": only_own,
            "groups": [(group_names(desk.words)[g], texts) for g, texts in shown.items() if texts],
        }

    return await show(request, "settings/texts.html", build)


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
        own = list_bodies(session, scope.project_id).get(text.key, {})
        common = list_bodies(session, None).get(text.key, {}) if scope.project else {}
        stored = {f"body.{language}": own.get(language, "") for language in LANGUAGES}
        return {
            "scope": scope,
            "base": BASE,
            "here": BASE,
            "text": text,
            "group": group_names(desk.words)[group_of(text)],
            "lacking": [name for code, name in LANGUAGES.items() if own and code not in own],
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


def add_routes(app: web.Application) -> None:
    app.router.add_get(BASE, show_list)
    app.router.add_get(f"{BASE}/{{text}}", show_text)
    app.router.add_post(f"{BASE}/{{text}}", save)
