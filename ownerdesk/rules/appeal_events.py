"""Which facts change what somebody who looks at an appeal would do."""

from __future__ import annotations

# The desk's own clockwork, and what follows from a fact that is told anyway.
QUIET = frozenset(
    {
        "promise.made",
        "promise.carried_over",
        "apology.drafted",
        "job.offered",
        "guide.ticked",
        "guide.unticked",
        "alarm.rung",
        "alarm.repeated",
        "alarm.step_empty",
        "neighbours.proposed",
        "owner.reminded",
        "owner.answered",
        "message.edited",
        "visit.planned",
        "visit.asked",
        "appeal.repeated",
    }
)


def changes_the_picture(name: str) -> bool:
    """Whether a form filled in before this fact should be looked at again."""
    return name not in QUIET
