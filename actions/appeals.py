"""Appeals: register, add a detail, tell the status, withdraw."""

from __future__ import annotations

from actions.wiring import OwnerAction, OwnerTurn
from ownerdesk.services.appeals import register_appeal
from ownerdesk.services.intake import join_latest
from ownerdesk.services.statuses import ask_which_to_cancel, tell_status


class ActionRegisterAppeal(OwnerAction):
    """A fault or a grievance becomes an appeal, or joins the one it goes on with."""

    def name(self) -> str:
        return "action_register_appeal"

    def act(self, turn: OwnerTurn) -> None:
        register_appeal(
            turn.session,
            turn.conversation,
            turn.message,
            nature=turn.reading.nature,
            category=turn.reading.category,
            may_join=turn.may_join,
            at=turn.at,
        )


class ActionAddDetail(OwnerAction):
    """More about what was reported before."""

    def name(self) -> str:
        return "action_add_detail"

    def act(self, turn: OwnerTurn) -> None:
        join_latest(turn.session, turn.conversation, turn.message, turn.reading, at=turn.at)


class ActionTellStatus(OwnerAction):
    """How the open appeals stand."""

    def name(self) -> str:
        return "action_tell_status"

    def act(self, turn: OwnerTurn) -> None:
        tell_status(turn.session, turn.conversation, turn.message, at=turn.at)


class ActionCancelAppeal(OwnerAction):
    """The owner wants to withdraw something; which, and whether really, is asked by buttons."""

    def name(self) -> str:
        return "action_cancel_appeal"

    def act(self, turn: OwnerTurn) -> None:
        ask_which_to_cancel(turn.session, turn.conversation, turn.message, at=turn.at)
