"""The pages of the console in one table: it makes the navigation, the letters after `g`, and what the palette finds.

A page that people go to by itself gets one row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from console.render import Desk
from console.views.settings import list_sections
from console.words import Words
from ownerdesk.rules.access import Right


@dataclass(frozen=True)
class Page:
    """Where it is, its name, its icon in `parts.html`, and the letter that goes there after `g` (or none).

    `under` are beginnings of other addresses that belong to it. `counter` names the one beside it, as
    `templates/navigation.html` draws it.
    """

    path: str
    name: str
    icon: str
    letter: str = ""
    under: tuple[str, ...] = ()
    is_open_to: Callable[[Desk], bool] = lambda desk: True
    counter: str = ""
    is_in_navigation: bool = True

    def is_here(self, path: str) -> bool:
        return path.startswith((self.path, *self.under))


@dataclass(frozen=True)
class Group:
    """Pages under one heading of the navigation; the first group has none."""

    name: str
    pages: list[Page]


def list_menu(desk: Desk) -> list[Group]:
    """What the person may open, group by group."""
    return [
        Group(group.name, pages)
        for group in _all(desk.words)
        if (pages := [page for page in group.pages if page.is_open_to(desk)])
    ]


def list_pages(desk: Desk) -> list[Page]:
    return [page for group in list_menu(desk) for page in group.pages]


def _whoever_has(right: Right) -> Callable[[Desk], bool]:
    return lambda desk: desk.may(None, right)


def _all(words: Words) -> list[Group]:
    _ = words._
    return [
        Group(
            "",
            [
                Page("/appeals", _("Work list"), "list", "w", counter="open"),
                Page("/appeals?tab=mine", _("Mine"), "list", "m", is_in_navigation=False),
                Page("/handoffs", _("Handoffs"), "talk", "h", ("/conversations",), counter="handoffs"),
                Page("/notices", _("Notices"), "bell", "o", counter="notices"),
                Page("/emergencies", _("Emergencies"), "bell", "e"),
                Page("/dispatch", _("Dispatch"), "send", "d"),
            ],
        ),
        Group(
            _("Across homes"),
            [
                Page("/incidents", _("Incidents"), "homes", "i"),
                Page("/buildings", _("Buildings"), "pin", "b", ("/units",)),
                Page("/return-visits", _("Return visits"), "phone", "v"),
                Page(
                    "/figures", _("Figures"), "list", "f",
                    is_open_to=_whoever_has(Right.SEE_FIGURES),
                ),
                Page(
                    "/early-warnings", _("Early warnings"), "warn", "y",
                    is_open_to=_whoever_has(Right.SEE_FIGURES),
                ),
            ],
        ),
        Group(
            _("Set up"),
            [
                Page(
                    "/labelling", _("To label"), "tag", "l", counter="labelling",
                    is_open_to=_whoever_has(Right.LABEL_MESSAGES),
                ),
                Page(
                    "/settings", _("Settings"), "gear", "s",
                    is_open_to=lambda desk: bool(list_sections(desk)),
                ),
                Page(
                    "/account", _("My account"), "key", "u", ("/password",),
                    is_in_navigation=False,
                ),
            ],
        ),
    ]  # fmt: skip
