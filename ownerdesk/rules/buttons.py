"""Buttons under a message, and their callback data: made and parsed here and nowhere else.

The data reads `1:action:subject:argument`: a version, what to do, the id of the row it is about, and a short
argument. Telegram allows 64 bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ownerdesk.rules.refusals import OldButton

VERSION = "1"
MAX_DATA_BYTES = 64

ACTIONS = frozenset(
    {
        "card",  # show the card of an appeal
        "fix",  # Correct this: which part?
        "fixnat",
        "fixgrp",
        "fixcat",
        "fixhome",
        "fixback",
        "where",  # which home is it about?
        "photo",
        "cancel",
        "cancelok",
        "split",  # this is something else
        "addto",  # an unsure message belongs to this appeal
        "read",  # a clarifying reading was chosen
        "human",
        "solved",
        "half",
        "notyet",
        "reopen",
        "stars",
        "order",
        "noorder",
        "askprice",
        "lang",
        "home",
        "pushes",
        "settings",
        "danger",
        "nodanger",
        "seconddanger",  # the danger is in the second matter of the message
        "second",  # the second matter becomes an appeal of its own
        "nosecond",
        # Pressed by staff:
        "alarmok",  # take an emergency on
        "alarmcard",
        "lookyes",  # a weak sign of danger: it is an emergency; the subject is the owner's message
        "looksecond",  # the same of its second matter
        "lookno",
        "warnok",  # warn the neighbours at risk
        "warnno",
        "jobyes",  # an operator takes a job; the subject of all of these is the assignment
        "jobno",
        "jobgo",
        "jobhere",
        "jobdone",
        "jobwhole",  # everything is done, whatever others still have
        "jobparts",
        "jobhelp",
        "handyes",  # a colleague takes an appeal over
        "handno",
        "follow",  # hear of the incident
        "notthis",  # the appeal is something else than the incident
        "incok",  # the incident is over for a follower without an appeal
        "incnot",
        "quiet",  # the owner's quiet hours
        "apologise",  # staff: send the drafted apology as it is
        "visitgood",  # the return visit: all is well
        "visitback",
        "visitcall",
    }
)

_DATA = re.compile(
    r"(?P<version>\d+):(?P<action>[a-z]+):(?P<subject>\d{0,18}):(?P<argument>[\w.-]*)"
)

_ID = re.compile(r"\d{1,18}")


@dataclass(frozen=True)
class Press:
    """What a press of a button asks for."""

    action: str
    subject: int
    argument: str

    @property
    def argument_id(self) -> int:
        """The argument as the id of a row. Raises OldButton for what cannot be one."""
        if not _ID.fullmatch(self.argument):
            raise OldButton
        return int(self.argument)


def button(label: str, action: str, subject: int = 0, argument: str = "") -> dict[str, Any]:
    """One button as it is stored with a message."""
    return {"text": label, "data": format_data(action, subject, argument)}


def format_data(action: str, subject: int = 0, argument: str = "") -> str:
    """Raises ValueError for data that could not be parsed again: that is a mistake in the code."""
    data = f"{VERSION}:{action}:{subject}:{argument}"
    if action not in ACTIONS or not _DATA.fullmatch(data) or len(data.encode()) > MAX_DATA_BYTES:
        raise ValueError(f"not a button: {data!r}")
    return data


def parse_data(data: str) -> Press:
    """Raises OldButton for anything this version did not make."""
    match = _DATA.fullmatch(data)
    if match is None or match["version"] != VERSION or match["action"] not in ACTIONS:
        raise OldButton
    return Press(match["action"], int(match["subject"] or 0), match["argument"])
