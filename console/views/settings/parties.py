"""Who else to turn to: outside parties for what is not the company's duty."""

from __future__ import annotations

from sqlalchemy.orm import Session

from console.views.settings.content import ContentPage, RowStore, Wording, category_options
from console.views.settings.scope import Scope
from console.words import Words
from ownerdesk.services.content_kinds import PARTIES


def _word(_session: Session, words: Words, _scope: Scope) -> Wording:
    _ = words._
    return Wording(
        title=_("Who else to turn to"),
        lead=_("For what is not the company’s duty: the utilities, the city, the police, the developer."),
        add=_("New outside party"),
        code=_("Code"),
        labels={
            "names": _("Name"),
            "contacts": _("How to reach them"),
            "categories": _("For these categories it is named first"),
        },
        hints={"names": _("As it stands after “Please turn to”.")},
        options={"categories": category_options(words)},
        switch_off=_("Leave out"),
        switch_on=_("Offer again"),
        off=_("left out"),
    )  # fmt: skip


PAGE = ContentPage("parties", RowStore(PARTIES), _word)
