"""Puts a model into service: every Rasa loads it, or all go back to the one before."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import datetime

import procrastinate
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ownerdesk.adapters.rasa import RasaClient, RasaRefused, RasaUnavailable
from ownerdesk.bootstrap import Core
from ownerdesk.jobs import BACKOFF
from ownerdesk.model import ModelSwitch, NluModel
from ownerdesk.queries.trainings import find_model_in_service
from ownerdesk.services import jobs as tasks
from ownerdesk.services import nlu_models as service
from ownerdesk.supervisor.roster import REPOSITORY
from ownerdesk.supervisor.training import (
    IN_SERVICE,
    calculate_fingerprint,
    model_base,
    point_at,
)
from trainer.data import read_base

logger = logging.getLogger(__name__)

STEP_SECONDS = 10.0
PAUSES_SECONDS = (2.0, 5.0, 10.0, 15.0)  # a Rasa that is being started anew has time to come back


def add_switching_jobs(jobs: procrastinate.App, core: Core) -> None:
    @jobs.task(name=tasks.PUT_INTO_SERVICE, queue="models", retry=BACKOFF)
    async def put_into_service(switch_id: int) -> None:
        await switch(core, switch_id)

    @jobs.task(name=tasks.WATCH_MODEL, queue="models", retry=BACKOFF)
    async def watch(switch_id: int) -> None:
        base = model_base(core.settings, REPOSITORY)
        await core.transact(service.watch, switch_id, base=base, at=core.clock())


def register_served(session: Session, core: Core) -> None:
    """What the pointer names is in service, whoever put it there."""
    pointer = core.settings.models_dir / IN_SERVICE
    path = pointer.resolve()
    if not pointer.is_symlink() or not path.exists():
        return
    base = model_base(core.settings, REPOSITORY)
    data = {
        "hash": calculate_fingerprint(REPOSITORY),
        "base_examples": len(read_base()),
        "own_examples": 0,
    }
    service.register_model(
        session, file=path.name, size=path.stat().st_size, base=base, data=data, at=core.clock()
    )


async def switch(core: Core, switch_id: int) -> None:
    """Done again after the death of a process it loads what is not loaded yet, and changes nothing else."""
    model_file, previous_file, is_over = await core.transact(_read_switch, switch_id)
    if is_over:
        return
    try:
        await _load_everywhere(core, model_file)
    except (RasaRefused, RasaUnavailable) as error:
        logger.error("model %s was not put into service: %s", model_file, type(error).__name__)
        if previous_file is not None:
            with contextlib.suppress(RasaRefused, RasaUnavailable):  # `keep_in_step` goes on trying
                await _load_everywhere(core, previous_file)
        await core.transact(
            service.fail_switch,
            switch_id,
            str(error),
            at=core.clock(),
            is_broken=isinstance(error, RasaRefused),
        )
        return
    await asyncio.to_thread(point_at, core.settings, model_file)
    await core.transact(service.complete_switch, switch_id, at=core.clock())
    await core.transact(_prune, core)


async def _load_everywhere(core: Core, file: str) -> None:
    """One Rasa after the other, so that the others answer meanwhile. Raises for the first that will not."""
    for url in core.settings.all_rasa_urls:
        async with RasaClient(url, core.settings.rasa_token) as rasa:
            await _load(rasa, file)


async def _load(rasa: RasaClient, file: str) -> None:
    for pause in (*PAUSES_SECONDS, None):
        if await rasa.find_model() == file:
            return
        try:
            await rasa.load_model(file)
        except RasaUnavailable:
            if pause is None:
                raise
            await asyncio.sleep(pause)


async def keep_in_step(core: Core, stopping: asyncio.Event) -> None:
    """Every Rasa reads with the model in service, also one that was started anew with another, or missed a switch."""
    while not stopping.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), STEP_SECONDS)
            return
        try:
            wanted = await core.transact(_find_settled)
        except SQLAlchemyError:
            logger.warning("models: the database does not answer")
            continue
        if wanted is None:
            continue
        for url in core.settings.all_rasa_urls:
            async with RasaClient(url, core.settings.rasa_token) as rasa:
                found = await rasa.find_model()
                if found in (None, wanted):
                    continue
                logger.warning("a Rasa reads with %s instead of %s", found, wanted)
                try:
                    await rasa.load_model(wanted)
                except (RasaRefused, RasaUnavailable) as error:
                    logger.error("it does not take it: %s", error)


def _find_settled(session: Session) -> str | None:
    """The file in service; None while a switch is under way, which is nobody else's business."""
    if session.query(NluModel).filter_by(state="going_in").count():
        return None
    model = find_model_in_service(session)
    return model.file if model else None


def _read_switch(session: Session, switch_id: int) -> tuple[str, str | None, bool]:
    switch = session.get_one(ModelSwitch, switch_id)
    is_over: datetime | None = switch.done_at or switch.failed_at
    return (
        switch.model.file,
        switch.previous.file if switch.previous else None,
        is_over is not None,
    )


def _prune(session: Session, core: Core) -> None:
    for model in service.list_prunable(session):
        (core.settings.models_dir / model.file).unlink(missing_ok=True)
        service.mark_pruned(session, model)
