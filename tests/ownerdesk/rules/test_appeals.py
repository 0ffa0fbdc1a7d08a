"""The table of transitions: every row, and every row that is absent."""

from __future__ import annotations

from itertools import product

import pytest

from ownerdesk.model.labels import AppealState
from ownerdesk.rules.appeals import (
    TRANSITIONS,
    AppealAction,
    allowed_actions,
    is_allowed,
    is_worked_on,
    next_state,
)
from ownerdesk.rules.refusals import WrongState

# Written out a second time, from the life of an appeal as owners are told it; one line a state.
PROMISED = {
    "received": {
        "accept": "accepted", "answer": "resolved", "dispatch": "dispatched",
        "cancel": "cancelled", "merge": "cancelled", "alarm": "received",
    },
    "accepted": {
        "dispatch": "dispatched", "defer": "deferred", "resolve": "resolved",
        "cancel": "cancelled", "merge": "cancelled", "alarm": "received",
    },
    "dispatched": {
        "dispatch": "dispatched", "set_out": "dispatched", "arrive": "in_progress",
        "defer": "deferred", "resolve": "resolved", "cancel": "cancelled", "merge": "cancelled",
        "alarm": "received",
    },
    "in_progress": {
        "dispatch": "dispatched", "defer": "deferred", "resolve": "resolved",
        "cancel": "cancelled", "merge": "cancelled", "alarm": "received",
    },
    "deferred": {
        "defer": "deferred", "resume": "accepted", "dispatch": "dispatched",
        "cancel": "cancelled", "merge": "cancelled", "alarm": "received",
    },
    "resolved": {
        "confirm": "closed", "lapse": "closed", "reopen": "accepted", "alarm": "received",
    },
    "closed": {"reopen": "accepted", "alarm": "received"},
    "cancelled": {"take_up": "accepted", "alarm": "received"},
}  # fmt: skip

EVERY_PAIR = list(product(AppealState, AppealAction))


@pytest.mark.parametrize(("state", "action"), EVERY_PAIR)
def test_a_step_leads_where_it_was_promised_or_is_refused(
    state: AppealState, action: AppealAction
) -> None:
    wanted = PROMISED[state].get(action)
    assert is_allowed(state, action) is (wanted is not None)
    assert (action in allowed_actions(state)) is (wanted is not None)
    if wanted is not None:
        assert next_state(state, action) == wanted
        return
    with pytest.raises(WrongState) as refused:
        next_state(state, action)
    assert (refused.value.state, refused.value.action) == (state, action)


def test_only_a_resolved_appeal_can_be_closed() -> None:
    sources = {state for (state, _), target in TRANSITIONS.items() if target == AppealState.CLOSED}
    assert sources == {AppealState.RESOLVED}


def test_every_state_can_be_reached_from_received() -> None:
    reached = {AppealState.RECEIVED}
    for _ in AppealState:
        reached |= {target for (source, _), target in TRANSITIONS.items() if source in reached}
    assert reached == set(AppealState)


def test_a_time_is_owed_only_while_somebody_works_on_it() -> None:
    working = {state for state in AppealState if is_worked_on(state)}
    assert working == {"received", "accepted", "dispatched", "in_progress"}
