"""What a resolution has to say, by what the appeal is about: one table, asked by the form and by the service."""

from __future__ import annotations

FIELDS = ("done", "cause", "parts", "photo")

# What the owner reads is always said. Equipment and the company's own service are learnt from by their causes; work
# in a home that is paid for is shown, with what went into it.
REQUIRED: dict[str, frozenset[str]] = {
    "equipment": frozenset({"done", "cause"}),
    "service_attitude": frozenset({"done", "cause"}),
    "service_quality": frozenset({"done", "cause"}),
    "community": frozenset({"done"}),
    "administration": frozenset({"done"}),
    "paid_service_items": frozenset({"done", "parts", "photo"}),
    "other": frozenset({"done"}),
}
# A question is answered, whatever it is about.
ANSWERED = frozenset({"consultation", "other"})


def required_fields(nature: str, group: str) -> frozenset[str]:
    """Which of FIELDS an appeal cannot be resolved without, by the group of its category."""
    if nature in ANSWERED:
        return frozenset({"done"})
    return REQUIRED[group]
