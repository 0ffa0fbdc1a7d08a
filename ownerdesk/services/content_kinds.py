"""What staff may set up of the content: for each kind its table, its code, and the fields it is typed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ownerdesk.model import CannedReply, Guide, OutsideParty, Remedy, ServiceItem
from ownerdesk.model.staff import ROLES
from ownerdesk.rules.fields import (
    CategoryChoice,
    CategoryChoices,
    Choice,
    Field,
    Limits,
    Line,
    Lists,
    Money,
    Texts,
    Whole,
)
from ownerdesk.rules.gaps import LONGEST_MESSAGE
from ownerdesk.rules.variables import VARIABLES

PRICE_UNITS = ("visit", "hour", "sqm", "item")
LONGEST_DURATION = 7 * 24 * 60


@dataclass(frozen=True)
class Kind:
    """One kind of content. `code` is the column that names a row for good, `subject` its name in the audit log."""

    subject: str
    model: type[Any]
    code: str
    fields: tuple[Field, ...]


REPLIES = Kind(
    "canned_reply",
    CannedReply,
    "shortcut",
    (
        Texts("names", 80),
        Texts("bodies", LONGEST_MESSAGE, is_long=True, gaps=VARIABLES),
        CategoryChoice("category", required=False),
    ),
)
SERVICES = Kind(
    "service_item",
    ServiceItem,
    "code",
    (
        Texts("names", 80),
        Texts("descriptions", 1000, is_long=True),
        Money("price"),
        Line("currency", "[A-Z]{3}"),
        Choice("price_unit", PRICE_UNITS),
        Whole("duration_minutes", 5, LONGEST_DURATION),
        Texts("slots", 200, required=False),
        Texts("terms", 1000, is_long=True, required=False),
        Lists("keywords", 60, by=","),
        CategoryChoice("category"),
        Line("department_code", "[a-z0-9_-]{1,40}"),
    ),
)
PARTIES = Kind(
    "outside_party",
    OutsideParty,
    "code",
    (Texts("names", 200), Texts("contacts", 500, is_long=True), CategoryChoices("categories")),
)
REMEDIES = Kind(
    "remedy",
    Remedy,
    "code",
    (
        Texts("names", 200),
        Line("unit", "times|[A-Z]{3}"),
        Limits("limits", tuple(role for role in ROLES if role != "operator"), unit="unit"),
    ),
)
GUIDES = Kind("guide", Guide, "category", (Lists("steps"), Lists("tools", required=False)))
