"""Emergency phrases: a draft of the company's own is written, tried on labelled messages, and put into service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import BadForm, Form, parse_id
from console.render import Desk
from console.views.settings.common import Build, add_form, check_in_all, lead_to, make_page
from console.words import Words
from ownerdesk.adapters.labelled_messages import read_phrase_tests
from ownerdesk.model import EmergencyPhraseSet, StaffMember
from ownerdesk.queries.emergency_phrases import (
    PHRASES,
    changes_of,
    find_draft,
    find_phrases_in_service,
)
from ownerdesk.queries.staff import list_staff
from ownerdesk.queries.versions import list_past
from ownerdesk.rules.access import Right
from ownerdesk.rules.emergencies import detect_with, find_words
from ownerdesk.rules.emergency_phrases.changes import (
    LONGEST_TEXT,
    Changes,
    ideas_of_signs,
    list_languages,
    with_changes,
)
from ownerdesk.rules.emergency_phrases.lexicon import (
    Phrase,
    list_shipped,
    load_lexicon,
    word_sequences,
)
from ownerdesk.rules.emergency_phrases.trials import Labelled
from ownerdesk.rules.refusals import VersionNotFound
from ownerdesk.services import emergency_phrases as service
from ownerdesk.services.emergencies import find_instruction
from ownerdesk.texts import DEFAULT_LANGUAGE

PAGE = "/settings/emergency-phrases"
MOST_LISTED = 60
LONGEST_MESSAGE = 1000
MORE = "more"  # the file with a few words of several languages

Do = Callable[[Session, StaffMember, Form, datetime, Sequence[Labelled]], object]


def _build(request: web.Request) -> Build:
    query = request.query

    def build(session: Session, desk: Desk) -> Mapping[str, Any]:
        check_in_all(desk.member, Right.ADMINISTER)
        words, draft = desk.words, find_draft(session)
        current = find_phrases_in_service(session)
        changes = changes_of(draft if draft is not None else current)
        message = query.get("message", "").strip()[:LONGEST_MESSAGE]
        return {
            "current": current,
            "draft": draft,
            "changes": changes,
            "is_tried": draft is not None
            and draft.trial is not None
            and draft.trial["revision"] == draft.revision,
            "past": list_past(session, PHRASES),
            "names": {member.id: member.name for member in list_staff(session)},
            "when": lambda at: words.when(at, desk.zone_of(None)),
            "tongues": _name_languages(words),
            "meanings": _list_meanings(words),
            "meaning_names": dict(_name_meanings(words.language)),
            "longest": LONGEST_TEXT,
            "message": message,
            "previews": _preview(session, desk, message, draft, current) if message else [],
            **_search_shipped(query, changes),
        }

    return build


def _name_languages(words: Words) -> dict[str, str]:
    return {
        code: words._("Several others") if code == MORE else words.language_name(code)
        for code in list_languages()
    }


@cache
def _name_meanings(language: str) -> tuple[tuple[str, str], ...]:
    """Every idea with a phrase for it, in the reader's language where there is one."""
    samples: dict[str, dict[str, Phrase]] = {}
    for phrase in list_shipped():
        samples.setdefault(phrase.idea, {}).setdefault(phrase.language, phrase)
    return tuple(
        (idea, f"{idea.replace('_', ' ')}: {_sample(samples.get(idea, {}), language)}")
        for idea in sorted(ideas_of_signs())
    )


def _sample(phrases: Mapping[str, Phrase], language: str) -> str:
    found = phrases.get(language) or phrases.get(DEFAULT_LANGUAGE)
    if found is None:
        return "–"
    way = max(word_sequences(found), key=len)
    return ("" if found.language == "zh" else " ").join(way)


def _list_meanings(words: Words) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a phrase may mean, by what it does: it alarms at once, has somebody look, or counts beside others."""
    _ = words._
    groups: dict[tuple[str, bool] | None, list[tuple[str, str]]] = {}
    for idea, name in _name_meanings(words.language):
        groups.setdefault(ideas_of_signs()[idea], []).append((idea, name))
    said = {
        alone: (_("{kind}: alarm at once") if alone[1] else _("{kind}: somebody looks")).format(
            kind=words.kinds[alone[0]]
        )
        for alone in groups
        if alone is not None
    }
    ordered = sorted(said, key=lambda alone: (not alone[1], said[alone]))
    beside = _("Only beside other words: a place, a person, a thing")
    return [*((said[alone], groups[alone]) for alone in ordered), (beside, groups.get(None, []))]


def _search_shipped(query: Mapping[str, str], changes: Changes) -> dict[str, Any]:
    """Shipped phrases with these words, and those that are switched off."""
    wanted = query.get("q", "").strip()[:100]
    language = query.get("language", "")
    known = ideas_of_signs()
    found = [
        phrase
        for phrase in list_shipped()
        if phrase.idea in known
        and (not language or phrase.language == language)
        and wanted.casefold() in f"{phrase.text} {phrase.idea.replace('_', ' ')}".casefold()
    ]
    return {
        "q": wanted,
        "language": language,
        "found": found[:MOST_LISTED] if wanted or language else [],
        "found_count": len(found),
        "is_searched": bool(wanted or language),
        "off": set(changes.switched_off),
    }


def _preview(
    session: Session,
    desk: Desk,
    message: str,
    draft: EmergencyPhraseSet | None,
    current: EmergencyPhraseSet | None,
) -> list[dict[str, Any]]:
    """What would happen to a message, by the phrases in service and by the draft."""
    _ = desk.words._
    tried = [(_("In service"), current), *([(_("Draft"), draft)] if draft is not None else [])]
    shown = []
    for name, one in tried:
        lexicon = with_changes(load_lexicon(), changes_of(one))
        sign = detect_with(message, lexicon)
        told = ""
        if sign is not None and sign.certain and desk.projects:
            told = find_instruction(session, desk.projects[0], sign.kind, desk.words.language)
        found = find_words(message, sign, lexicon) if sign is not None else []
        shown.append({"name": name, "sign": sign, "words": found, "told": told})
    return shown


page = make_page("settings/emergency_phrases.html", _build)


async def show_page(request: web.Request) -> web.StreamResponse:
    return await page(request, refusal=None, kept=None)


def _phrase(form: Form) -> Phrase:
    return Phrase(form.get("language", ""), form.get("idea", ""), form.get("text", ""))


def _add(
    session: Session, by: StaffMember, form: Form, at: datetime, tests: Sequence[Labelled]
) -> None:
    service.add_phrase(session, _phrase(form), tests, by=by, at=at)


def _remove(
    session: Session, by: StaffMember, form: Form, at: datetime, tests: Sequence[Labelled]
) -> None:
    service.remove_phrase(session, _phrase(form), by=by, at=at)


def _switch(
    session: Session, by: StaffMember, form: Form, at: datetime, tests: Sequence[Labelled]
) -> None:
    is_on = form.get("on") == "yes"
    service.switch_phrase(session, _phrase(form), is_on=is_on, by=by, at=at)


def _try(
    session: Session, by: StaffMember, form: Form, at: datetime, tests: Sequence[Labelled]
) -> None:
    service.try_draft(session, tests, by=by, at=at)


def _discard(
    session: Session, by: StaffMember, form: Form, at: datetime, tests: Sequence[Labelled]
) -> None:
    service.discard_draft(session, by=by, at=at)


def _put(
    session: Session, by: StaffMember, form: Form, at: datetime, tests: Sequence[Labelled]
) -> None:
    seen, reason = form.get("seen", ""), form.get("reason", "")
    service.put_into_service(session, tests, seen=seen, reason=reason, by=by, at=at)


def _roll_back(
    session: Session, by: StaffMember, form: Form, at: datetime, tests: Sequence[Labelled]
) -> None:
    """An empty `set` means the shipped phrases alone."""
    wanted, seen = (
        parse_id(form[name], name) if form.get(name) else None for name in ("set", "seen")
    )
    service.roll_back(session, wanted, seen=seen, by=by, at=at)


ACTIONS: dict[str, Do] = {
    "add": _add,
    "remove": _remove,
    "switch": _switch,
    "try": _try,
    "discard": _discard,
    "put": _put,
    "roll-back": _roll_back,
}
# Where on the page somebody goes on after it.
_PLACES = {"try": "#trial", "add": "#draft", "remove": "#draft", "switch": "#draft"}


async def act(request: web.Request) -> web.StreamResponse:
    action = request.match_info["action"]
    do = ACTIONS.get(action)
    if do is None:
        raise web.HTTPNotFound
    tests = await asyncio.to_thread(read_phrase_tests)

    def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
        check_in_all(by, Right.ADMINISTER)
        if any(len(value) > LONGEST_MESSAGE for value in form.values()):
            raise BadForm("text")
        do(session, by, form, at, tests)
        return PAGE + _PLACES.get(action, "")

    return await acting.act(
        request, work, page, is_gone=lambda refusal: not isinstance(refusal, VersionNotFound)
    )


def add_routes(app: web.Application) -> None:
    app.router.add_get(PAGE, show_page)
    add_form(app, f"{PAGE}/{{action}}", act, lead_to(lambda _: PAGE))
