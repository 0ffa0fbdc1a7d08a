"""News for whoever is looking: a notification that leaves PostgreSQL when the transaction commits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

CHANNEL = "ownerdesk_live"
# What the database says by itself (migration 0021) when a log-in, a role or what frames every page has changed.
ACCESS_NEWS = '[{"topic": "access"}]'
# PostgreSQL allows 8000 bytes in a notification; an item has at most about 150.
MAX_ITEMS = 40
_KEY = "news"


def announce(session: Session, topic: str, **ids: int | str | None) -> None:
    """Tell open console pages that something of this topic changed. Ids only: never an owner's words.

    What one transaction has to tell goes out together, as one list, when it commits.
    """
    item = {"topic": topic, **{k: v for k, v in ids.items() if v is not None}}
    news: list[dict[str, Any]] = session.info.setdefault(_KEY, [])
    if item not in news:
        news.append(item)


@contextmanager
def untold(session: Session) -> Iterator[None]:
    """What is announced inside is told to nobody: it is about to be taken back."""
    before = list(session.info.get(_KEY, []))
    try:
        yield
    finally:
        session.info[_KEY] = before


@event.listens_for(Session, "before_commit")
def _notify(session: Session) -> None:
    news = session.info.pop(_KEY, [])
    for start in range(0, len(news), MAX_ITEMS):
        body = json.dumps(news[start : start + MAX_ITEMS])
        session.execute(select(func.pg_notify(CHANNEL, body)))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous_transaction: object) -> None:
    """A refusal takes back part of a transaction; what that part announced is told all the same, because a page
    that looks again for nothing does no harm. A transaction rolled back as a whole announces nothing."""
    if not session.in_transaction():
        session.info.pop(_KEY, None)
