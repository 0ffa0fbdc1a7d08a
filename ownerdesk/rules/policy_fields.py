"""The numbers of a project's policy as staff type them: in groups, each with what it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from ownerdesk.rules.fields import Problem, Typed, Unusable, Whole, parse_fields
from ownerdesk.rules.policy import Policy

WEEK_MINUTES = 7 * 24 * 60
MONTH_HOURS = 31 * 24

GROUPS: Mapping[str, tuple[str, ...]] = {
    "silence": ("reminder_hours", "silence_hours"),
    "promises": (
        "general_minutes", "major_minutes", "emergency_accept_minutes", "first_answer_minutes",
        "next_update_minutes", "due_soon_minutes",
    ),
    "people": ("handoff_minutes", "offer_minutes", "handover_minutes", "join_minutes"),
    "quiet": ("quiet_from_hour", "quiet_until_hour"),
    "incidents": (
        "incident_window_minutes", "incident_reporters", "incident_emergency_reporters",
        "incident_likeness_percent",
    ),
}  # fmt: skip
_LIMITS = {
    "reminder_hours": (1, MONTH_HOURS),
    "silence_hours": (2, 3 * MONTH_HOURS),
    "emergency_accept_minutes": (1, 60),
    # The hour 24 is midnight: no number of the policy is nothing.
    "quiet_from_hour": (1, 24),
    "quiet_until_hour": (1, 24),
    "incident_reporters": (2, 100),
    "incident_emergency_reporters": (2, 100),
    "incident_likeness_percent": (1, 100),
}
FIELDS: Mapping[str, Whole] = {
    name: Whole(name, *_LIMITS.get(name, (1, 4 * WEEK_MINUTES)), required=False)
    for names in GROUPS.values()
    for name in names
}
DEFAULTS: Mapping[str, int] = asdict(Policy())


def parse_policy(typed: Typed) -> dict[str, int]:
    """The numbers that differ from what is usual. Raises Unusable, also where the bot would close before it reminds."""
    values = parse_fields(list(FIELDS.values()), typed)
    numbers = {name: value for name, value in values.items() if value is not None}
    policy = Policy.of(numbers)
    if policy.reminder_hours >= policy.silence_hours:
        raise Unusable(
            Problem(
                "reminder_hours", "out_of_range", {"least": 1, "most": policy.silence_hours - 1}
            )
        )
    return numbers
