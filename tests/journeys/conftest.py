"""One stack for all journeys, and a play of its own for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.journeys.world import Play, World
from tests.stack import Stack, share


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return share(pytestconfig, tmp_path_factory.mktemp("stack"))


@pytest.fixture(scope="session")
def world(stack: Stack) -> Iterator[World]:
    world = World(stack)
    yield world
    world.close()


@pytest.fixture
async def play(world: World) -> AsyncIterator[Play]:
    async with Play(world) as play:
        yield play
