"""Starts the bot: commands and their translations, the intake, and the jobs that handle stored updates."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal

import uvloop
from telegram import BotCommand
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application

from bot.handlers import add_handlers
from bot.intake import keep_taking_in
from bot.texts import command_texts
from bot.turns import Turns
from bot.updates import add_update_job
from ownerdesk.adapters.rasa import RasaClient
from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.adapters.telegram import make_bot
from ownerdesk.bootstrap import Core, settle_memory
from ownerdesk.jobs import run_jobs
from ownerdesk.rules.emergencies import detect
from ownerdesk.settings import Settings
from ownerdesk.texts import LANGUAGES

logger = logging.getLogger(__name__)

# Far more than Rasa has seats (`bot.turns`): a word of danger must find a place even while many wait for Rasa.
CONCURRENT_CONVERSATIONS = 200
START_PATIENCE_SECONDS = 2.0


def run(settings: Settings) -> None:
    """Run until told to stop. A token that Telegram refuses ends it with one line and exit code 1."""
    uvloop.run(serve(settings))


async def serve(settings: Settings) -> None:
    core = Core(settings)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    rasa = RasaClient(settings.rasa_url, settings.rasa_token)
    turns = Turns(core, rasa)
    application = make_application(core, turns)
    try:
        if not await _initialize(application, stopping):
            return
        await loop.run_in_executor(None, warm_up)
        settle_memory()
        await set_commands(application)
        jobs = core.make_jobs()
        add_update_job(jobs, core, application, turns)
        async with (
            core.beating("bot"),
            asyncio.TaskGroup() as group,
        ):
            group.create_task(keep_taking_in(core, application.bot, stopping))
            group.create_task(
                run_jobs(
                    jobs,
                    queues=["updates"],
                    concurrency=CONCURRENT_CONVERSATIONS,
                    stopping=stopping,
                )
            )
    finally:
        await rasa.close()
        with contextlib.suppress(RuntimeError, TelegramError):  # it may never have been initialized
            await application.shutdown()
        core.close()


def warm_up() -> None:
    """Load what the first message would otherwise wait for: the phrases of danger, and the sentence vectors."""
    detect("warm")
    encode("warm")


def make_application(core: Core, turns: Turns) -> Application:  # type: ignore[type-arg]
    """The application with its handlers; it is fed from the stored updates and polls nothing itself."""
    application = (
        Application.builder().bot(make_bot(core.settings)).updater(None).job_queue(None).build()
    )
    add_handlers(application, core, turns)
    return application


async def _initialize(application: Application, stopping: asyncio.Event) -> bool:  # type: ignore[type-arg]
    """Ask Telegram who we are, until it answers. False when told to stop meanwhile."""
    while not stopping.is_set():
        try:
            await application.initialize()
        except InvalidToken:
            raise SystemExit(
                "Telegram refuses TELEGRAM_TOKEN. Copy the token from @BotFather again."
            ) from None
        except TelegramError as error:
            logger.warning("Telegram cannot be reached yet: %s", type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), START_PATIENCE_SECONDS)
        else:
            return True
    return False


async def set_commands(application: Application) -> None:  # type: ignore[type-arg]
    """The command menu in every language. A server that does not know the method is survived."""
    for language in (None, *LANGUAGES):
        commands = [
            BotCommand(name, text) for name, text in command_texts(language or "en").items()
        ]
        try:
            await application.bot.set_my_commands(commands, language_code=language)
        except TelegramError as error:
            logger.warning("The command menu was not set: %s", type(error).__name__)
            return
