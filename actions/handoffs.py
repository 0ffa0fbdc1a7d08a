"""Handing over to a person, and asking before that."""

from __future__ import annotations

from actions.wiring import OwnerAction, OwnerTurn
from ownerdesk.services.handoffs import request_handoff
from ownerdesk.services.intake import clarify


class ActionRequestHandoff(OwnerAction):
    """The owner wants a person."""

    is_for_strangers = True

    def name(self) -> str:
        return "action_request_handoff"

    def act(self, turn: OwnerTurn) -> None:
        request_handoff(
            turn.session, turn.conversation, reason="asked", message=turn.message, at=turn.at
        )


class ActionClarify(OwnerAction):
    """The reader is unsure: one short question with buttons; after two misses a person takes over."""

    def name(self) -> str:
        return "action_clarify"

    def act(self, turn: OwnerTurn) -> None:
        clarify(turn.session, turn.conversation, turn.message, turn.reading, at=turn.at)
