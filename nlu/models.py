"""Another model in the place of the one that reads, while messages keep coming.

It is loaded beside the old one in a thread and has to read something before it serves. A turn that has begun ends
with the model it began with.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import rasa
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.exceptions import UnsupportedModelVersionError

from nlu.pipeline import Pipeline

logger = logging.getLogger(__name__)

PROBES = ("There is no light on the stairs", "没有热水", "Huele a gas")
_loading = asyncio.Lock()


class ModelRefused(Exception):
    """The file cannot serve; the text says why. What served before goes on serving."""


def served_file(agent: Agent) -> str:
    """The name of the file in the models folder."""
    name: str = agent.processor.model_filename
    return name


async def load_beside(agent: Agent, name: Any) -> Agent:
    """A new agent with the model of that name from the folder of the one that serves. One is loaded at a time.

    Raises ModelRefused.
    """
    if not isinstance(name, str) or Path(name).name != name or not name.endswith(".tar.gz"):
        raise ModelRefused("the name is none of a model")
    async with _loading:
        path = Path(agent.processor.model_path or "").parent / name
        _check(path)
        try:
            fresh = await asyncio.to_thread(_load, agent, path)
            parses = await Pipeline.of(fresh).parse([UserMessage(text) for text in PROBES])
        except Exception as error:
            # Whatever is in the file, this process goes on with what it has.
            logger.error("model %s was not loaded: %s", name, type(error).__name__)
            raise ModelRefused(f"it could not be loaded ({type(error).__name__})") from error
        if not all(parse["intent"].get("name") for parse in parses):
            raise ModelRefused("it reads nothing")
    logger.info("model %s serves", name)
    return fresh


def _check(path: Path) -> None:
    if not path.is_file():
        raise ModelRefused("there is no such file")
    try:
        metadata = LocalModelStorage.metadata_from_archive(path)
    except UnsupportedModelVersionError as error:
        raise ModelRefused(_another_version(error.model_version)) from error
    except Exception as error:
        raise ModelRefused(f"it is no model of Rasa ({type(error).__name__})") from error
    version = metadata.rasa_open_source_version
    if version != rasa.__version__:
        raise ModelRefused(_another_version(version))


def _another_version(version: object) -> str:
    return f"it was made by Rasa {version}, and this is {rasa.__version__}"


def _load(agent: Agent, path: Path) -> Agent:
    store = agent.tracker_store
    fresh = Agent(
        # Told at once, or the store that both share would be without one for a moment.
        domain=agent.domain,
        generator=agent.nlg,
        # An agent wraps its store; wrapping it once more with every model would never end.
        tracker_store=store._tracker_store if isinstance(store, FailSafeTrackerStore) else store,
        lock_store=agent.lock_store,
        action_endpoint=agent.action_endpoint,
        http_interpreter=agent.http_interpreter,
    )
    fresh.load_model(path)
    return fresh
