"""The labels of an appeal, as the guide for labels has them, and the states an appeal goes through."""

from __future__ import annotations

from enum import StrEnum

NATURES = (
    "emergency",
    "dissatisfaction",
    "help_seeking",
    "consultation",
    "paid_service",
    "other",
)

CATEGORY_GROUPS: dict[str, tuple[str, ...]] = {
    "equipment": (
        "air_conditioning",
        "heating",
        "lighting",
        "water_supply",
        "drainage",
        "power_supply",
        "gas",
        "elevator",
        "doors_access",
        "fire_safety",
        "telecom",
    ),
    "service_attitude": ("staff_conduct",),
    "service_quality": (
        "maintenance_quality",
        "security",
        "parking",
        "mail_delivery",
        "cleaning",
        "landscaping",
    ),
    "community": ("noise", "neighbours", "pests", "amenities", "structure"),
    "administration": ("property_fee", "utility_bill", "renovation", "paperwork"),
    "paid_service_items": (
        "home_lighting",
        "home_garden",
        "home_cleaning",
        "home_repair",
        "home_moving",
        "home_care",
    ),
}
# A company adds categories of its own (`model/categories.py`); the database holds what may be a code, services what there is.
CATEGORY_FORM = "{column} ~ '^[a-z][a-z0-9_]{{0,29}}$'"
CATEGORIES = (*(label for group in CATEGORY_GROUPS.values() for label in group), "other")

KINDS = (
    "fire",
    "gas_leak",
    "flooding",
    "entrapment",
    "electrical",
    "medical",
    "crime",
    "structural",
    "other",
)

SEVERITIES = ("general", "major", "emergency")

# What of its source message an appeal was made of: the message itself, or the second matter in it.
WHOLE, SECOND = 0, 1
SOURCE_PARTS = (WHOLE, SECOND)


class AppealState(StrEnum):
    """Where an appeal is in its life."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    IN_PROGRESS = "in_progress"
    DEFERRED = "deferred"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"


OPEN_STATES = tuple(s for s in AppealState if s not in (AppealState.CLOSED, AppealState.CANCELLED))
