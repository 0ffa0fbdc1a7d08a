"""Feeds of holidays: fetched from their addresses twice a day, and kept by one service."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import httpx
from sqlalchemy.exc import SQLAlchemyError

from ownerdesk.bootstrap import Core
from ownerdesk.services.calendars import keep_feed, keep_feed_failure, list_feeds_to_read

logger = logging.getLogger(__name__)

LOOK_SECONDS = 300.0
TIMEOUT_SECONDS = 20.0
MAX_BYTES = 2_000_000


class TooLarge(Exception):
    """A feed of holidays is never that long."""


async def keep_reading_feeds(core: Core, stopping: asyncio.Event) -> None:
    """Look every few minutes whether a feed has to be read again."""
    while not stopping.is_set():
        try:
            await read_feeds(core)
        except SQLAlchemyError:
            logger.warning("feeds of holidays not read", exc_info=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), LOOK_SECONDS)


async def read_feeds(core: Core) -> None:
    """Read those that were not read for half a day; what fails is kept with the calendar, and tried again then."""
    feeds = await core.transact(list_feeds_to_read, at=core.clock())
    for calendar_id, url in feeds:
        try:
            content = await fetch(url)
        except (httpx.HTTPError, httpx.InvalidURL, TooLarge) as error:
            name = type(error).__name__
            logger.warning("feed of calendar %s: %s", calendar_id, name)
            await core.transact(keep_feed_failure, calendar_id, name, at=core.clock())
        else:
            await core.transact(keep_feed, calendar_id, content, at=core.clock())


async def fetch(url: str) -> bytes:
    """Raises httpx.HTTPError, InvalidURL, TooLarge."""
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=True) as http,
        http.stream("GET", url) as response,
    ):
        response.raise_for_status()
        content = b""
        async for part in response.aiter_bytes():
            content += part
            if len(content) > MAX_BYTES:
                raise TooLarge
        return content
