"""The readers that are measured: the fast one, and the fast one with the deep one where a model is set."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ownerdesk.settings import Settings
from ownerdesk.supervisor.reader import find_usable_model
from ownerdesk.supervisor.reading import OwnRasa, run_rasa
from ownerdesk.supervisor.roster import REPOSITORY
from ownerdesk.supervisor.training import model_path, train


@dataclass(frozen=True)
class Variant:
    """A way to read, with the settings that make it so."""

    name: str
    settings: Settings
    is_deep: bool


@dataclass(frozen=True)
class Bench:
    """What all sections are told."""

    settings: Settings
    epochs: int
    most_messages: int | None
    deep_training: bool

    @property
    def variants(self) -> Sequence[Variant]:
        fast = Variant("fast", replace(self.settings, deep_reader_model=None), False)
        if find_usable_model(self.settings) is None:
            return [fast]
        return [fast, Variant("with deep", self.settings, True)]


def tell(text: str) -> None:
    """Standard output is for the tables."""
    print(text, file=sys.stderr, flush=True)


@contextlib.asynccontextmanager
async def serve(bench: Bench, variant: Variant) -> AsyncIterator[OwnRasa]:
    """A Rasa of our own. What is missing is trained: quick for the fast reader, an hour or so with the deep one."""
    model = model_path(variant.settings, REPOSITORY)
    if not model.exists() and not variant.is_deep:
        # A model with both readers holds the same fast one.
        model = _choose(model_path(bench.settings, REPOSITORY), model)
    if not model.exists():
        tell(f"training ({variant.name})")
        model = await train(variant.settings, REPOSITORY, tell)
    async with run_rasa(variant.settings, model, "bench-nlu", tell) as own:
        yield own


def _choose(*models: Path) -> Path:
    return next((model for model in models if model.exists()), models[-1])
