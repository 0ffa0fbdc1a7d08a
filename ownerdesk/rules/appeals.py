"""The life of an appeal as one table of transitions, and what follows from a state.

The table is the whole truth: services ask `next_state`, the console asks `allowed_actions`, and a test walks
every row and every absent row.
"""

from __future__ import annotations

from enum import StrEnum

from ownerdesk.model.labels import AppealState
from ownerdesk.rules.refusals import WrongState


class AppealAction(StrEnum):
    """What somebody can do to an appeal that may change its state."""

    ACCEPT = "accept"
    ANSWER = "answer"
    DISPATCH = "dispatch"
    SET_OUT = "set_out"
    ARRIVE = "arrive"
    DEFER = "defer"
    RESUME = "resume"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    LAPSE = "lapse"
    REOPEN = "reopen"
    CANCEL = "cancel"
    MERGE = "merge"
    TAKE_UP = "take_up"
    ALARM = "alarm"


_S = AppealState
_A = AppealAction

TRANSITIONS: dict[tuple[AppealState, AppealAction], AppealState] = {
    (_S.RECEIVED, _A.ACCEPT): _S.ACCEPTED,
    # The knowledge base may answer a question before anybody accepted it; whether that was an answer is
    # the owner's to say (S6).
    (_S.RECEIVED, _A.ANSWER): _S.RESOLVED,
    # The centre sends work straight on (S4): dispatching an appeal nobody accepted accepts it too.
    (_S.RECEIVED, _A.DISPATCH): _S.DISPATCHED,
    (_S.ACCEPTED, _A.DISPATCH): _S.DISPATCHED,
    (_S.DISPATCHED, _A.DISPATCH): _S.DISPATCHED,
    (_S.IN_PROGRESS, _A.DISPATCH): _S.DISPATCHED,
    (_S.DISPATCHED, _A.SET_OUT): _S.DISPATCHED,
    (_S.DISPATCHED, _A.ARRIVE): _S.IN_PROGRESS,
    (_S.ACCEPTED, _A.DEFER): _S.DEFERRED,
    (_S.DISPATCHED, _A.DEFER): _S.DEFERRED,
    (_S.IN_PROGRESS, _A.DEFER): _S.DEFERRED,
    (_S.DEFERRED, _A.DEFER): _S.DEFERRED,
    (_S.DEFERRED, _A.RESUME): _S.ACCEPTED,
    (_S.DEFERRED, _A.DISPATCH): _S.DISPATCHED,
    (_S.ACCEPTED, _A.RESOLVE): _S.RESOLVED,
    (_S.DISPATCHED, _A.RESOLVE): _S.RESOLVED,
    (_S.IN_PROGRESS, _A.RESOLVE): _S.RESOLVED,
    (_S.RESOLVED, _A.CONFIRM): _S.CLOSED,
    (_S.RESOLVED, _A.LAPSE): _S.CLOSED,
    (_S.RESOLVED, _A.REOPEN): _S.ACCEPTED,
    (_S.CLOSED, _A.REOPEN): _S.ACCEPTED,
    (_S.RECEIVED, _A.CANCEL): _S.CANCELLED,
    (_S.ACCEPTED, _A.CANCEL): _S.CANCELLED,
    (_S.DISPATCHED, _A.CANCEL): _S.CANCELLED,
    (_S.IN_PROGRESS, _A.CANCEL): _S.CANCELLED,
    (_S.DEFERRED, _A.CANCEL): _S.CANCELLED,
    # Closing belongs to the owner (S6): what staff ended without a solution can be taken up again; what its owner
    # withdrew is not reopened.
    (_S.CANCELLED, _A.TAKE_UP): _S.ACCEPTED,
    # It goes on as another appeal, whose news its owner hears.
    (_S.RECEIVED, _A.MERGE): _S.CANCELLED,
    (_S.ACCEPTED, _A.MERGE): _S.CANCELLED,
    (_S.DISPATCHED, _A.MERGE): _S.CANCELLED,
    (_S.IN_PROGRESS, _A.MERGE): _S.CANCELLED,
    (_S.DEFERRED, _A.MERGE): _S.CANCELLED,
    # Danger beats everything: whatever became of it before, a person has to take it on anew and is alarmed
    # until one does (S12).
    **{(state, _A.ALARM): _S.RECEIVED for state in _S},
}


def next_state(state: AppealState | str, action: AppealAction) -> AppealState:
    """The state `action` leads to. Raises WrongState where the table has no row."""
    current = AppealState(state)
    try:
        return TRANSITIONS[current, action]
    except KeyError:
        raise WrongState(state=current, action=action) from None


def is_allowed(state: AppealState | str, action: AppealAction) -> bool:
    return (AppealState(state), action) in TRANSITIONS


def reopening_of(state: AppealState | str, closed_by: str | None) -> AppealAction:
    """How what is over comes back: staff's own endings are taken up again, all else is reopened."""
    is_ended_by_staff = AppealState(state) == _S.CANCELLED and closed_by == "staff"
    return _A.TAKE_UP if is_ended_by_staff else _A.REOPEN


def is_worked_on(state: AppealState | str) -> bool:
    """Whether a resolution is owed by a time: not while it is put off, and not once it is done or withdrawn."""
    return AppealState(state) in (_S.RECEIVED, _S.ACCEPTED, _S.DISPATCHED, _S.IN_PROGRESS)


def allowed_actions(state: AppealState | str) -> list[AppealAction]:
    """What may be done now, in the order of the table."""
    return [action for (source, action) in TRANSITIONS if source == AppealState(state)]
