"""Working guides: the steps and tools of each category, on the job card and beside the appeal."""

from __future__ import annotations

from sqlalchemy.orm import Session

from console.views.settings.content import (
    ContentPage,
    Entry,
    RowStore,
    Wording,
    category_options,
)
from console.views.settings.scope import Scope
from console.words import Words
from ownerdesk.services.content_kinds import GUIDES


def _word(_session: Session, words: Words, _scope: Scope) -> Wording:
    _ = words._
    return Wording(
        title=_("Working guides"),
        lead=_("How the work of a category is done. Operators read it on the job card, agents beside the appeal."),
        add=_("New guide"),
        code=_("Category"),
        labels={"steps": _("Steps, in the order of work"), "tools": _("Tools")},
        hints={"steps": _("One a line. Safety comes first."), "tools": _("One a line.")},
        code_options=category_options(words),
        switch_off=_("Switch off"),
        switch_on=_("Switch on"),
        off=_("switched off"),
    )  # fmt: skip


def _name(entry: Entry, words: Words) -> str:
    return words.categories.get(entry.code, entry.code)


PAGE = ContentPage("guides", RowStore(GUIDES), _word, name=_name)
