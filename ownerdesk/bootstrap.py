"""Puts the core together for one process: settings, database, clock, jobs."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import hmac
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

import procrastinate
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from ownerdesk.adapters import deep_reader
from ownerdesk.adapters.database import libpq_url, make_engine
from ownerdesk.adapters.rasa import RasaClient
from ownerdesk.queries.health import is_alive, list_heartbeats
from ownerdesk.services import heartbeats
from ownerdesk.settings import Settings

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

BEAT_SECONDS = 5.0
THREADS = 8


def _make_job_pool(**options: Any) -> AsyncConnectionPool:
    """The engine's own pool asks every connection whether it lives before each query, which doubles them; a broken
    one fails its query, is dropped, and the query is made again."""
    return AsyncConnectionPool(**(options | {"check": None}))


def settle_memory() -> None:
    """Call once all that stays has been loaded. The collector then no longer walks through phrases, vectors and
    modules each time, and comes less often: what a turn leaves behind is freed by its references anyway."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Core:
    """What every edge holds. One a process; close it in the end."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = utc_now,
        check_connections: bool = False,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.engine: Engine = make_engine(
            settings.database_url, pool_size=THREADS, check=check_connections
        )
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)
        self.instance = f"{socket.gethostname()}:{os.getpid()}"
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="transaction")

    @property
    def webhook_secret(self) -> str:
        """What Telegram has to send back with every webhook call; derived, so that replicas agree."""
        key = self.settings.secret_key.encode()
        return hmac.new(key, b"telegram-webhook", hashlib.sha256).hexdigest()

    def transact_now(
        self, work: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `work(session, …)` in one transaction: committed when it returns, rolled back when it raises."""
        with self.sessions.begin() as session:
            return work(session, *args, **kwargs)

    async def transact(
        self, work: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """The same from asyncio, in a thread of its own so that the loop goes on."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, partial(self.transact_now, work, *args, **kwargs)
        )

    async def health(self) -> dict[str, bool]:
        """Which parts are ready, by name; the deep reader only where one is set."""
        try:
            beats = await self.transact(list_heartbeats)
        except SQLAlchemyError:
            logger.warning("health: the database does not answer", exc_info=True)
            beats = None
        at = self.clock()
        async with RasaClient(self.settings.rasa_url, self.settings.rasa_token) as rasa:
            rasa_ready = await rasa.is_ready()
        parts = {
            "database": beats is not None,
            "worker": is_alive(beats or {}, "worker", at=at),
            "bot": is_alive(beats or {}, "bot", at=at),
            "rasa": rasa_ready,
        }
        if self.settings.deep_reader_model is not None:
            parts["reader"] = await deep_reader.is_ready(self.settings.deep_reader_url)
        return parts

    def make_jobs(self) -> procrastinate.App:
        """The job engine for a process that runs jobs; open it with `async with app.open_async()`."""
        return procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=libpq_url(self.settings.database_url),
                min_size=2,
                max_size=10,
                # Taking and ending a job need not survive a power cut: a job done again changes nothing. Jobs are
                # written with their causes on the core's own connections, which wait for the disk.
                kwargs={"options": "-c synchronous_commit=off"},
                pool_factory=_make_job_pool,
            )
        )

    @asynccontextmanager
    async def beating(self, part: str) -> AsyncIterator[None]:
        """Give signs of life while the block runs."""

        async def keep_beating() -> None:
            while True:
                try:
                    await self.transact(heartbeats.beat, part, self.instance, at=self.clock())
                except SQLAlchemyError:
                    logger.warning("heartbeat of %s not written", part, exc_info=True)
                await asyncio.sleep(BEAT_SECONDS)

        task = asyncio.create_task(keep_beating())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.transact(heartbeats.stop_beating, part, self.instance)

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        self.engine.dispose()
