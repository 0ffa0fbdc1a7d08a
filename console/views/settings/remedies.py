"""Remedies: what may be offered to make up for a slip, and how much of it each role may give."""

from __future__ import annotations

from sqlalchemy.orm import Session

from console.settings_words import role_names
from console.views.settings.content import ContentPage, RowStore, Wording
from console.views.settings.scope import Scope
from console.words import Words
from ownerdesk.model.staff import ROLES
from ownerdesk.services.content_kinds import REMEDIES


def _word(_session: Session, words: Words, _scope: Scope) -> Wording:
    _ = words._
    names = role_names(_)
    return Wording(
        title=_("Remedies"),
        lead=_("What may be offered to make up for a slip. A role without a limit may not give it."),
        add=_("New remedy"),
        code=_("Code"),
        labels={"names": _("Name"), "unit": _("Unit"), "limits": _("At most, for one appeal")},
        hints={
            "names": _("As the owner reads it: “I have arranged this for you: …”"),
            "unit": _("“times”, or a currency such as EUR"),
            "limits": _("Nobody sets a limit above their own; admins do."),
        },
        options={"limits": [(role, names[role]) for role in ROLES if role != "operator"]},
        switch_off=_("Leave out"),
        switch_on=_("Offer again"),
        off=_("left out"),
    )  # fmt: skip


PAGE = ContentPage("remedies", RowStore(REMEDIES), _word)
