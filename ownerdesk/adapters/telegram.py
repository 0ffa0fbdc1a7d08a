"""The way to Telegram: one bot object, made from the settings; the address may be a local server or a stand-in."""

from __future__ import annotations

from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from ownerdesk.settings import Settings


def make_bot(settings: Settings) -> ExtBot[None]:
    """Timeouts in seconds. Sending waits longer than asking: a message may carry a file."""
    return ExtBot(
        token=settings.telegram_token,
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        request=HTTPXRequest(
            connection_pool_size=64, connect_timeout=5, read_timeout=20, write_timeout=20,
            pool_timeout=20,
        ),
        get_updates_request=HTTPXRequest(
            connection_pool_size=2, connect_timeout=5, read_timeout=40, pool_timeout=5
        ),
    )  # fmt: skip
