"""Canned replies: ready answers that staff find by a shortcut."""

from __future__ import annotations

from sqlalchemy.orm import Session

from console.views.settings.content import ContentPage, RowStore, Wording, category_options
from console.views.settings.scope import Scope
from console.words import Words
from ownerdesk.rules.variables import VARIABLES
from ownerdesk.services.content_kinds import REPLIES


def _word(_session: Session, words: Words, _scope: Scope) -> Wording:
    _ = words._
    gaps = ", ".join(f"{{{name}}}" for name in VARIABLES)
    return Wording(
        title=_("Canned replies"),
        lead=_("Ready answers. Whoever writes a reply types “/” and the shortcut."),
        add=_("New canned reply"),
        code=_("Shortcut"),
        labels={"names": _("Name"), "bodies": _("Text"), "category": _("Category")},
        hints={
            "bodies": _("These are filled in: {gaps}").format(gaps=gaps),
            "category": _("With a category it is offered for that only."),
        },
        options={"category": [("", _("any category")), *category_options(words)]},
        switch_off=_("Switch off"),
        switch_on=_("Switch on"),
        off=_("switched off"),
    )


EXAMPLE = {
    "owner": "Alma",
    "number": "A-1042",
    "due": "18:40",
    "me": "Mara",
    "project": "Birch Court",
    "home": "14",
    "phone": "+34 600 000 000",
}
PAGE = ContentPage("replies", RowStore(REPLIES), _word, example=EXAMPLE)
