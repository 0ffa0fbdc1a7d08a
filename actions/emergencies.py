"""Emergencies that the reader recognised; those the rules are certain of never come this far."""

from __future__ import annotations

from actions.wiring import OwnerAction, OwnerTurn
from ownerdesk.services.emergencies import raise_emergency


class ActionRaiseEmergency(OwnerAction):
    """Tell the owner what to do now, and raise the alarm."""

    is_for_strangers = True

    def name(self) -> str:
        return "action_raise_emergency"

    def act(self, turn: OwnerTurn) -> None:
        raise_emergency(
            turn.session,
            turn.conversation,
            turn.message,
            kind=turn.reading.kind,
            category=turn.reading.category,
            found_by="reader",
            at=turn.at,
        )
