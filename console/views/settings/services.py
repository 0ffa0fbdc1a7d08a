"""Paid services: the catalogue that owners order from, with price, slot and terms (S14)."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup
from sqlalchemy.orm import Session

from console.render import Desk
from console.views.settings.content import ContentPage, RowStore, Wording, category_options
from console.views.settings.scope import Scope
from console.words import Words
from ownerdesk.queries.paid_services import find_service_item
from ownerdesk.queries.staff import list_departments
from ownerdesk.rules.departments import STANDARD_DEPARTMENTS
from ownerdesk.services.content_kinds import SERVICES
from ownerdesk.services.paid_services import format_offer
from ownerdesk.services.voice import speak
from ownerdesk.texts import LANGUAGES
from ownerdesk.wording import price_unit_names

LONGEST_QUESTION = 500


def _word(session: Session, words: Words, scope: Scope) -> Wording:
    _ = words._
    return Wording(
        title=_("Paid services"),
        lead=_("What owners can order in the chat. They see price and terms before anything starts."),
        add=_("New paid service"),
        code=_("Code"),
        labels={
            "names": _("Name"),
            "descriptions": _("What is done, and what is included"),
            "price": _("Price"),
            "currency": _("Currency"),
            "price_unit": _("For"),
            "duration_minutes": _("Takes about (minutes)"),
            "slots": _("When it can be had"),
            "terms": _("Terms"),
            "keywords": _("Words owners use for it"),
            "category": _("Category"),
            "department_code": _("Department that does it"),
        },
        hints={
            "currency": "EUR",
            "slots": _("For instance: Monday to Friday, 9:00 to 18:00"),
            "keywords": _("Separated by commas. It is found by these and by its names."),
        },
        options={
            "price_unit": list(price_unit_names(_).items()),
            "category": category_options(words),
            "department_code": _list_departments(session, words, scope),
        },
        switch_off=_("Leave out"),
        switch_on=_("Offer again"),
        off=_("left out"),
    )  # fmt: skip


def _list_departments(session: Session, words: Words, scope: Scope) -> list[tuple[str, str]]:
    if scope.project is None:
        return [
            (code, words.pick(dict(names))) for code, (names, _) in STANDARD_DEPARTMENTS.items()
        ]
    return [(d.code, words.pick(d.names)) for d in list_departments(session, scope.project.id)]


def _try_it(
    session: Session, scope: Scope, desk: Desk, query: Mapping[str, str]
) -> Mapping[str, object]:
    """Which service an owner would be offered for what they write."""
    question = query.get("question", "").strip()[:LONGEST_QUESTION]
    language = query.get("language", "")
    language = language if language in LANGUAGES else desk.words.language
    category = query.get("category", "")
    tried: dict[str, object] = {
        "question": question,
        "try_language": language,
        "category": category,
        "paid_categories": desk.words.all_categories.groups["paid_service_items"],
        "units": price_unit_names(desk.words._),
    }
    if not question:
        return tried
    item = find_service_item(session, question, category=category, project_id=scope.project_id)
    say = speak(session, scope.project_id, language)
    found = Markup(format_offer(item, language, say)) if item else ""  # noqa: S704 - values are escaped
    return {**tried, "found": item, "bubble": found}


PAGE = ContentPage(
    "services",
    RowStore(SERVICES),
    _word,
    list_template="settings/services.html",
    try_it=_try_it,
)
