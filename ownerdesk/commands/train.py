"""`ownerdesk train`: has the running Ownerdesk train a model, or trains one directly where none runs."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import TYPE_CHECKING

from ownerdesk.commands import UserError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ownerdesk.bootstrap import Core
    from ownerdesk.commands import Subparsers
    from ownerdesk.settings import Settings

LOOK_SECONDS = 1.0


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "train", help="train the Rasa model when none fits the training data", description=__doc__
    )
    parser.add_argument("--force", action="store_true", help="train although one fits")
    parser.set_defaults(handler=train)


def train(args: argparse.Namespace) -> int:
    from ownerdesk.adapters.deep_reader import UnusableModel, find_model
    from ownerdesk.settings import load_settings

    settings = load_settings()
    try:
        find_model(settings)  # refused here, where somebody can put it right
    except UnusableModel as error:
        raise UserError(str(error)) from None
    core = _find_running(settings)
    if core is None:
        return _train_directly(settings, is_forced=args.force)
    try:
        return _have_trained(core, is_forced=args.force)
    finally:
        core.close()


def _find_running(settings: Settings) -> Core | None:
    """The core of an Ownerdesk that runs with our data, code and deep reader and has a trainer; for any other a model
    of ours would be none that it could load. Nothing is started for the question."""
    from dataclasses import replace

    from sqlalchemy.exc import SQLAlchemyError

    from ownerdesk.adapters import embedded_postgres
    from ownerdesk.bootstrap import Core
    from ownerdesk.supervisor.database import check_server
    from ownerdesk.supervisor.errors import CannotStart

    url = settings.database_url
    if url:
        try:
            check_server(url)
        except CannotStart:
            return None
    else:
        running = embedded_postgres.find_running(settings.embedded_database_dir)
        if running is None:
            return None
        url = running.url
    core = Core(replace(settings, database_url=url))
    # A database without our tables is none of an Ownerdesk.
    with suppress(SQLAlchemyError):
        if core.transact_now(_can_train, core):
            return core
    core.close()
    return None


def _can_train(session: Session, core: Core) -> bool:
    from ownerdesk.queries.health import is_alive, list_heartbeats
    from ownerdesk.queries.trainings import find_model_in_service
    from ownerdesk.supervisor.roster import REPOSITORY
    from ownerdesk.supervisor.training import model_base

    served = find_model_in_service(session)
    return (
        is_alive(list_heartbeats(session), "trainer", at=core.clock())
        and served is not None
        and served.base == model_base(core.settings, REPOSITORY)
    )


def _have_trained(core: Core, *, is_forced: bool) -> int:
    """The same job as the console's, followed to its end; Ctrl-C cancels it."""
    from ownerdesk.queries.trainings import get_training
    from ownerdesk.rules.refusals import TrainingOver, TrainingUnderWay
    from ownerdesk.services.trainings import cancel_training, request_training

    file = core.transact_now(_find_fitting)
    if file is not None and not is_forced:
        print(f"This model fits the training data: {core.settings.models_dir / file}")
        return 0
    try:
        training = core.transact_now(request_training, by=None, at=core.clock())
    except TrainingUnderWay as refusal:
        by = f"{refusal.holder} was first" if refusal.holder else "somebody was first"
        raise UserError(f"A training is under way already: {by}.") from None
    print(f"Training {training.id}, by the running Ownerdesk. Ctrl-C cancels it.", flush=True)
    try:
        return _follow(core, training.id)
    except KeyboardInterrupt:
        with suppress(TrainingOver):
            core.transact_now(
                lambda s: cancel_training(s, get_training(s, training.id), by=None, at=core.clock())
            )
        raise UserError("The training was cancelled.") from None


def _find_fitting(session: Session) -> str | None:
    """The file in service, unless the company's own messages have grown since it was made."""
    from ownerdesk.queries.trainings import count_examples, find_model_in_service

    served = find_model_in_service(session)
    if served is None:
        return None
    last = served.data.get("last_example") or 0
    return None if count_examples(session, after_id=last)["train"] else served.file


def _follow(core: Core, training_id: int) -> int:
    import time

    from ownerdesk.model import NluModel, Training
    from ownerdesk.queries.trainings import find_model_of, get_training

    def look(session: Session) -> tuple[Training, NluModel | None]:
        return get_training(session, training_id), find_model_of(session, training_id)

    said = ""
    while True:
        training, model = core.transact_now(look)
        line = f"{training.stage}, {100 * training.progress:.0f} %"
        if line != said:
            print(line, flush=True)
            said = line
        if training.state == "done" and model is not None:
            print(f"Trained: {core.settings.models_dir / model.file}")
            print(
                f"It is a candidate. Its report is at /settings/models/{model.id} in the console."
            )
            return 0
        if training.state in ("failed", "cancelled"):
            raise UserError(f"The training {training.state}: {training.error or 'no reason given'}")
        time.sleep(LOOK_SECONDS)


def _train_directly(settings: Settings, *, is_forced: bool) -> int:
    import asyncio

    from ownerdesk.supervisor import training
    from ownerdesk.supervisor.errors import CannotStart
    from ownerdesk.supervisor.roster import REPOSITORY

    path = training.model_path(settings, REPOSITORY)
    if path.exists() and not is_forced:
        print(f"This model fits the training data: {path}")
        return 0
    print("Training, usually one to three minutes.", flush=True)
    try:
        path = asyncio.run(
            training.train(settings, REPOSITORY, lambda text: print(text, flush=True))
        )
    except CannotStart as error:
        raise UserError(str(error)) from None
    print(f"Trained: {path}")
    return 0
