"""`ownerdesk train`: trains the Rasa model when none fits the training data."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ownerdesk.commands import UserError

if TYPE_CHECKING:
    from ownerdesk.commands import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "train", help="train the Rasa model when none fits the training data", description=__doc__
    )
    parser.add_argument("--force", action="store_true", help="train although one fits")
    parser.set_defaults(handler=train)


def train(args: argparse.Namespace) -> int:
    import asyncio

    from ownerdesk.adapters.deep_reader import UnusableModel, find_model
    from ownerdesk.settings import load_settings
    from ownerdesk.supervisor import training
    from ownerdesk.supervisor.errors import CannotStart
    from ownerdesk.supervisor.roster import REPOSITORY

    settings = load_settings()
    try:
        find_model(settings)  # refused here, where somebody can put it right
    except UnusableModel as error:
        raise UserError(str(error)) from None
    path = training.model_path(settings, REPOSITORY)
    if path.exists() and not args.force:
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
