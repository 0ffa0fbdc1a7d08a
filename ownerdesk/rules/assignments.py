"""The life of a job as one table: what an operator, or the clock, may do to it in each state."""

from __future__ import annotations

from enum import StrEnum

from ownerdesk.rules.refusals import JobOver


class JobAction(StrEnum):
    """What somebody can do to a job."""

    ACCEPT = "accept"
    DECLINE = "decline"
    SET_OUT = "set_out"
    ARRIVE = "arrive"
    FINISH = "finish"
    ASK_FOR_HELP = "ask_for_help"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


_A = JobAction

# Whoever has arrived does not decline any more: they ask for help, and somebody comes while they stay.
JOB_TRANSITIONS: dict[tuple[str, JobAction], str] = {
    ("offered", _A.ACCEPT): "accepted",
    ("offered", _A.DECLINE): "declined",
    ("accepted", _A.DECLINE): "declined",
    ("on_the_way", _A.DECLINE): "declined",
    ("accepted", _A.SET_OUT): "on_the_way",
    ("accepted", _A.ARRIVE): "arrived",
    ("on_the_way", _A.ARRIVE): "arrived",
    ("accepted", _A.FINISH): "done",
    ("on_the_way", _A.FINISH): "done",
    ("arrived", _A.FINISH): "done",
    ("accepted", _A.ASK_FOR_HELP): "accepted",
    ("on_the_way", _A.ASK_FOR_HELP): "on_the_way",
    ("arrived", _A.ASK_FOR_HELP): "arrived",
    ("offered", _A.EXPIRE): "expired",
    ("offered", _A.WITHDRAW): "withdrawn",
    ("accepted", _A.WITHDRAW): "withdrawn",
    ("on_the_way", _A.WITHDRAW): "withdrawn",
    ("arrived", _A.WITHDRAW): "withdrawn",
}


def next_job_state(state: str, action: JobAction) -> str:
    """The state `action` leads to. Raises JobOver where the table has no row."""
    try:
        return JOB_TRANSITIONS[state, action]
    except KeyError:
        raise JobOver(state) from None


def is_job_allowed(state: str, action: JobAction) -> bool:
    return (state, action) in JOB_TRANSITIONS
