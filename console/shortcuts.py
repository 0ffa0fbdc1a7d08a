"""What single keys do, in one table: the sheet behind `?` shows it, and `static/keys.js` reads it from there.

A key of somebody's work (`r`, `a`, …) presses whatever carries it as `data-key` on the page; j and k walk through
what is marked `data-row`.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.menu import list_pages
from console.render import Desk
from console.views.work_list import HANDOFFS, tab_names
from ownerdesk.rules.access import Right


@dataclass(frozen=True)
class Shortcut:
    """`does` is what keys.js does: `next`, `press`, or the address that the keys lead to; `here` is for a key that one page
    carries, where it goes before everything else."""

    keys: tuple[str, ...]
    does: str
    name: str


@dataclass(frozen=True)
class Sheet:
    """The shortcuts of one kind under their heading."""

    name: str
    shortcuts: list[Shortcut]


def path_of(tab: str) -> str:
    """Where a tab of the work list leads."""
    return "/handoffs" if tab == HANDOFFS else f"/appeals?tab={tab}"


def list_shortcuts(desk: Desk) -> list[Sheet]:
    """What the person may press, in the order of the sheet."""
    _ = desk.words._
    press = {
        "u": _("Back to the list"),
        "r": _("Reply to the owner"),
        "n": _("Internal note"),
        "t": _("Take over"),
        "b": _("Hand back to the bot"),
        "a": _("Take it on yourself"),
        "d": _("Dispatch"),
        "s": _("On the way, then arrived"),
        "p": _("Promise a time"),
        "q": _("Ask the owner"),
        "l": _("Postpone"),
        "e": _("Resolve"),
        "c": _("Correct what the model understood"),
        "m": _("Merge, or mark as a duplicate"),
        "z": _("Undo"),
    }
    return [
        Sheet(
            _("In a list"),
            [
                Shortcut(("j",), "next", _("Next row; on an appeal, the next appeal")),
                Shortcut(("k",), "previous", _("Row before; on an appeal, the appeal before")),
                Shortcut(("Enter",), "open", _("Open the row")),
                Shortcut(("x",), "select", _("Select the row, or not")),
                Shortcut(("b",), "press", _("Do something with what is selected")),
                Shortcut(("v",), "press", _("Save this view")),
            ],
        ),
        Sheet(_("On an appeal"), [Shortcut((key,), "press", press[key]) for key in press]),
        *_labelling_sheets(desk),
        Sheet(
            _("Parts of the work list"),
            [
                Shortcut((str(place),), path_of(tab), name)
                for place, (tab, name) in enumerate(
                    list(tab_names(desk.words).items())[:9], start=1
                )
            ],
        ),
        Sheet(
            _("Go to"),
            [Shortcut(("g", p.letter), p.path, p.name) for p in list_pages(desk) if p.letter],
        ),
        Sheet(
            _("Anywhere"),
            [
                Shortcut(("Ctrl", "K"), "palette", _("Find a page, an action or an appeal")),
                Shortcut(("!",), "press", _("The emergency nobody has accepted")),
                Shortcut(("Ctrl", "Enter"), "send", _("Send the form you are in")),
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
