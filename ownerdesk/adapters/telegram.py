"""The way to Telegram: one bot object, made from the settings; the address may be a local server or a stand-in.

python-telegram-bot brings a client on httpx; ours on aiohttp does the same for about a third of the processor time,
which is what a worker has most to do.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from telegram.error import NetworkError, TimedOut
from telegram.ext import ExtBot
from telegram.request import BaseRequest, RequestData

from ownerdesk.settings import Settings

CONNECT_SECONDS = 5.0


class AiohttpRequest(BaseRequest):
    """Requests over kept connections. `read_seconds` bounds one whole request unless the call names its own."""

    def __init__(self, *, connections: int, read_seconds: float) -> None:
        self._connections = connections
        self._read_seconds = read_seconds
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._read_seconds

    async def initialize(self) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One request. Raises TimedOut and NetworkError, which the callers know from the library."""
        await self.initialize()
        assert self._session is not None, "initialized above"
        seconds = self._read_seconds if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        timeout = aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS)
        try:
            async with self._session.request(
                method, url, data=_make_body(request_data), timeout=timeout
            ) as response:
                return response.status, await response.read()
        except asyncio.TimeoutError as error:  # noqa: UP041 - aiohttp's own is a subclass of it
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise NetworkError(type(error).__name__) from error


def _make_body(request_data: RequestData | None) -> aiohttp.FormData | dict[str, str] | None:
    if request_data is None:
        return None
    parameters, files = request_data.json_parameters, request_data.multipart_data
    if not files:
        return parameters
    form = aiohttp.FormData(parameters)
    for name, (file_name, content, mime_type) in files.items():
        form.add_field(name, content, filename=file_name, content_type=mime_type)
    return form


def make_bot(settings: Settings) -> ExtBot[None]:
    """Long polling has connections of its own, so that it never waits behind what is sent."""
    return ExtBot(
        token=settings.telegram_token,
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        request=AiohttpRequest(connections=64, read_seconds=20),
        get_updates_request=AiohttpRequest(connections=2, read_seconds=40),
    )
