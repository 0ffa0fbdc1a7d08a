"""Vectors that were worked out before, kept in the database by the hash of the text.

Retraining then encodes new examples only, and replicas share their work. Without the database everything is worked out anew.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import numpy as np
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import DeepVector
from reader.engine import Vector

logger = logging.getLogger(__name__)

T = TypeVar("T")

# An owner's question is not held up by a slow database; a list can wait.
QUESTION_SECONDS = 0.3
LIST_SECONDS = 5.0
FORGETTING_SECONDS = 60.0
PAUSE_SECONDS = 10.0
FORGET_AFTER = timedelta(days=60)
FORGET_EVERY_SECONDS = 24 * 3600.0
_A_DAY = timedelta(days=1)


def key_of(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


class VectorCache:
    """`core` is None when there is no database at all."""

    def __init__(self, core: Core | None, model_id: str, size: int) -> None:
        self._core = core
        self._model_id = model_id
        self._size = size
        self._away_until = 0.0

    async def find(self, texts: Sequence[str], *, seconds: float) -> dict[str, Vector]:
        """What is known already; nothing when the database does not answer in time."""
        if self._core is None:
            return {}
        keys = {key_of(text): text for text in texts}
        work = partial(
            list_vectors, model_id=self._model_id, keys=list(keys), at=self._core.clock()
        )
        found = await self._try(self._core, work, seconds)
        return {
            keys[key]: np.frombuffer(content, dtype="<f2").astype(np.float16)
            for key, content in (found or {}).items()
            if len(content) == 2 * self._size
        }

    async def which(self, texts: Sequence[str]) -> set[str]:
        """Those of the texts whose vectors are kept; none when the database does not answer in time."""
        if self._core is None:
            return set()
        keys = {key_of(text): text for text in texts}
        work = partial(list_kept_keys, model_id=self._model_id, keys=list(keys))
        found = await self._try(self._core, work, LIST_SECONDS)
        return {keys[key] for key in found or ()}

    async def keep(self, vectors: Mapping[str, Vector]) -> None:
        if self._core is None:
            return
        rows = {key_of(text): vector.astype("<f2").tobytes() for text, vector in vectors.items()}
        work = partial(add_vectors, model_id=self._model_id, rows=rows, at=self._core.clock())
        await self._try(self._core, work, LIST_SECONDS)

    async def keep_forgetting(self) -> None:
        """Until cancelled: what nobody asked for in FORGET_AFTER goes."""
        while self._core is not None:
            work = partial(forget_vectors, before=self._core.clock() - FORGET_AFTER)
            await self._try(self._core, work, FORGETTING_SECONDS)
            await asyncio.sleep(FORGET_EVERY_SECONDS)

    async def _try(self, core: Core, work: Callable[[Session], T], seconds: float) -> T | None:
        """None on failure, and for a while after one without trying."""
        if time.monotonic() < self._away_until:
            return None
        try:
            return await asyncio.wait_for(core.transact(work), seconds)
        except (SQLAlchemyError, TimeoutError) as error:
            logger.warning("reader: no cache for a while, %s", type(error).__name__)
            self._away_until = time.monotonic() + PAUSE_SECONDS
            return None


def list_vectors(
    session: Session, model_id: str, keys: Sequence[bytes], *, at: datetime
) -> dict[bytes, bytes]:
    """Notes that they were used, at most once a day each."""
    asked = (DeepVector.model == model_id, DeepVector.text_key.in_(keys))
    rows = session.execute(
        select(DeepVector.text_key, DeepVector.vector, DeepVector.used_at).where(*asked)
    ).all()
    if any(row.used_at < at - _A_DAY for row in rows):
        session.execute(
            update(DeepVector).where(*asked, DeepVector.used_at < at - _A_DAY).values(used_at=at),
            execution_options={"synchronize_session": False},
        )
    return {row.text_key: row.vector for row in rows}


def list_kept_keys(session: Session, model_id: str, keys: Sequence[bytes]) -> list[bytes]:
    asked = (DeepVector.model == model_id, DeepVector.text_key.in_(keys))
    return list(session.scalars(select(DeepVector.text_key).where(*asked)))


def add_vectors(
    session: Session, model_id: str, rows: Mapping[bytes, bytes], *, at: datetime
) -> None:
    """Sorted, so that two replicas that add the same texts do not wait for each other crosswise."""
    values = [
        {"model": model_id, "text_key": key, "vector": content, "used_at": at}
        for key, content in sorted(rows.items())
    ]
    if values:
        session.execute(insert(DeepVector).values(values).on_conflict_do_nothing())


def forget_vectors(session: Session, *, before: datetime) -> None:
    session.execute(delete(DeepVector).where(DeepVector.used_at < before))
