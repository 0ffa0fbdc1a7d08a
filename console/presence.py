"""Who is at which conversation, as this process has heard; everything is forgotten after seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

LOOKING_SECONDS = 20.0
TYPING_SECONDS = 6.0

Now = Callable[[], float]


@dataclass
class Visit:
    """Until when somebody counts as looking and as typing, by the monotonic clock."""

    looks_until: float
    types_until: float


class PresenceBook:
    """By conversation and member of staff. It is asked and told from the event loop alone."""

    def __init__(self, now: Now = time.monotonic) -> None:
        self._now = now
        self._visits: dict[int, dict[int, Visit]] = {}

    def hear(self, conversation_id: int, staff_id: int, what: str) -> bool:
        """Somebody looks, types or has gone; whether that shows."""
        before = self.list_present(conversation_id)
        if what == "gone":
            self._visits.get(conversation_id, {}).pop(staff_id, None)
        else:
            now = self._now()
            people = self._visits.setdefault(conversation_id, {})
            visit = people.setdefault(staff_id, Visit(0.0, 0.0))
            visit.looks_until = now + LOOKING_SECONDS
            if what == "typing":
                visit.types_until = now + TYPING_SECONDS
        return self.list_present(conversation_id) != before

    def list_present(self, conversation_id: int) -> dict[int, str]:
        """Who is there now, and whether they look or type. Those whose time is over are forgotten."""
        now = self._now()
        people = self._visits.get(conversation_id, {})
        for staff_id in [s for s, visit in people.items() if visit.looks_until <= now]:
            del people[staff_id]
        if not people:
            self._visits.pop(conversation_id, None)
        return {s: "typing" if v.types_until > now else "looking" for s, v in people.items()}
