"""Paid services."""

from __future__ import annotations

from actions.wiring import OwnerAction, OwnerTurn
from ownerdesk.services.paid_services import offer_service


class ActionOrderService(OwnerAction):
    """Offer the service that fits, with price and terms; a button orders it."""

    def name(self) -> str:
        return "action_order_service"

    def act(self, turn: OwnerTurn) -> None:
        offer_service(
            turn.session,
            turn.conversation,
            turn.message,
            category=turn.reading.category,
            at=turn.at,
        )
