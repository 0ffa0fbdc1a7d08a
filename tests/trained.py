"""The model that the present data, components and configuration give, trained once for all tests and benchmarks."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
from pathlib import Path

from ownerdesk.settings import load_settings
from ownerdesk.supervisor import training
from ownerdesk.supervisor.roster import REPOSITORY


def train_if_missing() -> Path:
    """The model as `ownerdesk train` keeps it. Training takes some minutes and is waited for, also by another
    process of the same run."""
    settings = load_settings()
    path = training.model_path(settings, REPOSITORY)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            asyncio.run(training.train(settings, REPOSITORY, lambda text: None))
    return path


def lend_models(folder: Path) -> Path:
    """A models folder with the present model in it and no other, for an Ownerdesk that makes and puts in models of its
    own. Model files are never written to, so one file may stand in two folders."""
    model = train_if_missing()
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / model.name
    with contextlib.suppress(OSError):
        os.link(model.resolve(), place)
    if not place.exists():
        shutil.copyfile(model, place)
    return folder
