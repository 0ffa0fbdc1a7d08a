"""The life of a job: every row of the table, and every row that is not in it."""

from __future__ import annotations

import pytest

from ownerdesk.model.dispatch import ASSIGNMENT_STATES, OPEN_ASSIGNMENT_STATES
from ownerdesk.rules.assignments import JOB_TRANSITIONS, JobAction, next_job_state
from ownerdesk.rules.refusals import JobOver


@pytest.mark.parametrize("state", ASSIGNMENT_STATES)
@pytest.mark.parametrize("action", JobAction)
def test_every_state_and_action_is_a_row_or_a_refusal(state: str, action: JobAction) -> None:
    if (state, action) in JOB_TRANSITIONS:
        assert next_job_state(state, action) in ASSIGNMENT_STATES
    else:
        with pytest.raises(JobOver) as refused:
            next_job_state(state, action)
        assert refused.value.state == state


def test_a_job_that_has_ended_stays_so() -> None:
    assert {state for state, _ in JOB_TRANSITIONS} == set(OPEN_ASSIGNMENT_STATES)


def test_every_open_job_can_be_taken_back() -> None:
    assert all((state, JobAction.WITHDRAW) in JOB_TRANSITIONS for state in OPEN_ASSIGNMENT_STATES)
