"""What single keys do, in one table: the sheet behind `?` shows it, and `static/keys.js` reads it from there.

A key of somebody's work (`r`, `a`, …) presses whatever carries it as `data-key` on the page; j and k walk through
what is marked `data-row`.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.menu import list_pages
from console.render import Desk
from ownerdesk.rules.access import Right


@dataclass(frozen=True)
class Shortcut:
    """`does` is what keys.js does: `next`, `press`, or the address after `g`; `here` is for a key that one page carries, where
    it goes before everything else."""

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
        *_labelling_sheets(desk),
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


def _labelling_sheets(desk: Desk) -> list[Sheet]:
    """For whoever labels messages."""
    if not desk.may(None, Right.LABEL_MESSAGES):
        return []
    _ = desk.words._
    names = {
        "1 … 0": _("Choose what the message is"),
        "c": _("Choose what it is about"),
        "k": _("Choose the kind of emergency"),
        "t": _("Into the words, to change or select them"),
        "e": _("Mark the selected words"),
        "m": _("Tick all that are alike"),
        "a": _("Accept, and on to the next"),
        "o": _("Out of scope"),
        "x": _("Delete: not to be learnt from"),
        "s": _("Skip"),
    }
    return [Sheet(_("When labelling"), [Shortcut((key,), "here", names[key]) for key in names])]
