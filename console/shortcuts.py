"""What single keys do, in one table: the sheet behind `?` shows it, and `static/keys.js` reads it from there.

A key of somebody's work (`r`, `a`, …) presses whatever carries it as `data-key` on the page; j and k walk through
what is marked `data-row`.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.menu import list_pages
from console.render import Desk


@dataclass(frozen=True)
class Shortcut:
    """`does` is what keys.js does: `next`, `press`, or the address after `g`."""

    keys: tuple[str, ...]
    does: str
    name: str


@dataclass(frozen=True)
class Sheet:
    """The shortcuts of one kind under their heading."""

    name: str
    shortcuts: list[Shortcut]


def list_shortcuts(desk: Desk) -> list[Sheet]:
    """What the person may press, in the order of the sheet."""
    _ = desk.words._
    press = {
        "r": _("Reply to the owner"),
        "n": _("Internal note"),
        "a": _("Take it on yourself"),
        "d": _("Dispatch"),
        "p": _("Promise a time"),
        "e": _("Resolve"),
        "c": _("Correct what the model understood"),
    }
    return [
        Sheet(
            _("In a list"),
            [
                Shortcut(("j",), "next", _("Next row")),
                Shortcut(("k",), "previous", _("Row before")),
                Shortcut(("Enter",), "open", _("Open the row")),
                Shortcut(("x",), "select", _("Select the row, or not")),
            ],
        ),
        Sheet(_("On an appeal"), [Shortcut((key,), "press", press[key]) for key in press]),
        Sheet(
            _("Go to"),
            [Shortcut(("g", p.letter), p.path, p.name) for p in list_pages(desk) if p.letter],
        ),
        Sheet(
            _("Anywhere"),
            [
                Shortcut(("Ctrl", "K"), "palette", _("Find a page, an action or an appeal")),
                Shortcut(("/",), "search", _("Search in the list")),
                Shortcut(("?",), "sheet", _("This list")),
                Shortcut(("Esc",), "close", _("Close, or leave a field")),
            ],
        ),
    ]
