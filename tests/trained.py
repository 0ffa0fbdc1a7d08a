"""The model that the present data, components and configuration give, trained once for all tests and benchmarks."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ownerdesk.settings import load_settings
from ownerdesk.supervisor import training
from ownerdesk.supervisor.roster import REPOSITORY


def train_if_missing() -> Path:
    """The model as `ownerdesk train` keeps it; training takes some minutes, and is waited for."""
    settings = load_settings()
    path = training.model_path(settings, REPOSITORY)
    if not path.exists():
        asyncio.run(training.train(settings, REPOSITORY, lambda text: None))
    return path
