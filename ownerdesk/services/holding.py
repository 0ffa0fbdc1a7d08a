"""Holding back: for a few seconds what an action of staff says is not sent, so that whoever pressed can take it back.

The edge opens a hold around one action. While it is open, the outbox puts off what it queues, and every job that is
asked for is noted. An emergency holds back nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

_KEY = "hold"


@dataclass
class Hold:
    """Until when messages wait; the jobs asked for meanwhile, by id; and whether something had to go out at once."""

    until: datetime
    jobs: list[int] = field(default_factory=list)
    is_broken: bool = False


@contextmanager
def hold_back(session: Session, *, until: datetime) -> Iterator[Hold]:
    """What is queued inside waits until then. Holds do not nest."""
    hold = Hold(until)
    session.info[_KEY] = hold
    try:
        yield hold
    finally:
        del session.info[_KEY]


def find_hold(session: Session) -> Hold | None:
    hold: Hold | None = session.info.get(_KEY)
    return hold
